"""Optimal shares of a mixture from a reader's own runs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tenfold.laws.errors import FitError
from tenfold.laws.optimal_shares import mixture_loss, optimal_shares
from tenfold.laws.power_law import PowerLaw, fit_power_law
from tenfold.laws.result import quantile_interval
from tenfold.laws.run_shares import LEVEL_DIGITS, run_losses, run_shares

OBJECTIVES = ("normalised", "sum")


@dataclass(frozen=True, kw_only=True)
class LanguageShares:
    """Optimal shares under the fitted laws L_i = c_i p_i^-gamma_i.

    table: a row per family with gamma, c and share, and their intervals as *_low and *_high; those of share
    are 0 and 1 where the runs do not bound it.
    total_uniform, total_optimal: the objective as the laws predict it.  gain: by how many % of the uniform
    total these shares lower it; gain_interval: the same shares judged by other laws that the runs allow, so
    that it may reach below 0.
    """

    table: pd.DataFrame
    objective: str
    level: float
    total_uniform: float
    total_optimal: float
    gain: float
    gain_interval: tuple[float, float]


def language_shares(
    shares: Mapping[str, ArrayLike],
    losses: Mapping[str, ArrayLike],
    *,
    objective: str = "normalised",
    weights: Mapping[str, float] | None = None,
    level: float = 0.90,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> LanguageShares:
    """Fits each family's power law and minimises the weighted total (He et al. 2024, arXiv:2410.12883).

    shares, losses: family -> [runs], or DataFrames with a column per family; runs of one size and horizon.
    objective: "normalised" divides each loss by the family's loss alone, c_i; "sum" adds the plain losses.
    weights: family -> weight in the total, 1 unless given.
    The laws of different families are taken for independent of each other, given the runs.
    Raises ValueError for bad input, and for a run with share 0 of a family, which says nothing of its law;
    FitError for a family with fewer than 2 levels of its share or 3 runs, or whose gamma is not above 0.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective is {objective!r}: choose from {', '.join(OBJECTIVES)}")
    columns = run_shares(shares)
    if set(losses) != set(columns):
        raise ValueError(f"losses are of {', '.join(losses)}: give those of {', '.join(columns)}")
    if weights is not None and set(weights) != set(columns):
        raise ValueError(f"weights are of {', '.join(weights)}: give one for each of {', '.join(columns)}")
    laws = {
        family: _law(family, share, run_losses(family, losses[family], share), n_boot=n_boot, rng=rng)
        for family, share in columns.items()
    }
    weight = None if weights is None else [weights[family] for family in columns]
    gamma, c = (np.array([getattr(law, name) for law in laws.values()]) for name in ("alpha", "A"))
    gamma_draws, c_draws = (
        np.column_stack([law.draw(name) for law in laws.values()]) for name in ("alpha", "A")
    )
    scale, scale_draws = (c, c_draws) if objective == "sum" else (np.ones_like(c), np.ones_like(c_draws))

    best = optimal_shares(gamma, scale, weight)
    uniform = np.full(len(columns), 1 / len(columns))
    total_uniform, total_optimal = (mixture_loss(p, gamma, scale, weight) for p in (uniform, best))
    uniform_draws, optimal_draws = (
        mixture_loss(p, gamma_draws, scale_draws, weight) for p in (uniform, best)
    )
    usable = (gamma_draws > 0).all(1)  # other draws have no optimum
    best_draws = np.full_like(gamma_draws, np.nan)
    best_draws[usable] = optimal_shares(gamma_draws[usable], scale_draws[usable], weight)
    intervals = {
        "gamma": quantile_interval(gamma_draws, level),
        "c": quantile_interval(c_draws, level),
        "share": np.clip(quantile_interval(best_draws, level), 0, 1),
    }
    gain_low, gain_high = quantile_interval(100 * (1 - optimal_draws / uniform_draws), level)
    table = {}
    for name, values in {"gamma": gamma, "c": c, "share": best}.items():
        table |= {name: values, f"{name}_low": intervals[name][0], f"{name}_high": intervals[name][1]}
    return LanguageShares(
        table=pd.DataFrame(table, index=pd.Index(columns, name="family")),
        objective=objective,
        level=level,
        total_uniform=float(total_uniform),
        total_optimal=float(total_optimal),
        gain=float(100 * (1 - total_optimal / total_uniform)),
        gain_interval=(float(gain_low), float(gain_high)),
    )


def _law(
    family: str, share: np.ndarray, loss: np.ndarray, *, n_boot: int, rng: np.random.Generator
) -> PowerLaw:
    if len(np.unique(share.round(LEVEL_DIGITS))) < 2:
        raise FitError(f"{family!r} has the same share in all runs: its law needs at least 2 levels")
    if len(share) < 3:
        raise FitError(f"{family!r} has {len(share)} runs: an interval needs at least 3")
    law = fit_power_law(share, loss, offset=False, n_boot=n_boot, rng=rng)
    if not law.alpha > 0:
        raise FitError(
            f"the loss of {family!r} does not fall with its share (gamma {law.alpha:.4g}), so that no "
            f"share of it is optimal; give more levels of its share, or more runs"
        )
    return law
