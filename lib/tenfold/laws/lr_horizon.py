"""The optimal learning rate against the token horizon, at one model size."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.checks import check_n_boot, enough_points, positive_vector
from tenfold.laws.log_regression import fit_log_regression
from tenfold.laws.result import Fit, exponential, quantile_interval


@dataclass(frozen=True, kw_only=True)
class LRHorizon(Fit):
    """LR* = B D^-beta.

    scatter: sd of log LR* (natural) about the law.  measurement_sd: the sd that the bowls' own errors give
    it, 0 if not known.  limited_by: which of them sets the intervals.  "scatter" (with draws given) says that
    the law does not hold to within the bowls' errors: more rungs would shorten the intervals;
    "measurement": sharper bowls would.  r2: of the regression in logs.
    """

    log_B: float
    beta: float
    scatter: float
    measurement_sd: float
    limited_by: str
    r2: float

    @property
    def B(self) -> float:
        return math.exp(self.log_B)

    def predict(self, D: ArrayLike) -> np.ndarray:
        """LR* at horizon `D`."""
        return np.exp(self.log_B - self.beta * np.log(D))

    def predict_interval(
        self, D: ArrayLike, level: float = 0.90, *, measured: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Interval at horizon `D`, point by point: of the law, or of one further optimum `measured` there.

        The latter holds the law's lack of fit and a bowl's error besides; compare a held-out rung with it.
        """
        log_lr = self.draw("log_B") - np.multiply.outer(np.log(D), self.draw("beta"))
        low, high = quantile_interval(np.moveaxis(log_lr + measured * self.draw("deviation"), -1, 0), level)
        return exponential(low), exponential(high)


def fit_lr_horizon(
    D: ArrayLike,
    lr_opt: ArrayLike,
    *,
    draws: ArrayLike | None = None,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> LRHorizon:
    """Least squares of log LR* on log D (Bjorck et al. 2024, arXiv:2409.19913).

    D: tokens of the whole run, [n].  lr_opt: optimum of each rung, [n].
    draws: [n_draws, n], the draws of each rung's log_lr_opt, `np.column_stack([b.draw("log_lr_opt") for b in
    bowls])`.  How they and the scatter about the line make the interval: see `fit_log_regression`.
    Raises ValueError for bad input, FitError for fewer than 2 rungs or one horizon only.
    """
    check_n_boot(n_boot)
    log_D = np.log(positive_vector("D", D))
    log_lr = np.log(positive_vector("lr_opt", lr_opt, like=log_D))
    enough_points("LR* = B D^-beta", n_points=len(log_D), n_parameters=2)
    middle = log_D.mean()
    design = np.column_stack([np.ones(len(log_D)), middle - log_D])
    line = fit_log_regression(design, log_lr, draws=draws, n_boot=n_boot, rng=rng)
    level, beta = line.coefficients
    levels, betas, deviations = line.draws.T
    return LRHorizon(
        status="converged",
        n_points=len(log_D),
        columns=("log_B", "beta", "deviation"),
        draws=np.column_stack([levels + betas * middle, betas, deviations]),
        log_B=float(level + beta * middle),
        beta=float(beta),
        scatter=line.scatter,
        measurement_sd=line.measurement_sd,
        limited_by=line.limited_by,
        r2=line.r2,
    )
