"""Checks of what comes into a fit: each error names the argument, the value, and what is allowed."""

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.errors import FitError


def positive_vector(name: str, values: ArrayLike, *, like: np.ndarray | None = None) -> np.ndarray:
    """`values` as float64 [n], all finite and > 0; with `like`, of the same length.  Raises ValueError."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"{name} has shape {vector.shape}: give a vector, one value per point")
    if like is not None and len(vector) != len(like):
        raise ValueError(f"{name} has {len(vector)} values where {len(like)} are expected, one per point")
    bad = ~(np.isfinite(vector) & (vector > 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise ValueError(
            f"{name}[{at}] is {vector[at]}: logarithms are taken, so every value must be finite and > 0; "
            f"leave such points out"
        )
    return vector


def check_n_boot(n_boot: int) -> None:
    """Raises ValueError unless `n_boot` is a whole number >= 0."""
    if not isinstance(n_boot, (int, np.integer)) or n_boot < 0:
        raise ValueError(f"n_boot is {n_boot!r}: give a whole number of draws, such as 2000, or 0 for none")


def enough_points(what: str, *, n_points: int, n_parameters: int) -> None:
    """Raises FitError when there are fewer points than parameters."""
    if n_points < n_parameters:
        raise FitError(
            f"{what} has {n_parameters} parameters and got {n_points} points: "
            f"give at least {n_parameters}, and one more for an interval"
        )
