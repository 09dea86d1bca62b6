"""The mean of a few independent values, as evidence."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from tenfold.claims.evidence import Estimate


def t_estimate(values: Sequence[float] | np.ndarray, *, level: float) -> Estimate:
    """Mean with Student's t interval; each value is one observation, a seed for example.

    level: coverage of the interval as a fraction. Raises ValueError for fewer than two values, or values that
    are not finite.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"values are {values.tolist()}; allowed: at least two finite numbers")
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * error
    return Estimate(mean, mean - half, mean + half, level=level, n=len(values))
