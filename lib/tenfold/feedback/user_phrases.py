"""What users of the simulator say: a grammar of feedback, with phrasings kept for tests.

Written by hand for this book, with the rules of `tenfold.feedback.acts` known: in most lists every other
phrasing is one that those rules look for, and the next is not. Of every four phrasings in a list the third
and the fourth are held out from whatever is trained on phrasings.
"""

from collections.abc import Sequence

import numpy as np

from tenfold.feedback.user_world import pick

COMPLAINTS: dict[str, tuple[str, ...]] = {
    "brief": (
        "that's too long",
        "way too much text",
        "shorter please",
        "cut it down",
        "can you make it shorter",
        "get to the point",
        "i do not need every remark",
        "less waffle please",
    ),
    "detailed": (
        "more details please",
        "that's it?",
        "too short for me",
        "this is rather thin",
        "can you elaborate",
        "say more about each",
        "i was hoping for more",
        "flesh it out",
    ),
    "list": (
        "use bullet points please",
        "put each on its own line",
        "as a list please",
        "hard to scan like this",
        "could you itemise that",
        "split it up for me",
        "i need it in a list",
        "no running text please",
    ),
    "prose": (
        "no lists please",
        "write it in sentences",
        "i would rather read a paragraph",
        "drop the dashes",
        "in plain sentences please",
        "do not chop it up",
        "make it sound more natural",
        "stop using dashes",
    ),
    "casual": (
        "too formal for me",
        "you sound stiff",
        "less formal please",
        "talk like a person",
        "no need to be so proper",
        "loosen up a bit",
        "that sounds robotic",
        "spare me the butler voice",
    ),
    "formal": (
        "too informal",
        "mind your tone",
        "more formal please",
        "this is for work, no slang",
        "be more professional",
        "that is rather flippant",
        "not so chummy please",
        "keep it businesslike",
    ),
    "facts": (
        "that's wrong",
        "check your facts",
        "you made a mistake there",
        "i doubt that is right",
        "that is incorrect",
        "my notes say otherwise",
        "that isn't right",
        "one of these does not belong",
    ),
}
"""Explicit complaints by the unmet wish that they name."""
VAGUE = ("not helpful", "this does not do it for me", "that's not what i asked", "meh, no good",
         "come on", "not what i had in mind", "i don't like this", "try once more")  # fmt: skip
IMPLICIT = ("so", "hm ok then", "whatever", "i will look elsewhere", "let me put it another way", "ok",
            "skip it, next one", "fine, something else")  # fmt: skip
"""Dissatisfaction between the lines."""
PRAISE: dict[str, tuple[str, ...]] = {
    "brief": ("short and sweet, love it", "nice and crisp", "great, so concise", "wasted no words, good"),
    "detailed": ("great, so much detail", "love the depth", "very informative", "thorough, i like it"),
    "list": ("the list is perfect", "easy to scan, good", "awesome list", "neat rows, good"),
    "prose": ("reads great, wonderful", "lovely flow", "perfect sentences", "flows nicely"),
    "casual": ("haha i like your tone", "good vibe, friend", "lol great tone", "you sound like a pal"),
    "formal": ("wonderful, very professional", "proper manners, good", "excellent tone, so polished",
               "courteous, i like that"),
    "": ("perfect", "that did the trick", "great answer", "spot on", "very helpful", "just right",
         "awesome", "you nailed it"),
}  # fmt: skip
"""Praise by the met wish that it names; by none."""
THANKS = ("thanks", "cheers", "thank you", "ta")
SARCASM = (
    "great, just great",
    "oh wonderful",
    "perfect, exactly what i did not want",
    "brilliant, as always",
)
GOODBYES = ("that was it for today", "signing off", "over and out", "done here")


def phrase(choices: Sequence[str], *, held_out: bool | None, rng: np.random.Generator) -> str:
    """One of the phrasings: of those held out, of the others, or (None) of all."""
    return pick(choices if held_out is None else part(choices, held_out=held_out), rng)


def part(choices: Sequence[str], *, held_out: bool) -> list[str]:
    """The phrasings that are held out, or the others."""
    return [text for place, text in enumerate(choices) if (place // 2 % 2 == 1) == held_out]


def mistyped(text: str, rng: np.random.Generator) -> str:
    """The text without one of its letters."""
    letters = [place for place, letter in enumerate(text) if letter.isalpha()]
    place = int(rng.choice(letters))
    return text[:place] + text[place + 1 :]
