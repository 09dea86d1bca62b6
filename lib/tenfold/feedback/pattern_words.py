"""What a pattern is called in a rubric, and which patterns are one and the same reason."""

from collections.abc import Sequence
from functools import lru_cache

from tenfold.feedback.acts import ACTS
from tenfold.feedback.patterns import REPETITION
from tenfold.feedback.rubric import Pattern

LIKE = 64
"""Characters of a user's turn that stand for its meaning in an item's name."""


@lru_cache(maxsize=100_000)
def says_an_act(pattern: Pattern, acts: tuple[str, ...]) -> bool:
    """Whether the words of an n-gram are what an act's rule finds anyway: the act stands for them."""
    return pattern.kind == "words" and any(ACTS[name].find(pattern.value) for name in acts)


def same(one: Pattern, other: Pattern | None) -> bool:
    """Equal, or n-grams of which one contains the other."""
    if other is None or one.kind != other.kind:
        return False
    if one.kind != "words":
        return one == other
    return f" {one.value} " in f" {other.value} " or f" {other.value} " in f" {one.value} "


def distinct(patterns: Sequence[Pattern], most: int) -> list[Pattern]:
    """The first patterns of which none is the same as one before it."""
    kept: list[Pattern] = []
    for pattern in patterns:
        if len(kept) < most and not any(same(pattern, other) for other in kept):
            kept.append(pattern)
    return kept


def plain_words(pattern: Pattern) -> str:
    """A sentence about the user."""
    if pattern == REPETITION:
        return "The user repeats or rephrases an earlier turn."
    if pattern.kind == "act":
        return f"The user {ACTS[pattern.value].meaning}."
    if pattern.kind == "meaning":
        short = pattern.value if len(pattern.value) <= LIKE else pattern.value[:LIKE] + "…"
        return f"The user says something like: {short}"
    return f'The user says "{pattern.value}".'
