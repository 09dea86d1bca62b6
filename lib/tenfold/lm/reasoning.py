"""Simple reasoning in plain sentences, made by rule: statements to train on, and mirrored questions."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _words("anna carl dora emil finn gina hugo ivan jane karl lena mary nora omar paul rosa")
NUMBERS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
PLACES = _words("box bag car jar hut bed cup pot tent sack desk shed")
PAIRS = (
    ("open", "shut"), ("warm", "cold"), ("full", "void"), ("long", "slim"), ("dark", "pale"),
    ("rich", "poor"),
)  # fmt: skip
THINGS = _words("door lamp road shop tree boat room wall")
HELD_OUT = 1 / 4


@dataclass(frozen=True)
class Question:
    """`prompt` is continued by `right` or by `wrong`.  The mirrored question swaps the two."""

    kind: str
    prompt: str
    right: str
    wrong: str


def questions() -> list[Question]:
    """Held-out questions, each beside its mirror: the same two answers, the other one right.

    order: the oldest or the youngest of three. sum: of two small numbers. place: the one of two that is left.
    rule: a condition that holds. A model that does not read the prompt is right in half of them.
    """
    return [question for content, pair in _pairs() if _position(content) < HELD_OUT for question in pair]


def training_statements() -> list[str]:
    """The other questions with their right answers, as sentences."""
    return [
        f"{question.prompt}{question.right}"
        for content, pair in _pairs()
        if _position(content) >= HELD_OUT
        for question in pair
    ]


def _pairs() -> Iterator[tuple[str, tuple[Question, Question]]]:
    """(what decides the part, the question and its mirror)."""
    for a, b, c in permutations(NAMES, 3):
        if _position(f"kept {a} {b} {c}") < 1 / 3:
            told = f"{a} is older than {b}. {b} is older than {c}."
            yield (
                f"order {a} {b} {c}",
                (
                    Question("order", f"{told} the oldest is ", f"{a}.", f"{c}."),
                    Question("order", f"{told} the youngest is ", f"{c}.", f"{a}."),
                ),
            )
    for a in range(1, 13):
        for b in range(1, min(13, 20 - a), 2):  # the mirror asks for b + 1
            one, more = f"{NUMBERS[a + b]}.", f"{NUMBERS[a + b + 1]}."
            yield (
                f"sum {a} {b}",
                (
                    Question("sum", f"{NUMBERS[a]} plus {NUMBERS[b]} is ", one, more),
                    Question("sum", f"{NUMBERS[a]} plus {NUMBERS[b + 1]} is ", more, one),
                ),
            )
    for a, b in permutations(PLACES, 2):
        for thing in ("key", "ring"):
            told = f"the {thing} is in the {a} or in the {b}."
            yield (
                f"place {thing} {sorted((a, b))}",
                (
                    Question("place", f"{told} it is not in the {a}. it is in the ", f"{b}.", f"{a}."),
                    Question("place", f"{told} it is not in the {b}. it is in the ", f"{a}.", f"{b}."),
                ),
            )
    for thing, other in permutations(THINGS, 2):
        for yes, no in PAIRS:
            rule = f"if the {thing} is new, the {other} is"
            then = f"the {thing} is new. the {other} is "
            yield (
                f"rule {thing} {other} {yes}",
                (
                    Question("rule", f"{rule} {yes}. {then}", f"{yes}.", f"{no}."),
                    Question("rule", f"{rule} {no}. {then}", f"{no}.", f"{yes}."),
                ),
            )


def _position(content: str) -> float:
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:4], "big") / 2**32
