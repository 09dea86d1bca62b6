"""The laws that add a floor and two powers: what Chinchilla's law and the mixture laws share."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.result import Fit, exponential


@dataclass(frozen=True, kw_only=True)
class AdditiveLaw(Fit):
    """E + A x^-alpha + B y^-beta, the part that all these laws share.

    scatter: residual sd of log L.  A power that vanishes or is flat, in the fit or in a draw, has A = 0 and
    no exponent, nan.  status "bound_hit": that happened in the fit, or E vanishes, or an exponent ran to a
    step; the data do not show that part of the law.
    """

    E: float
    log_A: float
    alpha: float
    log_B: float
    beta: float
    scatter: float

    @property
    def A(self) -> float:
        return math.exp(self.log_A)

    @property
    def B(self) -> float:
        return math.exp(self.log_B)

    def _sum(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        return self.E + _power(self.log_A, self.alpha, x) + _power(self.log_B, self.beta, y)

    def _sum_draws(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """[..., n_boot], with the shape of x and y in front."""
        x, y = (np.asarray(values, dtype=np.float64)[..., None] for values in (x, y))
        powers = (("log_A", "alpha", x), ("log_B", "beta", y))
        return self.draw("E") + sum(_power(self.draw(log), self.draw(slope), at) for log, slope, at in powers)


def _power(log_scale: ArrayLike, exponent: ArrayLike, x: ArrayLike) -> np.ndarray:
    """exp(log_scale) x^-exponent, 0 where the scale is 0."""
    log_power = log_scale - np.asarray(exponent) * np.log(x)
    return exponential(np.where(np.isneginf(log_scale), -np.inf, log_power))
