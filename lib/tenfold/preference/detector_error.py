"""What a detector's errors do to a rate: intervals of shares, and the rate corrected for the errors."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy.stats import norm

from tenfold.claims import Estimate

Count = tuple[int, int]
"""(how many, of how many)."""
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
    observed: Count | Sequence[float],
    *,
    sensitivity: Count,
    specificity: Count,
    level: float = 0.9,
    draws: int = 20_000,
    rng: np.random.Generator,
) -> Estimate:
    """The true rate behind a rate that a fallible detector saw.

    Rogan & Gladen 1978 (American Journal of Epidemiology 107, 71): (observed + specificity - 1) /
    (sensitivity + specificity - 1), brought into [0, 1], where a true rate lies. observed: (found, of how
    many), or rates from resampling, such as a bootstrap over seeds, whose mean is the observed rate.
    sensitivity: (found, of how many that refuse). specificity: (left alone, of how many that do not). The
    interval holds the middle `level` of the corrected rates, each count drawn anew from its Beta distribution
    with Jeffreys' prior, so that both samples' noise is in it. It takes the detector to err here as often as
    where it was tested.
    Raises ValueError for counts that are none, and for a detector that is no better than chance: sensitivity
    + specificity at most 1, or so in more than one of twenty draws.
    """
    for name, count in (("sensitivity", sensitivity), ("specificity", specificity)):
        _check(name, count)
    if isinstance(observed, tuple) and len(observed) == 2:
        _check("observed", observed)
        rate, rates = observed[0] / observed[1], _beta(observed, draws, rng)
    else:
        resampled = np.asarray(observed, dtype=float)
        if resampled.ndim != 1 or len(resampled) < 2 or not ((resampled >= 0) & (resampled <= 1)).all():
            raise ValueError("observed: allowed is (found, of how many), or two or more rates from 0 to 1")
        rate, rates = float(resampled.mean()), rng.choice(resampled, draws)
    shares = sensitivity[0] / sensitivity[1], specificity[0] / specificity[1]
    youden = sum(shares) - 1
    found, left = _beta(sensitivity, draws, rng), _beta(specificity, draws, rng)
    useful = found + left > 1
    if youden <= 0 or useful.mean() < 1 - MAX_USELESS:
        raise ValueError(
            f"sensitivity is {shares[0]:.3f}, specificity {shares[1]:.3f}, of {sensitivity[1]} and "
            f"{specificity[1]} answers; "
            "allowed: a sum surely above 1, since such a detector tells nothing; label more, or improve it"
        )
    corrected = np.clip((rates + left - 1)[useful] / (found + left - 1)[useful], 0, 1)
    value = float(np.clip((rate + shares[1] - 1) / youden, 0, 1))
    low, high = np.quantile(corrected, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, min(float(low), value), max(float(high), value), level)


def _beta(count: Count, draws: int, rng: np.random.Generator) -> np.ndarray:
    return rng.beta(count[0] + 0.5, count[1] - count[0] + 0.5, draws)


def _check(name: str, count: Count) -> None:
    if not (len(count) == 2 and count[1] >= 1 and 0 <= count[0] <= count[1]):
        raise ValueError(f"{name} is {count}; allowed: (how many, of how many), 0 <= how many <= of how many")
