"""Means over queries with intervals by bootstrap over queries."""

from collections.abc import Callable, Sequence

import numpy as np

from tenfold.claims import Estimate

DRAWS = 4_000


def query_estimate(
    values: np.ndarray,
    classes: Sequence[str],
    *,
    level: float,
    rng: np.random.Generator,
    of: Callable[[np.ndarray], np.ndarray] | None = None,
    draws: int = DRAWS,
) -> Estimate:
    """A mean over queries, or a function of several, with a percentile interval.

    values: [queries], or [queries, k] for k quantities of each query.  classes: of the queries, which are
    drawn with replacement within their class.  of: from means [..., k] to [...], for a ratio of means; none
    for the mean itself.
    Raises ValueError for values that are not finite, and a number of classes that is not that of the values.
    """
    values = np.asarray(values, dtype=float)
    table = values[:, None] if values.ndim == 1 else values
    if len(classes) != len(table) or not np.isfinite(table).all() or len(table) < 2:
        raise ValueError(
            f"values are {values.shape}, with {len(classes)} classes: give finite values of at least two "
            "queries, and the class of each"
        )
    names = np.asarray(list(classes))
    total = np.zeros((draws, table.shape[1]))
    for name in np.unique(names):
        inside = table[names == name]
        total += inside[rng.integers(len(inside), size=(draws, len(inside)))].sum(axis=1)
    means = np.vstack([table.mean(axis=0), total / len(table)])
    found = means[:, 0] if of is None else of(means)
    low, high = np.quantile(found[1:], [(1 - level) / 2, (1 + level) / 2])
    value = float(found[0])
    return Estimate(value, min(low, value), max(high, value), level=level, n=len(table))
