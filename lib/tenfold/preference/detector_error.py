"""What a detector's errors do to a rate: intervals of shares, and the rate corrected for the errors."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy.stats import norm

from tenfold.claims import Estimate

Count = tuple[int, int]
"""(how many, of how many)."""
Observed = Count | Sequence[float]
MAX_USELESS = 0.05
"""Share of draws in which the detector may be no better than chance."""


def wilson(share: float, n: float, level: float) -> tuple[float, float]:
    """Wilson's (1927) interval of a share of n; n need not be whole."""
    z = norm.ppf((1 + level) / 2)
    centre, half = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max((centre - half) / (1 + z * z / n), 0.0), min((centre + half) / (1 + z * z / n), 1.0)


def grouped_rate(hits: Sequence[bool], groups: Sequence[object], *, level: float = 0.9) -> Estimate:
    """The share of hits, with Wilson's interval for the effective number of observations.

    That number is p (1 - p) over the variance of p between groups, at most the number of hits and misses; the
    number of groups where p is 0 or 1. The idea: Korn & Graubard 1998, Survey Methodology 24, 193, with
    another interval. Raises ValueError for no observation.
    """
    values = np.asarray(hits, dtype=float)
    if not len(values):
        raise ValueError("hits is empty; allowed: at least one observation")
    place = np.unique(np.asarray(groups), return_inverse=True)[1]
    k, n, share = place.max() + 1, len(values), float(values.mean())
    variance = k / max(k - 1, 1) * (np.bincount(place, values - share) ** 2).sum() / n**2
    effective = min(n, share * (1 - share) / variance) if variance > 0 else min(n, k)
    low, high = wilson(share, effective, level)
    return Estimate(share, min(low, share), max(high, share), level, n=n)


def detector_corrected_rate(
    observed: Observed,
    *,
    sensitivity: Count,
    specificity: Count,
    level: float = 0.9,
    draws: int = 20_000,
    rng: np.random.Generator,
) -> Estimate:
    """The true rate behind a rate that a fallible detector saw.

    Rogan & Gladen 1978 (American Journal of Epidemiology 107, 71): (observed + specificity - 1) /
    (sensitivity + specificity - 1), brought into [0, 1], where a true rate lies.  observed: (found, of how
    many), or rates from resampling, such as a bootstrap over seeds, whose mean is the observed rate.
    sensitivity: (found, of how many that refuse).  specificity: (left alone, of how many that do not).
    The interval holds the middle `level` of the corrected rates, each count drawn anew from its Beta
    distribution with Jeffreys' prior, so that the noise of both samples is in it. It takes the detector to
    err here as often as where it was tested.
    Raises ValueError for counts that are none, and for a detector that is no better than chance: sensitivity
    + specificity at most 1, or so in more than one of twenty draws.
    """
    detector = Detector(sensitivity, specificity, draws, rng)
    return middle(*detector.corrected(observed), level)


def detector_corrected_difference(
    before: Observed,
    after: Observed,
    *,
    sensitivity: Count,
    specificity: Count,
    level: float = 0.9,
    draws: int = 20_000,
    rng: np.random.Generator,
) -> Estimate:
    """after - before, each corrected as `detector_corrected_rate` does, by one and the same detector.

    The two observed rates are drawn independently of each other. Raises as `detector_corrected_rate`.
    """
    detector = Detector(sensitivity, specificity, draws, rng)
    (first, firsts), (second, seconds) = detector.corrected(before), detector.corrected(after)
    return middle(second - first, seconds - firsts, level)


class Detector:
    """Sensitivity and specificity as tested, and draws of what they may be: for several rates at once.

    Arguments and errors are those of `detector_corrected_rate`.
    """

    def __init__(self, sensitivity: Count, specificity: Count, draws: int, rng: np.random.Generator) -> None:
        for name, count in (("sensitivity", sensitivity), ("specificity", specificity)):
            _check(name, count)
        self.sensitivity, self.specificity = (a / b for a, b in (sensitivity, specificity))
        found, left = _beta(sensitivity, draws, rng), _beta(specificity, draws, rng)
        useful = found + left > 1
        if self.sensitivity + self.specificity <= 1 or useful.mean() < 1 - MAX_USELESS:
            raise ValueError(
                f"sensitivity is {self.sensitivity:.3f}, specificity {self.specificity:.3f}, of "
                f"{sensitivity[1]} and {specificity[1]} answers; allowed: a sum surely above 1, since such a "
                "detector tells nothing; label more answers, or improve the detector"
            )
        self._found, self._left, self._rng = found[useful], left[useful], rng

    def corrected(self, observed: Observed) -> tuple[float, np.ndarray]:
        """The corrected rate, and draws of it."""
        rate, rates = drawn_rates(observed, len(self._found), self._rng)
        value = _rogan_gladen(rate, self.sensitivity, self.specificity)
        return float(value), _rogan_gladen(rates, self._found, self._left)


def drawn_rates(observed: Observed, draws: int, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """An observed rate, and draws of what it may be; see `detector_corrected_rate`. Raises ValueError."""
    if isinstance(observed, tuple) and len(observed) == 2:
        _check("observed", observed)
        return observed[0] / observed[1], _beta(observed, draws, rng)
    given = np.asarray(observed, dtype=float)
    if given.ndim != 1 or len(given) < 2 or not ((given >= 0) & (given <= 1)).all():
        raise ValueError("observed: allowed is (found, of how many), or two or more rates from 0 to 1")
    return float(given.mean()), rng.choice(given, draws)


def _rogan_gladen(
    rate: float | np.ndarray, sensitivity: float | np.ndarray, specificity: float | np.ndarray
) -> np.ndarray:
    return np.clip((rate + specificity - 1) / (sensitivity + specificity - 1), 0, 1)


def middle(value: float, drawn: np.ndarray, level: float) -> Estimate:
    """A value with the middle `level` of its draws."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, min(float(low), value), max(float(high), value), level)


def _beta(count: Count, draws: int, rng: np.random.Generator) -> np.ndarray:
    return rng.beta(count[0] + 0.5, count[1] - count[0] + 0.5, draws)


def _check(name: str, count: Count) -> None:
    if not (len(count) == 2 and count[1] >= 1 and 0 <= count[0] <= count[1]):
        raise ValueError(f"{name} is {count}; allowed: (how many, of how many), 0 <= how many <= of how many")
