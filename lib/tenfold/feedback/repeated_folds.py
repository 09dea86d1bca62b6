"""The interval of a score that was measured on repeated folds of one set of data."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from tenfold.claims import Estimate


def folds_estimate(values: Sequence[float] | np.ndarray, *, folds: int, level: float) -> Estimate:
    """Mean over all folds of all repeats, with the corrected t interval of repeated cross-validation.

    values: one a fold, those of one repeat or of several; a difference of two methods is taken within a fold.
    The folds of a repeat share most of their training data, and repeats share their tests, so that the values
    are not independent: their variance is taken times 1/J + 1/(folds - 1) instead of 1/J, for J values
    (Bouckaert and Frank 2004, after Nadeau and Bengio 2003). That is meant for training on everything outside
    the fold; where less is drawn the training sets overlap less, and the interval is too wide rather than too
    narrow.  Raises ValueError for fewer than two folds or values, or values that are not finite.
    """
    values = np.asarray(values, dtype=float)
    if folds < 2 or values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(
            f"folds is {folds}, values are {values.tolist()}; allowed: two folds or more, and at least two "
            "finite numbers"
        )
    mean, spread = values.mean(), values.std(ddof=1)
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * spread * np.sqrt(1 / len(values) + 1 / (folds - 1))
    return Estimate(mean, mean - half, mean + half, level=level, n=len(values))
