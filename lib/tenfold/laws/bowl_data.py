"""Runs of one (N, D) sweep, sorted into what a loss bowl can be fitted to and what diverged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.checks import positive_vector
from tenfold.laws.errors import FitError

SAME = 1e-9  # learning rates closer than this, in natural log, are one learning rate


@dataclass(frozen=True)
class BowlRuns:
    """Finite runs.  lr, loss: [n]; seed: labels as 0..S-1, [n]; n_diverged, n_seeds: among all runs given."""

    lr: np.ndarray
    loss: np.ndarray
    seed: np.ndarray
    n_diverged: int
    n_seeds: int

    @property
    def rates(self) -> np.ndarray:
        """The distinct learning rates, ascending."""
        return np.unique(self.lr)

    def best(self) -> float:
        """The LR with the lowest loss, averaged over seeds after taking off each seed's own best loss."""
        own_best = np.full(self.seed.max() + 1, np.inf)
        np.minimum.at(own_best, self.seed, self.loss)
        excess = self.loss - own_best[self.seed]
        return float(self.rates[np.argmin([excess[self.lr == rate].mean() for rate in self.rates])])

    def within(self, centre: float, window: float, *, degree: int) -> "BowlRuns":
        """Runs within the factor `window` of `centre`, of seeds with enough of them for a curve of `degree`.

        Raises FitError when no seed has degree + 1 learning rates there.
        """
        near = np.abs(np.log(self.lr / centre)) <= np.log(window) + SAME
        rates = [len(np.unique(self.lr[near & (self.seed == s)])) for s in range(self.seed.max() + 1)]
        keep = near & (np.array(rates) > degree)[self.seed]
        if not keep.any():
            raise FitError(
                f"no seed has {degree + 1} distinct learning rates with a finite loss within a factor "
                f"{window:g} of {centre:.3g}; the most is {max(rates)}, and {self.n_diverged} runs diverged: "
                f"add learning rates there, widen window, or give seed=None if every run has its own seed"
            )
        _, seed = np.unique(self.seed[keep], return_inverse=True)
        return BowlRuns(self.lr[keep], self.loss[keep], seed, self.n_diverged, self.n_seeds)


def read_runs(lr: ArrayLike, loss: ArrayLike, seed: ArrayLike | None) -> BowlRuns:
    """A loss of nan or inf is a diverged run.  Raises ValueError, and FitError when all diverged."""
    lr = positive_vector("lr", lr)
    loss = np.asarray(loss, dtype=np.float64)
    labels = np.zeros(len(lr), dtype=int) if seed is None else np.asarray(seed)
    for name, values in {"loss": loss, "seed": labels}.items():
        if values.shape != lr.shape:
            raise ValueError(f"{name} has shape {values.shape}, lr has {lr.shape}: give one value per run")
    if np.isneginf(loss).any():
        raise ValueError("loss holds -inf, which no run can reach: mark diverged runs by nan")
    finite = np.isfinite(loss)
    if not finite.any():
        raise FitError(f"all {len(loss)} runs diverged, so there is no bowl: use lower learning rates")
    _, index = np.unique(labels[finite], return_inverse=True)
    return BowlRuns(
        lr=_merge_equal(lr[finite]),
        loss=loss[finite],
        seed=index,
        n_diverged=int(np.sum(~finite)),
        n_seeds=len(np.unique(labels)),
    )


def _merge_equal(lr: np.ndarray) -> np.ndarray:
    """Learning rates that differ by rounding only, made equal."""
    _, first, group = np.unique(np.round(np.log(lr) / SAME), return_index=True, return_inverse=True)
    return lr[first][group]
