"""Where the patterns of the statistical extractor occur in a dialogue."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tenfold.feedback.acts import ACTS
from tenfold.feedback.dialogue import Dialogue, Quote
from tenfold.feedback.repetition import repeated_words
from tenfold.feedback.rubric import Pattern, RubricError
from tenfold.feedback.tokens import STRAIGHT, ngrams, words_of

Embed = Callable[[Sequence[str]], np.ndarray]
"""Texts to vectors, [N, width]: a sentence encoder."""
REPETITION = Pattern("repetition", "own earlier turn")


class Place(NamedTuple):
    """The place of a turn among all, and characters in it."""

    turn: int
    start: int
    end: int


def first_places(
    dialogue: Dialogue, *, longest: int, acts: Iterable[str], words: frozenset[str] | None = None
) -> dict[tuple[str, str], Place]:
    """Where the user first shows each act, n-gram and repetition; the keys equal patterns.

    longest: words of an n-gram; 0: none.  acts: names of ACTS.  words: the only n-grams; None: all.
    """
    found: dict[tuple[str, str], Place] = {}
    grams: dict[str, Place] = {}
    wanted = [ACTS[name] for name in acts]
    said = list(dialogue.user_turns)
    tokens = []
    for place, text in said:
        straight = text.translate(STRAIGHT)
        for act in wanted:
            key = ("act", act.name)
            if key not in found and (span := act.find_straight(straight)):
                found[key] = Place(place, *span)
        tokens.append(words_of(text))
        for gram, start, end in ngrams(tokens[-1], longest):
            if gram not in grams and (words is None or gram in words):
                grams[gram] = Place(place, start, end)
    found.update((("words", gram), where) for gram, where in grams.items())
    repeated = repeated_words([[word.text for word in turn] for turn in tokens])
    for (place, text), earlier in zip(said, repeated, strict=True):
        if earlier is not None:
            found[REPETITION] = Place(place, 0, len(text))
            break
    return found


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay. Raises RubricError for what is no finite matrix."""
    vectors = np.asarray(vectors, dtype=float)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise RubricError(f"embed gave an array of shape {vectors.shape}; allowed: finite, [texts, width]")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)


def alike(
    dialogues: Sequence[Dialogue], meanings: Sequence[str], embed: Embed, *, least: float
) -> list[dict[Pattern, Quote]]:
    """For each dialogue the meanings that a turn of its user comes near, with the nearest turn.

    Near: a cosine of at least `least` between the encoder's vectors. All turns are encoded in one call.
    """
    turns = [(d, place, text) for d, dialogue in enumerate(dialogues) for place, text in dialogue.user_turns]
    turns = [turn for turn in turns if turn[2].strip()]
    found: list[dict[Pattern, Quote]] = [{} for _ in dialogues]
    if not turns or not meanings:
        return found
    vectors = unit(embed([text for *_, text in turns] + list(meanings)))
    near = vectors[: len(turns)] @ vectors[len(turns) :].T  # [turns, meanings]
    for column, meaning in enumerate(meanings):
        best = np.full(len(dialogues), least)
        for row in np.flatnonzero(near[:, column] >= least):
            d, place, text = turns[row]
            pattern = Pattern("meaning", meaning)
            if pattern not in found[d] or near[row, column] > best[d]:
                best[d] = near[row, column]
                found[d][pattern] = dialogues[d].quote(place, 0, len(text))
    return found
