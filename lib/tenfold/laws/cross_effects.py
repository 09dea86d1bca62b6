"""What the division of the other families' tokens does to one family's loss, its own share held."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import null_space

from tenfold.laws.checks import check_n_boot
from tenfold.laws.errors import FitError
from tenfold.laws.log_regression import fit_log_regression
from tenfold.laws.result import Fit
from tenfold.laws.run_shares import LEVEL_DIGITS, run_losses, run_shares


@dataclass(frozen=True, kw_only=True)
class CrossEffects(Fit):
    """Columns: "gamma"; "effect.NAME" and "ratio.NAME" of each other family: `interval("ratio.Slavic")`.

    effects: family j -> change of `own`'s log loss when `moved` of all tokens goes to j, taken from the
    remaining families alike.  gamma: exponent of the own share.  ratios: effects / (gamma ln 2), so that 1 is
    what doubling the own share does; nan in draws where gamma is not positive.  scatter: residual sd of log
    loss, with df degrees of freedom.
    """

    own: str
    moved: float
    effects: dict[str, float]
    ratios: dict[str, float]
    gamma: float
    scatter: float
    df: int


def fit_cross_effects(
    shares: Mapping[str, ArrayLike],
    loss: ArrayLike,
    *,
    own: str,
    moved: float = 0.4,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> CrossEffects:
    """Least squares of log loss on an intercept for each level of the own share and the others' shares.

    shares: family -> [runs], summing to 1 in each run; loss: [runs], of the family `own`.  He et al. 2024
    (arXiv:2410.12883, hypothesis 1) say that all effects are 0.
    The other shares sum to one minus the own, so their coefficients are known up to a constant: they are
    taken to sum to 0.  Then an intercept is the log loss at that level with the others alike.  gamma is the
    slope of the intercepts against the log of the level, each counted as often as it was run.
    Draws: t with the residuals' degrees of freedom, runs taken for independent.
    Raises ValueError for bad input, FitError where the runs do not tell the effects apart, have one level of
    the own share, or do not improve with it.
    """
    check_n_boot(n_boot)
    columns = run_shares(shares)
    if own not in columns:
        raise ValueError(f"own is {own!r}: choose from {', '.join(columns)}")
    if not 0 < moved < 1:
        raise ValueError(f"moved is {moved}: give a share of the tokens between 0 and 1, such as 0.4")
    share = columns.pop(own)
    log_loss = np.log(run_losses(own, loss, share))
    if len(columns) < 2:
        raise ValueError(f"shares has one family beside {own!r}: give at least 2, for tokens to move between")

    levels, level_of_run, runs = np.unique(share.round(LEVEL_DIGITS), return_inverse=True, return_counts=True)
    zero_sum = null_space(np.ones((1, len(columns))))  # [F - 1, F - 2]
    design = np.hstack([np.eye(len(levels))[level_of_run], np.column_stack([*columns.values()]) @ zero_sum])
    _check_design(design, own, levels)
    line = fit_log_regression(design, log_loss, draws=None, n_boot=n_boot, rng=rng)

    x = np.log(levels) - runs @ np.log(levels) / len(share)
    slope = runs * x / (runs @ x**2)
    # With a zero sum, the mean of the remaining coefficients is -b_j / (F - 2).
    moving = zero_sum * moved * (1 + 1 / (len(columns) - 1))
    estimates, draws = (
        np.hstack([-b[..., : len(levels)] @ slope[:, None], b[..., len(levels) :] @ moving.T])
        for b in (line.coefficients, line.draws[:, :-1])
    )
    gamma, *effects = map(float, estimates)
    if not gamma > 0:
        raise FitError(
            f"the loss of {own!r} does not fall with its own share (gamma {gamma:.4g}): the effects "
            f"of others have nothing to be compared with; give more levels of its share, or more runs"
        )
    doubling = np.where(draws[:, :1] > 0, draws[:, :1], np.nan) * math.log(2)
    return CrossEffects(
        status="converged",
        n_points=len(share),
        columns=("gamma", *(f"effect.{name}" for name in columns), *(f"ratio.{name}" for name in columns)),
        draws=np.hstack([draws, draws[:, 1:] / doubling]),
        own=own,
        moved=moved,
        effects=dict(zip(columns, effects, strict=True)),
        ratios={name: e / (gamma * math.log(2)) for name, e in zip(columns, effects, strict=True)},
        gamma=gamma,
        scatter=line.scatter,
        df=design.shape[0] - design.shape[1],
    )


def _check_design(design: np.ndarray, own: str, levels: np.ndarray) -> None:
    if len(levels) < 2:
        have = f"all runs have share {levels[0]:g}" if len(levels) else "there are no runs, so no share"
        raise FitError(f"{have} of {own!r}: its exponent needs at least 2 levels")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise FitError(
            f"{len(design)} runs with {len(levels)} levels of {own!r} do not tell the effects of the other "
            f"families apart: at one level or more, divide the rest among them in different ways"
        )
