"""Loss against model size and data: Chinchilla's law."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.additive_fit import check_delta, fit_additive
from tenfold.laws.additive_law import AdditiveLaw
from tenfold.laws.checks import check_n_boot, positive_vector
from tenfold.laws.result import quantile_interval


@dataclass(frozen=True, kw_only=True)
class Chinchilla(AdditiveLaw):
    """L = E + A N^-alpha + B D^-beta (Hoffmann et al. 2022, arXiv:2203.15556, eq. 10)."""

    def predict(self, N: ArrayLike, D: ArrayLike) -> np.ndarray:
        """L at `N` and `D`."""
        return self._sum(N, D)

    def predict_interval(
        self, N: ArrayLike, D: ArrayLike, level: float = 0.90
    ) -> tuple[np.ndarray, np.ndarray]:
        """Interval of `predict`, point by point."""
        return quantile_interval(np.moveaxis(self._sum_draws(N, D), -1, 0), level)


def fit_chinchilla(
    N: ArrayLike,
    D: ArrayLike,
    L: ArrayLike,
    *,
    delta: float = 1e-3,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> Chinchilla:
    """L = E + A N^-alpha + B D^-beta by the Huber loss on residuals of log L (the paper's approach 3).

    N, D, L: [n], parameters, training tokens, loss.  delta: where the Huber loss turns from square to linear,
    in units of log L, 1e-3 in the paper; inf gives least squares.  From 27 starts, the best one kept; warns
    when starts fit equally well with different exponents.
    Draws: refits to resampled points (pairs bootstrap), which assumes neither normal noise nor equal noise
    at all sizes.  It takes runs for independent.
    Raises ValueError for bad input, FitError when the points cannot determine the law: it takes at least
    three N, three D, and five different points.
    """
    check_n_boot(n_boot)
    check_delta(delta)
    N = positive_vector("N", N)
    D, L = positive_vector("D", D, like=N), positive_vector("L", L, like=N)
    return Chinchilla(**fit_additive(N, D, L, delta=delta, n_boot=n_boot, rng=rng, stacklevel=3))
