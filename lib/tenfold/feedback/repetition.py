"""Whether a user says again what they said before."""

from collections.abc import Iterator, Sequence

from tenfold.feedback.tokens import words_of

WORDS = 400
"""Words of a turn that are compared, from its beginning."""
BACK = 12
"""Earlier turns of the user that a turn is compared with."""
LEAST = 3
"""Different words that a turn must have to count."""


def repeats(turns: list[str], *, overlap: float = 0.6) -> list[int | None]:
    """For each of a user's turns the latest earlier one that it repeats or rephrases, None where none is.

    Two turns agree where their sets of words share at least `overlap` of their union (Jaccard). Only the
    first 400 words of a turn and the 12 turns before it are read, so that time is linear in the text.
    """
    if not 0 < overlap <= 1:
        raise ValueError(f"overlap is {overlap}; allowed: above 0, at most 1")
    said = [[word.text for word in words_of(turn[: WORDS * 20])] for turn in turns]
    return list(repeated_words(said, overlap=overlap))


def repeated_words(turns: Sequence[Sequence[str]], *, overlap: float = 0.6) -> Iterator[int | None]:
    """As `repeats`, of turns that are split into words in lower case; one turn after the other."""
    sets = [frozenset(words[:WORDS]) for words in turns]
    for place, words in enumerate(sets):
        earlier = range(place - 1, max(place - BACK, 0) - 1, -1) if len(words) >= LEAST else ()
        yield next((at for at in earlier if len(words & sets[at]) >= overlap * len(words | sets[at])), None)
