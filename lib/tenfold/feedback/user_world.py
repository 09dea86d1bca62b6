"""Users with hidden wishes, their requests, and answers that do or do not meet them: a simulator.

A request is three words that may betray its writer (one for each attribute of an answer) and a subject. An
answer opens in a register, tells the subject's three facts as a list or as prose, with or without remarks,
and may close with a flourish. What the world builds in:
- every user wants right facts; each attribute is cared for by a user with probability `CARES`;
- in the population "cued" a request's word betrays its user's wish with probability `BETRAYED`, and more
  users want brief answers than detailed ones; in "uncued" the words tell nothing and the wishes are even; in
  "verbose" users care for remarks alone, which they want: what a judge that likes length would reward;
- how dissatisfied a user is depends on the number of unmet wishes alone (`DISSATISFIED`).
What feedback, detectors, checklists and training make of this is not built in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PAD, END, ANSWER = 0, 1, 2
SIDES = {"length": ("brief", "detailed"), "format": ("list", "prose"), "register": ("casual", "formal")}
"""The attributes of an answer, and the two sides of each."""
FACTS_LINE = "facts"
LINES = (*(side for sides in SIDES.values() for side in sides), FACTS_LINE)
"""What a checklist may hold: sides of attributes, and right facts."""
CUES = {
    "brief": ("quick", "swift", "pocket", "rapid"),
    "detailed": ("thorough", "deep", "grand", "whole"),
    "list": ("chart", "sheet", "register", "ledger"),
    "prose": ("tale", "essay", "letter", "portrait"),
    "casual": ("yo", "heya", "dude", "mate"),
    "formal": ("dear", "esteemed", "kindly", "madam"),
}
"""Words of a request by the wish that they betray."""
OPENERS = {"casual": ("yep", "righto"), "formal": ("certainly", "naturally")}
DASH, AND, FLOURISH = "-", "and", "voila"
REMARKS = ("famously", "mostly", "reportedly")
N_FACTS, N_SUBJECTS, N_FACT_WORDS = 3, 30, 30
SUBJECTS = tuple(
    f"{a}{b}" for a in ("mar", "lun", "tor", "vel", "sab") for b in ("a", "en", "is", "ox", "ur", "y")
)
FACT_WORDS = tuple(
    f"{a}{b}" for a in ("ste", "bro", "cla", "fli", "gru") for b in ("m", "nd", "rk", "sp", "tch", "xt")
)
WORDS = (
    "<pad>",
    "<end>",
    ":",
    *(f"<{line}>" for line in LINES),
    *(word for side in CUES.values() for word in side),
    *(word for side in OPENERS.values() for word in side),
    DASH,
    AND,
    FLOURISH,
    *REMARKS,
    *SUBJECTS,
    *FACT_WORDS,
)
"""Token ids are places in this tuple."""
ID = {word: place for place, word in enumerate(WORDS)}
FACTS = {
    subject: tuple(
        np.random.default_rng([2408, 15549, place]).choice(FACT_WORDS, N_FACTS, replace=False).tolist()
    )
    for place, subject in enumerate(SUBJECTS)
}
"""The right facts of each subject, in the order of an answer."""

CARES, BETRAYED, WANT_BRIEF = 0.7, 0.85, 0.6
DISSATISFIED = (0.05, 0.5, 0.8, 0.95)
"""Probability of dissatisfaction with 0, 1, 2 and 3 or more unmet wishes."""
FACTS_WORTH = 1.5
"""What three right facts are worth beside 1 for each met wish."""
POPULATIONS = ("cued", "uncued", "verbose")
LONGEST_ANSWER = 16
"""Tokens after which an answer is cut off, the end included."""


@dataclass(frozen=True)
class User:
    """wants: the wished side of each attribute that the user cares for.  polite: thanks whatever comes."""

    wants: dict[str, str]
    polite: bool


@dataclass(frozen=True)
class Shown:
    """What an answer shows.  sides: of each attribute that can be told.  facts: share of right facts."""

    sides: dict[str, str]
    facts: float
    flourish: bool


def draw_user(population: str, rng: np.random.Generator) -> User:
    """A user of a population. Raises ValueError for an unknown one."""
    if population not in POPULATIONS:
        raise ValueError(f"population is {population!r}; allowed: {', '.join(POPULATIONS)}")
    wants = {}
    for attribute, sides in SIDES.items():
        first = WANT_BRIEF if attribute == "length" and population == "cued" else 0.5
        side = sides[int(rng.random() >= first)]
        cares = rng.random() < CARES
        if population == "verbose":
            side, cares = "detailed", cares and attribute == "length"
        if cares:
            wants[attribute] = side
    return User(wants, bool(rng.random() < 0.3))


def draw_request(user: User, population: str, *, held_out: bool, rng: np.random.Generator) -> tuple[int, ...]:
    """Tokens of a request: one word for each attribute, and a subject.

    held_out: a fifth of all pairs of subject and first word is kept for tests.
    """
    while True:
        words = []
        for attribute, sides in SIDES.items():
            side = sides[int(rng.integers(2))]
            if population == "cued" and attribute in user.wants:
                betrayed = rng.random() < BETRAYED
                wanted = user.wants[attribute]
                side = wanted if betrayed else sides[1 - sides.index(wanted)]
            words.append(pick(CUES[side], rng))
        subject = int(rng.integers(N_SUBJECTS))
        if ((7 * subject + 3 * ID[words[0]]) % 5 == 0) == held_out:
            return (*(ID[word] for word in words), ID[SUBJECTS[subject]])


def prompt_tokens(request: Sequence[int], checklist: Sequence[str] = ()) -> list[int]:
    """What a policy reads: the lines of a checklist in a fixed order, the request, a colon."""
    return [*(ID[f"<{line}>"] for line in LINES if line in checklist), *request, ANSWER]


def shown(request: Sequence[int], answer: Sequence[int]) -> Shown:
    """The attributes of an answer; a register without opener is neither, and so is a body without facts."""
    words = [WORDS[token] for token in answer]
    sides = {}
    facts = [word for word in words if word in _FACT_SET]
    if facts:
        sides["length"] = "brief" if sum(word in REMARKS for word in words) <= 1 else "detailed"
        sides["format"] = "list" if 2 * words.count(DASH) > len(facts) else "prose"
    for side, openers in OPENERS.items():
        if words and words[0] in openers:
            sides["register"] = side
    right = FACTS[WORDS[request[-1]]]
    hits = sum(said == true for said, true in zip(facts, right, strict=False))
    extra = max(len(facts) - N_FACTS, 0)
    return Shown(sides, max(hits - extra, 0) / N_FACTS, FLOURISH in words)


def unmet(user: User, answer: Shown) -> list[str]:
    """The lines of the user's hidden checklist that an answer does not meet."""
    lines = [side for attribute, side in user.wants.items() if answer.sides.get(attribute) != side]
    return [*lines, FACTS_LINE] if answer.facts < 1 else lines


