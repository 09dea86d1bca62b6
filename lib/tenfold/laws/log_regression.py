"""Laws that are linear in logs, through a handful of points, with draws that are honest for few of them."""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm

from tenfold.laws.errors import FitError
from tenfold.laws.noise import t_noise
from tenfold.laws.result import quantile_interval

POOLING_LEVEL = 0.25  # Bancroft's rule for pooling variances that do not differ at this level
CENTRE = 0.25  # share of a bowl's draws, about their median, that its spread is read from


@dataclass(frozen=True)
class LogRegression:
    """log_y = design @ coefficients + deviation.

    draws: [n_boot, p + 1], the coefficients and, last, the deviation of one further measured point.
    scatter: sd of the points about the law, nan when it passes through all.  measurement_sd: the sd that the
    points' own errors give them, 0 when none are known.  limited_by: "measurement" or "scatter", whichever
    made the draws.  r2: share of the variation explained.
    """

    coefficients: np.ndarray
    draws: np.ndarray
    scatter: float
    measurement_sd: float
    limited_by: str
    r2: float


def fit_log_regression(
    design: np.ndarray, log_y: np.ndarray, *, draws: ArrayLike | None, n_boot: int, rng: np.random.Generator
) -> LogRegression:
    """Ordinary least squares: all points weigh the same, as in the paper.  design: [n, p]; log_y: [n].

    draws: [n_draws, n], each column the draws of one bowl's log_lr_opt; columns are taken for independent.
    The scatter about the law holds the bowls' errors and the law's lack of fit alike; adding both up would
    count the bowls' errors twice.  Where the scatter is no larger than those errors explain (chi-square test
    at 25 %, the usual level for pooling variances) the draws carry them to the coefficients.  Where it is
    larger, or without draws, the scatter sets the interval, a t with n - p degrees of freedom.  So a lucky
    alignment of five points does not make a short interval, and a law that bends makes a long one.
    A bowl's error counts as normal with the spread of the middle of its draws: the long tails that few seeds
    give to one bowl average out over several.
    Raises FitError when the points do not determine the coefficients, ValueError for unusable draws.
    """
    n, p = design.shape
    if np.linalg.matrix_rank(design) < p:
        raise FitError(
            f"{n} points do not tell {p} coefficients apart: vary every quantity of the law, and vary them "
            f"crosswise for an interaction"
        )
    ols = sm.OLS(log_y, design).fit()
    solve = np.linalg.pinv(design)  # [p, n]
    freedom = n - p
    spread = np.zeros(n) if draws is None else _central_spread(np.asarray(draws, dtype=np.float64), log_y)
    scatter = np.sqrt(ols.ssr / freedom) if freedom else np.nan
    left_over = 1 - np.einsum("np,pn->n", design, solve)  # share of a point's variance in its residual
    measurement_sd = np.sqrt(left_over @ spread**2 / freedom) if freedom else np.nan

    explained = ols.ssr < measurement_sd**2 * chi2.isf(POOLING_LEVEL, freedom) if freedom else False
    roots = np.zeros((n + 1, p + 1))
    roots[:n, :p] = solve.T * (spread[:, None] if explained else scatter)
    roots[n, p] = measurement_sd if explained else scatter
    noise = t_noise(roots, freedom=np.inf if explained else freedom, n_boot=n_boot, rng=rng)
    return LogRegression(
        coefficients=ols.params,
        draws=np.append(ols.params, 0.0) + noise,
        scatter=float(scatter),
        measurement_sd=float(measurement_sd),
        limited_by="measurement" if explained else "scatter",
        r2=float(ols.rsquared),
    )


def _central_spread(draws: np.ndarray, log_y: np.ndarray) -> np.ndarray:
    """Sd of the normal with the same central part as each column of draws, [n]."""
    if draws.ndim != 2 or draws.shape[1] != len(log_y) or not len(draws):
        raise ValueError(
            f"draws has shape {draws.shape}: give [n_draws, {len(log_y)}], the draws of log_lr_opt, "
            f"one column per point"
        )
    low, high = quantile_interval(draws, CENTRE)
    endless = ~np.isfinite(high - low)
    if endless.any():
        at = int(np.argmax(endless))
        raise FitError(
            f"the bowl of point {at} has no minimum in {np.isnan(draws[:, at]).mean():.0%} of its draws: "
            f"leave that point out, or give it more seeds or learning rates"
        )
    outside = (np.nanmin(draws, axis=0) > log_y) | (np.nanmax(draws, axis=0) < log_y)
    if outside.any():
        at = int(np.argmax(outside))
        raise ValueError(
            f"draws[:, {at}] lies between {np.nanmin(draws[:, at]):.4g} and {np.nanmax(draws[:, at]):.4g} "
            f"and misses log(lr_opt[{at}]) = {log_y[at]:.4g}: give draws of the natural log, in the order "
            f"of lr_opt"
        )
    return (high - low) / (2 * norm.ppf((1 + CENTRE) / 2))
