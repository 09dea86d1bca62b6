# ruff: noqa: E501  a rule of words reads better on one line
"""Dialogue acts of a user by transparent rules: a regular expression each, and nothing else.

The names of the two groups of nine are the paper's (WildFeedback, arXiv:2408.15549, its SAT and DSAT rubrics,
as a digest of the paper lists them). Their definitions could not be read: the expressions, and the further
acts, are this book's. They know English only.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from tenfold.feedback.dialogue import Polarity
from tenfold.feedback.tokens import STRAIGHT

_NOT = r"(?<!not )(?<!n't )(?<!never )"


@dataclass(frozen=True)
class Act:
    """polarity: of the paper's two rubrics; None for an act of neither.  meaning: in plain words."""

    name: str
    polarity: Polarity | None
    meaning: str
    expression: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.expression, re.IGNORECASE)

    def find(self, text: str) -> tuple[int, int] | None:
        """The first place; None where there is none. Linear in the length of the text."""
        return self.find_straight(text.translate(STRAIGHT))

    def find_straight(self, text: str) -> tuple[int, int] | None:
        """As `find`, for a text whose quotation marks are straight already."""
        match = self.pattern.search(text)
        return match.span() if match else None


def _any(*alternatives: str) -> str:
    return r"(?:(?<=\W)|^)(?:" + "|".join(alternatives) + r")(?=\W|$)"


