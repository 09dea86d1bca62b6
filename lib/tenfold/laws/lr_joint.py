"""The optimal learning rate against model size and token horizon together."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.checks import check_n_boot, enough_points, positive_vector
from tenfold.laws.log_regression import fit_log_regression
from tenfold.laws.result import Fit, exponential, quantile_interval


@dataclass(frozen=True, kw_only=True)
class LRJoint(Fit):
    """LR* = C N^-alpha D^-beta (N / N0)^(-interaction log(D / D0)).

    N0, D0: geometric means of the data.  interaction: what beta gains per factor e in N, so the exponent of D
    is beta + interaction log(N / N0); alpha and beta are the exponents at D0 and N0.  It is 0, without
    draws, in the law without interaction.  scatter, measurement_sd, limited_by, r2: as in `LRHorizon`.
    """

    log_C: float
    alpha: float
    beta: float
    interaction: float
    N0: float
    D0: float
    scatter: float
    measurement_sd: float
    limited_by: str
    r2: float

    @property
    def C(self) -> float:
        return math.exp(self.log_C)

    def predict(self, N: ArrayLike, D: ArrayLike) -> np.ndarray:
        """LR* at size `N` and horizon `D`."""
        parameters = np.array([self.log_C, self.alpha, self.beta, self.interaction])
        return np.exp(np.tensordot(parameters, self._design(N, D), axes=1))

    def predict_interval(
        self, N: ArrayLike, D: ArrayLike, level: float = 0.90, *, measured: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Interval at (`N`, `D`), point by point: of the law, or of one further optimum `measured` there."""
        *parameters, deviation = (self.draw(name) for name in self.columns)
        log_lr = np.tensordot(np.array(parameters).T, self._design(N, D)[: len(parameters)], axes=1)
        low, high = quantile_interval((log_lr.T + measured * deviation).T, level)
        return exponential(low), exponential(high)

    def beta_at(self, N: ArrayLike) -> np.ndarray:
        """Exponent of D at size `N`."""
        return self.beta + self.interaction * np.log(np.asarray(N) / self.N0)

    def beta_interval(self, N: ArrayLike, level: float = 0.90) -> tuple[np.ndarray, np.ndarray]:
        """Interval of `beta_at`, point by point.  Raises ValueError for the law without interaction."""
        gain = np.multiply.outer(np.log(np.asarray(N) / self.N0), self.draw("interaction"))
        return quantile_interval(np.moveaxis(self.draw("beta") + gain, -1, 0), level)

    def _design(self, N: ArrayLike, D: ArrayLike) -> np.ndarray:
        """[4, ...] factors of log_C, alpha, beta, interaction in log LR*."""
        log_N, log_D = np.broadcast_arrays(np.log(N), np.log(D))
        crossed = (log_N - np.log(self.N0)) * (log_D - np.log(self.D0))
        return np.stack([np.ones_like(log_N), -log_N, -log_D, -crossed])


def fit_lr_joint(
    N: ArrayLike,
    D: ArrayLike,
    lr_opt: ArrayLike,
    *,
    interaction: bool = False,
    draws: ArrayLike | None = None,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> LRJoint:
    """Least squares of log LR* on log N and log D (Bjorck et al. 2024, arXiv:2409.19913).

    N: parameters, D: tokens of the whole run, lr_opt: optimum of each bowl, [n] each.
    interaction: let beta change with log N; `interval("interaction")` and `p_value("interaction", 0.0)` tell
    whether it does.  draws: [n_draws, n] of each bowl's log_lr_opt.  Intervals: see `fit_log_regression`.
    Raises ValueError for bad input, FitError for fewer points than parameters or when the (N, D) do not tell
    the parameters apart.
    """
    check_n_boot(n_boot)
    log_N = np.log(positive_vector("N", N))
    log_D = np.log(positive_vector("D", D, like=log_N))
    log_lr = np.log(positive_vector("lr_opt", lr_opt, like=log_N))
    names = ("log_C", "alpha", "beta", "interaction")[: 4 if interaction else 3]
    enough_points("LR* = C N^-alpha D^-beta", n_points=len(log_N), n_parameters=len(names))

    from_N, from_D = log_N - log_N.mean(), log_D - log_D.mean()
    design = np.column_stack([np.ones(len(log_N)), -from_N, -from_D, -from_N * from_D])[:, : len(names)]
    law = fit_log_regression(design, log_lr, draws=draws, n_boot=n_boot, rng=rng)
    level, alpha, beta, *gain = law.coefficients
    draws_of_all = law.draws.copy()
    draws_of_all[:, 0] += law.draws[:, 1] * log_N.mean() + law.draws[:, 2] * log_D.mean()
    return LRJoint(
        status="converged",
        n_points=len(log_N),
        columns=(*names, "deviation"),
        draws=draws_of_all,
        log_C=float(level + alpha * log_N.mean() + beta * log_D.mean()),
        alpha=float(alpha),
        beta=float(beta),
        interaction=float(gain[0]) if gain else 0.0,
        N0=math.exp(log_N.mean()),
        D0=math.exp(log_D.mean()),
        scatter=law.scatter,
        measurement_sd=law.measurement_sd,
        limited_by=law.limited_by,
        r2=law.r2,
    )
