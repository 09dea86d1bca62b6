"""Power laws, with or without a floor."""

import math
import warnings
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult, least_squares

from tenfold.laws.checks import check_n_boot, enough_points, positive_vector
from tenfold.laws.errors import FitWarning
from tenfold.laws.log_regression import fit_log_regression
from tenfold.laws.power_law_curve import log_curve, log_curve_gradient, refit_curves
from tenfold.laws.result import Fit, exponential, quantile_interval

SMALLEST = 1e-4  # E or A x^-alpha below this share of the smallest y cannot be told from 0
STEEPEST = 100.0  # largest alpha times the range of log x


@dataclass(frozen=True, kw_only=True)
class PowerLaw(Fit):
    """y = E + A x^-alpha.  E is 0, without draws, when fitted with offset=False.

    scatter: residual sd of log y.  status "bound_hit": a part of the law (E, or the power) vanishes in these
    data; it is at the smallest value that could be told from nothing, the other estimates hold.
    """

    E: float
    log_A: float
    alpha: float
    scatter: float

    @property
    def A(self) -> float:
        return math.exp(self.log_A)

    def predict(self, x: ArrayLike) -> np.ndarray:
        """y at `x`."""
        return self.E + np.exp(self.log_A - self.alpha * np.log(x))

    def predict_interval(self, x: ArrayLike, level: float = 0.90) -> tuple[np.ndarray, np.ndarray]:
        """Interval of `predict`, point by point."""
        floor = self.draw("E") if "log_E" in self.columns else 0.0
        power = exponential(self.draw("log_A") - np.multiply.outer(np.log(x), self.draw("alpha")))
        return quantile_interval(np.moveaxis(floor + power, -1, 0), level)


def fit_power_law(
    x: ArrayLike, y: ArrayLike, *, offset: bool = True, n_boot: int = 2000, rng: np.random.Generator
) -> PowerLaw:
    """Least squares of log y (errors are relative) for y = E + A x^-alpha; with offset=False for A x^-alpha.

    x, y: [n].  With an offset: bounded least squares over the logs of E and A and alpha > 0, from nine
    starts, the best one kept; warns when starts fit equally well with different exponents.
    Draws: refits to data simulated from the fit with normal noise, whose variance is itself drawn from what
    n - p residuals tell of it.  Without an offset that is exactly the t interval of least squares.  A dozen
    residuals tell little of their own distribution, and resampling them ignores that their size is uncertain.
    Raises ValueError for bad input, FitError for fewer points than parameters.
    """
    check_n_boot(n_boot)
    log_x = np.log(positive_vector("x", x))
    log_y = np.log(positive_vector("y", y, like=log_x))
    if offset:
        return _fit_with_floor(log_x, log_y, n_boot=n_boot, rng=rng)
    enough_points("y = A x^-alpha", n_points=len(log_x), n_parameters=2)
    middle = log_x.mean()
    design = np.column_stack([np.ones(len(log_x)), middle - log_x])
    line = fit_log_regression(design, log_y, draws=None, n_boot=n_boot, rng=rng)
    level, alpha = line.coefficients
    return PowerLaw(
        status="converged",
        n_points=len(log_x),
        columns=("log_A", "alpha"),
        draws=np.column_stack([line.draws[:, 0] + line.draws[:, 1] * middle, line.draws[:, 1]]),
        E=0.0,
        log_A=float(level + alpha * middle),
        alpha=float(alpha),
        scatter=line.scatter,
    )


def _fit_with_floor(
    log_x: np.ndarray, log_y: np.ndarray, *, n_boot: int, rng: np.random.Generator
) -> PowerLaw:
    enough_points("y = E + A x^-alpha", n_points=len(np.unique(log_x)), n_parameters=3)
    middle, reach = log_x.mean(), np.ptp(log_x)
    u = log_x - middle
    smallest = log_y.min() + math.log(SMALLEST)
    low = np.array([smallest, smallest, 1e-6 / reach])
    high = np.array([log_y.max() + 1, log_y.max() + 2, STEEPEST / reach])

    best = _best_of_starts(u, log_y, low=low, high=high)
    freedom = len(u) - 3
    scatter = math.sqrt(2 * best.cost / freedom) if freedom else math.nan
    draws = np.empty((0, 3))
    if freedom and n_boot:
        sd = scatter / np.sqrt(rng.chisquare(freedom, (n_boot, 1)) / freedom)
        simulated = log_curve(best.x, u) + sd * rng.standard_normal((n_boot, len(u)))
        draws = refit_curves(simulated, u, start=best.x, low=low, high=high)
        draws[:, 1] += draws[:, 2] * middle
    log_E, log_a, alpha = best.x
    near_bound = np.minimum(best.x - low, high - best.x) < 1e-3 * np.array([1.0, 1.0, 1 / reach])
    return PowerLaw(
        status="bound_hit" if near_bound.any() else "converged" if best.success else "max_iter",
        n_points=len(u),
        columns=("log_E", "log_A", "alpha"),
        draws=draws,
        E=math.exp(log_E),
        log_A=float(log_a + alpha * middle),
        alpha=float(alpha),
        scatter=scatter,
    )


def _best_of_starts(u: np.ndarray, log_y: np.ndarray, *, low: np.ndarray, high: np.ndarray) -> OptimizeResult:
    """Floors from 10 % to 95 % of the smallest y, decays slight to steep; scipy finishes the best one."""
    floor, decay = np.array(list(product((0.1, 0.6, 0.95), (0.5, 2.0, 8.0)))).T
    log_E = log_y.min() + np.log(floor)
    log_a = np.log(np.exp(np.median(log_y)) - np.exp(log_E))
    starts = np.clip(np.column_stack([log_E, log_a, decay / np.ptp(u)]), low, high)
    ends = refit_curves(np.tile(log_y, (len(starts), 1)), u, start=starts, low=low, high=high)
    ends = np.where(np.isnan(ends), starts, ends)
    costs = ((log_curve(ends, u) - log_y) ** 2).sum(-1)
    rivals = ends[costs <= 1.01 * costs.min(), 2]
    if np.ptp(rivals) > 0.01 * rivals.max():
        warnings.warn(
            f"starts disagree: exponents from {min(rivals):.4g} to {max(rivals):.4g} fit these {len(u)} "
            f"points equally well; the data do not determine y = E + A x^-alpha",
            FitWarning,
            stacklevel=4,
        )
    return least_squares(
        lambda theta: log_curve(theta, u) - log_y,
        ends[np.argmin(costs)],
        jac=lambda theta: log_curve_gradient(theta, u),
        bounds=(low, high),
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=500,
    )