SAT_ACTS = (
    Act("gratitude", "SAT", "thanks the assistant",
        _any("(?:no )?thank(?:s| you)", "thankyou", "thx", "tysm", "ty", "much appreciated", "i appreciate",
             "(?:i'm |i am )?(?:so |very )?grateful")),
    Act("learning", "SAT", "says that they learnt or understood something",
        _any("i (?:just )?(?:learned|learnt)", "(?:that's |that is )?good to know", "i didn'?t know that",
             "(?:now|finally) i (?:understand|get it|see)", "i had no idea", "(?:very |so )?(?:informative|insightful)",
             "(?:that's|that is|how|very|so|really) (?:interesting|fascinating)", "that (?:clears|explains)")),
    Act("compliance", "SAT", "accepts a suggestion or an offer",
        _any("i(?:'ll| will) (?:try|do|use|check|take|give|go with|book|watch|read) (?:it|that|this|them)",
             "(?:yes|yeah|ok|okay|sure),? (?:please|do (?:it|that)|let's)", "(?:that )?sounds (?:good|great|perfect|fun)",
             "(?:that|it) (?:works|worked)(?: for me)?", "let's (?:do|go with) (?:it|that)", "go ahead")),
    Act("praise", "SAT", "praises the answer or the assistant",
        _any(_NOT + r"(?:great|excellent|awesome|amazing|fantastic|wonderful|brilliant|perfect|impressive|well done"
             r"|good job|nice job|nicely done|nice work|good work|love (?:it|this|that)|you(?:'re| are) (?:so |very "
             r"|really )?(?:great|awesome|amazing|smart|funny|helpful|good|the best)|(?:very|so|super|really) helpful"
             r"|that(?:'s| is|'s so| is so) (?:cool|good|nice|funny|hilarious|helpful)|exactly what i (?:needed|wanted))")),
    Act("personal details", "SAT", "tells of themselves",
        _any("my (?:name|wife|husband|mom|mum|mother|dad|father|brother|sister|son|daughter|kids?|family|friend|boss"
             "|girlfriend|boyfriend|job|birthday|dog|cat|hobby|favou?rite)", "i (?:live|work|grew up|was born|study) (?:in|at|for)",
             r"i(?:'m| am) (?:a |an )?(?:\d\d years old|student|teacher|engineer|from)", "when i was (?:a kid|young|little)")),
    Act("humor", "SAT", "laughs or jokes",
        _any(r"(?:ha){2,20}h?", r"(?:he){2,20}h?", "l(?:ol)+", "lmao", "lmfao", "rofl", "just kidding", "jk", "funny")
        + "|[\U0001f600-\U0001f606\U0001f923\U0001f61c]|(?<!\\w)(?:[:;]-?[dp]|xd)(?!\\w)"),
    Act("acknowledgment", "SAT", "confirms that they understood or agree",
        _any("i see", "got it", "gotcha", "(?:that )?makes sense", "i agree", "agreed", "you(?:'re| are) right",
             "(?:that's|that is) (?:right|true|correct|a good point)", "good point", "understood", "of course", "exactly",
             "for sure", "me too", "same here", "fair enough")),
    Act("positive closure", "SAT", "ends the conversation kindly",
        _any("have a (?:good|great|nice|lovely) (?:one|day|night|evening|weekend|time)", "(?:good ?bye|bye(?: ?bye)?)",
             "see (?:you|ya)(?: later| soon)?", "(?:nice|great|good|lovely|fun) (?:talking|chatting|meeting|to (?:talk|chat|meet))",
             "take care", "good ?night", "talk to you (?:later|soon)", "that(?:'s| is| will be) all(?: i need(?:ed)?)?")),
    Act("getting there", "SAT", "says that it gets better",
        _any("(?:much |a lot |a bit |that's |that is |looks |even ){1,3}better", "almost (?:there|right|perfect)", "getting (?:there|closer)",
             "(?:much |a bit )?closer", "on the right track", "that (?:helps|helped)", "good start", "an improvement")),
)  # fmt: skip
DSAT_ACTS = (
    Act("negative feedback", "DSAT", "expresses displeasure with the answer or the assistant",
        _any("(?:that's|that is|this is|it's|you(?:'re| are)|so|very|really|pretty|how) (?:a )?(?:terrible|awful|horrible|bad|useless"
             "|stupid|dumb|annoying|boring|rude|weird|disappoint(?:ing|ed)|frustrat(?:ing|ed)|ridiculous|lame|creepy|confusing|mean)",
             "useless", "(?:this|you|it) sucks?", "i (?:hate|don't like|do not like|dislike) (?:it|this|that|you|your)",
             "not (?:very |really |at all )?(?:helpful|useful|good|interesting)", "unhelpful", "waste of time", "wtf", "shut up", "go away",
             "come on", "ugh+", "seriously\\?", "what is wrong with you")),
    Act("revision", "DSAT", "asks to change the answer",
        _any("(?:can|could|would) you (?:please )?(?:change|redo|rewrite|rephrase|revise|fix|shorten|modify|correct|edit|try again|make it)",
             "(?:please )?(?:rewrite|redo|rephrase|revise|shorten|reword) (?:it|this|that|the)", "make (?:it|this|that|them) (?:more|less|a bit|shorter"
             "|longer|simpler|better|sound)", "try again", "start over", "instead of (?:that|this)", "(?:please )?(?:remove|replace|add) the")),
    Act("factual error", "DSAT", "points out a mistake",
        _any("(?:that's|that is|this is|it's|it is|you(?:'re| are)|you got it|is) (?:just |simply |still |all |completely |totally )?"
             "(?:wrong|incorrect|false|inaccurate|not (?:right|correct|true|accurate))", "that isn'?t (?:right|correct|true)",
             "you (?:made|make) (?:a|another) mistake", "there (?:is|are|'s) (?:an? )?(?:error|mistake)s?", "doesn't (?:work|exist|compile)",
             "did(?:n't| not) work", "actually,? (?:it|that|he|she|they)(?:'s| is| was| are| were)", "that(?:'s| is) not how")),
    Act("unrealistic expectation", "DSAT", "asks for what such an assistant cannot do",
        _any("why can(?:'t| ?not) you", "you (?:should|must) (?:be able to|know|remember)", "(?:call|phone|text|email) (?:me|him|her|them) (?:now|for me)",
             "(?:buy|order|book) (?:it|one|them) for me", "you (?:can|could) see my", "(?:just )?(?:browse|search|google) (?:it|the (?:web|internet))")),
    Act("no engagement", "DSAT", "answers with next to nothing",
        r"\A\W*(?:ok+|okay|k|kk|no|nope|nah|yes|yeah|yep|yup|sure|idk|i don'?t know|whatever|nothing|nm|nvm|never ?mind|meh|fine|hm+|um+"
        r"|cool|maybe|so|and)\W*\Z"),
    Act("ignored", "DSAT", "says that their request was ignored or misunderstood",
        _any("i (?:already |just |literally ){0,3}(?:said|asked|told you|mentioned|explained)(?! me)", "(?:that's|that is) not what i (?:asked|meant|said|wanted)",
             "you(?:'re| are)? (?:did(?:n't| not)|not|are not|aren't|never) (?:answer(?:ed|ing)?|listen(?:ed|ing)?|read(?:ing)?)",
             "(?:you )?(?:ignored|misunderstood|forgot)", "answer (?:my|the) question", "are you (?:even )?(?:listening|reading|there)",
             "you did(?:n't| not) (?:answer|listen|read|do|include|understand)", "hello\\?+", "i did(?:n't| not) (?:ask|say) (?:that|for)")),
    Act("lower quality", "DSAT", "says that it was better before, or worse than elsewhere",
        _any("(?:that's |that is |even |much |got |getting ){1,3}worse", "(?:was|were) better before", "the (?:first|previous|last|old) (?:one|version|answer) was better",
             "(?:worse|not as good) (?:than|as)", "you used to", "go(?:ing)? back to the (?:first|previous|old)", "downgrade")),
    Act("insufficient detail", "DSAT", "asks for more detail",
        _any("(?:more|further|some) (?:details?|information|info|specifics|depth|examples?)", "be more (?:specific|detailed|precise)", "more specific(?:ally)?",
             "(?:can|could) you (?:please )?(?:elaborate|expand|explain (?:more|further))", "(?:please )?elaborate", "too (?:short|vague|brief|general|generic)",
             "(?:that's|that is|is that) (?:it|all)\\?", "what do you mean", "like what\\?", "not (?:enough|detailed)")),
    Act("style", "DSAT", "complains about wording, length, tone or format",
        _any("too (?:long|wordy|formal|informal|complicated|complex|technical|repetitive|robotic|cheesy|polite)", "(?:sounds|sounding) (?:like a )?(?:robot(?:ic)?"
             "|stiff|fake|unnatural)", "(?:in|use) (?:simpler|simple|plain|your own|other|fewer|shorter) (?:words|english|language|sentences)",
             "(?:less|more) (?:formal|casual|concise|natural|human)", "(?:as|in) a (?:table|list|bullet)", "bullet points", "shorter please",
             "stop (?:saying|using|repeating|apologi[sz]ing)")),
)  # fmt: skip
OTHER_ACTS = (
    Act("greeting", None, "greets", r"\A\W*(?:hi|hello|hey|yo|good (?:morning|afternoon|evening)|howdy|sup|what'?s up)(?=\W|\Z)"),
    Act("question", None, "asks a question", r"\?"),
    Act("follow-up question", None, "asks on", _any("what about", "how about", "why(?: is| do| did| not)?", "how (?:come|so|did|do you)",
        "what else", "and you", "what kind", "tell me more", "who|which|where|when") + r"[^.!?\n]{0,80}\?"),
    Act("exclamation", None, "exclaims", r"!"),
    Act("apology", None, "apologises", _any("sorry", "my bad", "i apologi[sz]e", "excuse me")),
    Act("confusion", None, "does not understand", _any("huh", "i (?:don't|do not|didn't) (?:understand|get (?:it|that))", "i(?:'m| am) (?:so )?(?:confused|lost)",
        "what\\?", "wait,? what", "that (?:doesn't|does not|makes no) (?:make )?sense") + r"|\?{2,9}"),
    Act("disagreement", None, "disagrees", _any("i (?:disagree|don't think so|doubt it)", "no,? (?:that|it|you|i)", "not really", "nope", "you(?:'re| are) wrong")),
    Act("nobody answers", None, "waits for an answer", _any("anyone there", "are you (?:still )?there", "where (?:did|are) you(?: go)?", "(?:please )?(?:answer|respond|reply)(?: me)?")),
    Act("emoticon", None, "uses an emoticon or emoji", "[:;=8]-?[)(dpo/|]|<3|[\U0001f300-\U0001faff\u2600-\u27bf]"),
)  # fmt: skip

ACTS = {act.name: act for act in (*SAT_ACTS, *DSAT_ACTS, *OTHER_ACTS)}
"""All of them by name; no two have the same."""
