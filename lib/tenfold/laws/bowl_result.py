"""What a fitted loss bowl tells: the optimum, how sharp it is, how skewed, and how well it was seen."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.result import Fit, quantile_interval


@dataclass(frozen=True, kw_only=True)
class BowlAsymmetry(Fit):
    """loss = ... + cubic (log LR)^3, fitted to a window twice as wide in log LR as the bowl's.

    cubic: nats per natural-log^3; positive when the wall towards high learning rates is the steeper one.
    log_lr_opt, lr_opt: the minimum of the cubic curve, nan if it has none.  Its distance from the bowl's
    optimum is what the asymmetry does to a quadratic.
    """

    cubic: float
    log_lr_opt: float

    @property
    def lr_opt(self) -> float:
        return math.exp(self.log_lr_opt)


@dataclass(frozen=True, kw_only=True)
class LossBowl(Fit):
    """loss = loss_min + curvature (log LR - log_lr_opt)^2, natural log, loss in nats.

    curvature: nats per natural-log^2.
    depth: nats lost one octave (a factor 2) off the optimum; also the curvature in nats per octave^2.
    loss_min: mean over seeds; with one seed it says nothing about others.
    r2: share of the variation within seeds that the bowl explains.
    seed_sd: noise of one run about its seed's bowl, to hold against `depth`; nan if the fit is exact.
    at_edge: the best LR or the fitted optimum lies on or beyond the outermost LR with a finite run: the
        optimum is not bracketed, extend the grid.
    n_diverged: runs that diverged, not fitted.  n_seeds: seeds fitted.  lr_used: learning rates fitted.
    asymmetry: None when no seed has four learning rates.
    """

    log_lr_opt: float
    curvature: float
    loss_min: float
    r2: float
    seed_sd: float
    at_edge: bool
    n_diverged: int
    n_seeds: int
    lr_used: tuple[float, ...]
    asymmetry: BowlAsymmetry | None

    @property
    def lr_opt(self) -> float:
        return math.exp(self.log_lr_opt)

    @property
    def depth(self) -> float:
        return self.curvature * math.log(2) ** 2

    def draw(self, name: str) -> np.ndarray:
        """As `Fit.draw`; `depth` too."""
        return super().draw("curvature") * math.log(2) ** 2 if name == "depth" else super().draw(name)

    def summary(self, level: float = 0.90) -> str:
        """As `Fit.summary`, with how well the bowl was seen."""
        seen = (
            f"  depth {self.depth:.4g} nats one octave off, seed sd {self.seed_sd:.4g}, r2 {self.r2:.4g}, "
            f"{self.n_seeds} seeds, {self.n_diverged} diverged"
        )
        edge = ["  the optimum is not inside the grid: extend it"] if self.at_edge else []
        return "\n".join([super().summary(level), seen, *edge])

    def predict(self, lr: ArrayLike) -> np.ndarray:
        """Loss at `lr`, mean over seeds."""
        return self.loss_min + self.regret(lr)

    def regret(self, lr: ArrayLike) -> np.ndarray:
        """Nats lost by training at `lr` instead of at the optimum."""
        return self.curvature * (np.log(lr) - self.log_lr_opt) ** 2

    def predict_interval(self, lr: ArrayLike, level: float = 0.90) -> tuple[np.ndarray, np.ndarray]:
        """Interval of `predict`, point by point."""
        return quantile_interval((self.draw("loss_min") + self._regrets(lr).T).T, level)

    def regret_interval(self, lr: ArrayLike, level: float = 0.90) -> tuple[np.ndarray, np.ndarray]:
        """Interval of `regret`, point by point."""
        return quantile_interval(self._regrets(lr), level)

    def _regrets(self, lr: ArrayLike) -> np.ndarray:
        away = np.subtract.outer(self.draw("log_lr_opt"), np.log(lr))  # [n_boot, ...]
        return (self.draw("curvature") * (away**2).T).T