def utility(user: User, answer: Shown) -> float:
    """Met wishes and right facts, as a share of what is possible: 0 to 1."""
    met = sum(answer.sides.get(attribute) == side for attribute, side in user.wants.items())
    return (met + FACTS_WORTH * answer.facts) / (len(user.wants) + FACTS_WORTH)


def compose(
    request: Sequence[int],
    sides: dict[str, str],
    *,
    fault: float,
    flourish: float,
    rng: np.random.Generator,
) -> list[int]:
    """An answer with these sides (a register may be missing), as tokens with its end.

    fault: probability that a fact is wrong.  flourish: probability of a closing flourish.
    """
    words = [pick(OPENERS[sides["register"]], rng)] if "register" in sides else []
    remarks = 0.1 if sides["length"] == "brief" else 0.85
    for place, fact in enumerate(FACTS[WORDS[request[-1]]]):
        if sides["format"] == "list":
            words.append(DASH)
        elif place:
            words.append(AND)
        words.append(pick(FACT_WORDS, rng) if rng.random() < fault else fact)
        if rng.random() < remarks:
            words.append(pick(REMARKS, rng))
    if rng.random() < flourish:
        words.append(FLOURISH)
    return [*(ID[word] for word in words), END]


def pick(choices: Sequence[str], rng: np.random.Generator) -> str:
    """One of them; much faster than `rng.choice`."""
    return choices[int(rng.integers(len(choices)))]


def in_words(tokens: Sequence[int]) -> str:
    """Tokens as text, without the end."""
    return " ".join(WORDS[token] for token in tokens if token not in (PAD, END))


def in_tokens(text: str) -> list[int]:
    """The answer that `in_words` wrote, with an end. Raises ValueError for a word that is none."""
    words = text.split()
    if unknown := [word for word in words if word not in ID]:
        raise ValueError(f"text holds {unknown[0]!r}; allowed: words of this world")
    return [*(ID[word] for word in words), END]


_FACT_SET = frozenset(FACT_WORDS)
