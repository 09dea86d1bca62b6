"""How well signals agree with labels of single utterances: precision, recall, kappa, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from tenfold.claims import Estimate
from tenfold.feedback.dialogue import POLARITIES, Dialogue, Polarity

Marked = Mapping[int, AbstractSet[Polarity]]
"""For one dialogue: turns of the user by place, with their polarities; a turn left out has none."""


@dataclass(frozen=True)
class FeedbackEvaluation:
    """counts: turns where both say so, only the prediction, only the label, neither; one row a dialogue."""

    polarity: Polarity
    counts: np.ndarray
    draws: np.ndarray
    level: float

    def precision(self) -> Estimate | None:
        """Of the turns predicted, those labelled so; None where nothing was predicted."""
        return self._estimate(lambda c: _ratio(c[..., 0], c[..., 0] + c[..., 1]))

    def recall(self) -> Estimate | None:
        """Of the turns labelled so, those predicted; None where nothing is labelled so."""
        return self._estimate(lambda c: _ratio(c[..., 0], c[..., 0] + c[..., 2]))

    def kappa(self) -> Estimate | None:
        """Cohen's kappa over all turns of users; None where both say the same of every turn by necessity."""
        return self._estimate(_kappa)

    def _estimate(self, of: Callable[[np.ndarray], np.ndarray]) -> Estimate | None:
        """The value on all dialogues; the interval from resampled ones, those without a value left out."""
        value = float(of(self.counts.sum(0)))
        if np.isnan(value):
            return None
        drawn = of(self.draws)
        low, high = np.nanquantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        bounds = min(low, value), max(high, value)
        return Estimate(value, *bounds, level=self.level, n=len(self.counts))


def evaluate_feedback(
    dialogues: Sequence[Dialogue],
    predicted: Sequence[Marked],
    labels: Sequence[Marked],
    *,
    polarity: Polarity,
    level: float = 0.9,
    n_boot: int = 1000,
    rng: np.random.Generator,
) -> FeedbackEvaluation:
    """Compare prediction and label of every turn of a user; whole dialogues are resampled.

    predicted: of each dialogue, as `polarities` gives it.  labels: in the same form.  level: of the
    percentile intervals.  Raises ValueError for numbers that differ, no dialogues, and places that are no
    turn of a user.
    """
    if not dialogues or not len(dialogues) == len(predicted) == len(labels):
        numbers = f"{len(dialogues)} dialogues, {len(predicted)} predictions, {len(labels)} labels"
        raise ValueError(f"{numbers}; allowed: as many of each, at least one")
    if polarity not in POLARITIES:
        raise ValueError(f"polarity is {polarity!r}; allowed: {', '.join(POLARITIES)}")
    counts = np.zeros((len(dialogues), 4))
    for row, dialogue, ours, theirs in zip(counts, dialogues, predicted, labels, strict=True):
        places = {place for place, _ in dialogue.user_turns}
        if wrong := (set(ours) | set(theirs)) - places:
            raise ValueError(f"dialogue {dialogue.id!r}: turn {min(wrong)} is no turn of the user")
        for place in places:
            said, true = polarity in ours.get(place, ()), polarity in theirs.get(place, ())
            row[0 if said and true else 1 if said else 2 if true else 3] += 1
    weights = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=n_boot)
    return FeedbackEvaluation(polarity, counts, weights @ counts, level)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=np.asarray(bottom) > 0)


def _kappa(c: np.ndarray) -> np.ndarray:
    both, ours, theirs, neither = np.moveaxis(c, -1, 0)
    n = c.sum(-1)
    agreed = _ratio(both + neither, n)
    chance = _ratio((both + ours) * (both + theirs) + (neither + ours) * (neither + theirs), n * n)
    return _ratio(agreed - chance, np.asarray(1 - chance))
