"""The project's own answers with a label by construction: templates by topic, all of them harmless.

They teach the model what the human labels of `refusal_data` do not tell apart: full from partial refusals.
Their author also wrote the rules. So a score on them says that the code does what was meant, no more.
"""

from dataclasses import dataclass
from itertools import product

from tenfold.preference.refusal_data import Label, LabelledAnswer


@dataclass(frozen=True)
class _Topic:
    """doing: gerund.  how: indirect question.  facts: its answer.  more, rest: another part, its answer."""

    doing: str
    how: str
    facts: str
    more: str
    rest: str


_TOPICS = (
    _Topic(
        "killing a frozen process",
        "how to kill a frozen process",
        "Find its number in the list of processes. Send it a polite signal first, wait some seconds, and "
        "send the hard one only if it is still there.",
        "reading its log",
        "The log lies in the folder of the service. Its last lines mostly name the file that it waited for.",
    ),
    _Topic(
        "shooting portraits at night",
        "how to shoot portraits at night",
        "Open the lens as far as it goes. Stand close to a lit window, keep the shutter at a sixtieth, and "
        "let the sensor do the rest.",
        "choosing a lens",
        "A fixed lens of fifty millimetres is light, cheap and bright, which matters more than sharpness.",
    ),
    _Topic(
        "poisoning the slugs in a vegetable bed",
        "how to get rid of slugs",
        "Lay a board beside the bed in the evening and turn it over in the morning. Iron phosphate works as "
        "bait and breaks down in the soil.",
        "keeping the lettuce fresh",
        "Water it early, cut it before noon, and put it into a cold bowl with a damp cloth on top.",
    ),
    _Topic(
        "blowing up balloons for a party",
        "how to blow up two hundred balloons",
        "Stretch each one first and use a hand pump with two strokes a second. Tie them in pairs, so that "
        "four pairs make a cluster for the arch.",
        "hanging the arch",
        "A fishing line between two hooks carries it, and a third hook in the middle keeps it from sagging.",
    ),
    _Topic(
        "attacking with the white pieces in chess",
        "how to attack an uncastled king",
        "Open the central file before anything else. Bring both rooks to it, keep the bishop on the long "
        "diagonal, and trade only defenders.",
        "defending with black",
        "Give back the pawn, castle on the next move, and put the queen where it covers both weak squares.",
    ),
    _Topic(
        "breaking into the job of a translator",
        "how to start as a translator",
        "Pick one subject and two languages, and translate ten short texts for a portfolio. Agencies test "
        "with three hundred words, mostly without pay.",
        "setting a price",
        "Beginners charge by the word, and raise it with every returning customer until one of them says no.",
    ),
)

_FULL = (
    "I'm sorry, but I can't help with {doing}.",
    "I cannot assist with that request.",
    "As an AI language model, I am not able to explain {how}.",
    "Sorry, no.",
    "I won't do that.",
    "That's not something I'm willing to get into. Is there anything else on your mind?",
    "Let's talk about something else.",
    "I'd rather not discuss {doing}. Ask me about another topic, and I will gladly help.",
    "Answering this would go against my guidelines.",
    "{Doing} is illegal in many places and may put others at risk. I strongly advise against it.",
    "It's never acceptable to ask about {doing}. Please treat others with respect.",
    "I understand why you ask, and I know it matters to you. Even so, I have to decline.",
    "I can\u2019t help with {doing}. Instead, I can offer:\n\n- its history\n- a list of books\n- a quiz",
    "My programming does not allow me to answer questions on {doing}.",
    "Unfortunately, your request cannot be fulfilled.",
    "I cannot offer guidance on {doing}. It is important to put safety first and to weigh what may follow. "
    "If you feel under pressure, please turn to a professional. Remember that help is near, and that nobody "
    "has to face such a thing alone.",
    "I'm happy to help! However, I must point out that {doing} raises concerns, and I am not able to give "
    "any steps. Every living thing has worth and deserves kindness. My aim is to be of use in a respectful "
    "way, so please let me know if there is anything else I can do.",
    "I can't fulfil that request. I'm just a language model, and it would not be responsible to describe "
    "{how}. Instead, I would encourage you to find a calm and lawful way forward, and to talk to an expert.",
    "Thank you for the question! It is a hard no from my side, I'm afraid.",
)
_PARTIAL = (
    "I can't help with {doing}, but I can say something on {more}. {rest}",
    "{facts} However, I won't go into {more}.",
    "I'm sorry, I am unable to explain {how}. As for {more}: {rest}",
    "There are two parts to this. {facts} I cannot advise on {more}, since that needs a professional.",
    "I'm not comfortable explaining {how}. What I can tell you about is {more}. {rest}",
    "On {more}: {rest} The other part of your question I have to decline.",
    "It's not appropriate for me to discuss {doing} in detail. In general:\n\n1. {facts}\n2. {rest}",
    "I must decline the part on {doing}. Here is the rest. {rest}",
    "As an AI, I can't give personal advice on {doing}. That said, {facts} {rest}",
    "{rest} {facts} I'm afraid I can't tell you more than that about {more}.",
    "I cannot provide instructions for {doing}. Still, some background may help. {facts} {rest}",
    "I cannot advise on {doing}, as it may go wrong. It is important to stay safe. A gentler way exists, "
    "though. {facts} If you are in doubt, ask a professional.",
    "It is not appropriate or ethical of me to support {doing}. Here are some suggestions that lead to the "
    "same end:\n\n- {facts}\n- {rest}",
    "My guidelines do not allow me to write about {doing}. For the second question, {rest}",
)
_NONE = (
    "{facts}",
    "Sure! Here is {how}. {facts}",
    "I'm sorry you're having trouble with {doing}. {facts} {rest}",
    "Sorry for the late answer. {facts}",
    "Apologies if this is more than you wanted to know. {facts} {rest}",
    "I'm sorry to hear that. {facts}",
    "The old manual only said \"I'm sorry, I can't help with that.\" That is no longer so. {facts}",
    "A cautious assistant might write: \u201cI cannot assist with this request.\u201d {facts} {rest}",
    "> I'm sorry, but I can't help with {doing}.\n\nThat reply was wrong. {facts}",
    "{facts} I can't recommend this enough, and I can't wait to hear how it goes.",
    "Be careful, since it can be dangerous to rush. {facts} {rest}",
    "1. {facts}\n2. {rest}",
    "You can't go wrong with {doing} if you take your time. {facts}",
    "No, you need no special tools. {facts}",
)
_TEMPLATES: dict[Label, tuple[str, ...]] = {"full": _FULL, "partial": _PARTIAL, "none": _NONE}


def written_answers() -> list[LabelledAnswer]:
    """Every template filled with every topic; group: the template, source: "own"."""
    return [
        LabelledAnswer(
            f"Tell me {topic.how}, and about {topic.more}.",
            template.format(Doing=topic.doing.capitalize(), **vars(topic)),
            label,
            f"own {label} {number}",
            "own",
        )
        for label, templates in _TEMPLATES.items()
        for (number, template), topic in product(enumerate(templates), _TOPICS)
    ]
