"""Shares of a mixture that minimise a weighted sum of power laws in the own share."""

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.run_shares import SUM_TOLERANCE

HALVINGS = 64  # of the bracket of log lambda: below the rounding of its ends


def optimal_shares(gamma: ArrayLike, c: ArrayLike, weights: ArrayLike | None = None) -> np.ndarray:
    """Shares p [..., F] with the smallest `mixture_loss`: sum_i w_i c_i p_i^-gamma_i, sum_i p_i = 1.

    He et al. 2024 (arXiv:2410.12883).  gamma, c, weights: [..., F]; leading axes (draws) broadcast, weights
    are 1 unless given.  With one multiplier lambda for all families, p_i = (w_i c_i gamma_i / lambda)^(1 /
    (1 + gamma_i)); the sum falls as lambda grows, so halving a bracket finds the lambda where it is 1.
    The normalised total of the paper, each loss divided by that of the family alone, is c = 1.
    A family of weight 0 gets share 0.  Raises ValueError unless gamma > 0, c > 0, weights >= 0, not all 0.
    """
    gamma, c, weights = _families(gamma=gamma, c=c, weights=_or_ones(weights, gamma))
    _refuse("gamma", gamma, gamma <= 0, "no gain from share, so no optimum; allowed: above 0")
    bare = ~(weights > 0).any(-1)
    if bare.any():
        raise ValueError("weights are all 0: nothing is to be minimised; give one family a weight above 0")
    with np.errstate(divide="ignore"):
        log_force = np.log(weights) + np.log(c) + np.log(gamma)  # -inf at weight 0
    power = 1 / (1 + gamma)
    low = log_force.max(-1, keepdims=True)  # one share is 1 here, the sum at least 1
    high = (log_force + np.log(gamma.shape[-1]) / power).max(-1, keepdims=True)  # every share at most 1 / F
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = np.exp((log_force - middle) * power).sum(-1, keepdims=True) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    shares = np.exp((log_force - (low + high) / 2) * power)
    return shares / shares.sum(-1, keepdims=True)


def mixture_loss(
    shares: ArrayLike, gamma: ArrayLike, c: ArrayLike, weights: ArrayLike | None = None
) -> np.ndarray:
    """sum_i w_i c_i p_i^-gamma_i, [...], at shares p [..., F]; all arguments broadcast.

    gamma may have any sign here, as draws of a small exponent do.  Raises ValueError for shares that do not
    sum to 1, and for a share of 0 of a family that has a weight: the law has no value there.
    """
    gamma, c, weights, shares = _families(gamma=gamma, c=c, weights=_or_ones(weights, gamma), shares=shares)
    _refuse("shares", shares, (shares < 0) | (shares > 1), "allowed: 0 to 1")
    total = shares.sum(-1)
    if (abs(total - 1) > SUM_TOLERANCE).any():
        worst = np.ravel(total)[np.argmax(abs(np.ravel(total) - 1))]
        raise ValueError(f"shares sum to {worst:.6g}: they must sum to 1")
    counted = weights > 0
    _refuse("shares", shares, counted & (shares == 0), "a power law has no value there; allowed: above 0")
    return np.sum(weights * c * np.where(counted, shares, 1.0) ** -gamma, axis=-1)


def _or_ones(weights: ArrayLike | None, gamma: ArrayLike) -> ArrayLike:
    return np.ones(np.shape(gamma)) if weights is None else weights


def _families(**given: ArrayLike) -> tuple[np.ndarray, ...]:
    """gamma, c, weights and what else is given as finite float64 of one shape [..., F]."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in given.items()}
    for name, values in arrays.items():
        if not values.ndim or not values.shape[-1]:
            raise ValueError(f"{name} has shape {values.shape}: give one value per family on the last axis")
        if values.shape[-1] != arrays["gamma"].shape[-1]:
            raise ValueError(
                f"{name} has {values.shape[-1]} families on its last axis and gamma has "
                f"{arrays['gamma'].shape[-1]}: give the same families"
            )
        _refuse(name, values, ~np.isfinite(values), "allowed: finite numbers")
    _refuse("c", arrays["c"], arrays["c"] <= 0, "a loss is positive; allowed: above 0")
    _refuse("weights", arrays["weights"], arrays["weights"] < 0, "allowed: 0 or more")
    try:
        return np.broadcast_arrays(*arrays.values())
    except ValueError:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
        raise ValueError(f"shapes do not broadcast: {shapes}; give the same leading axes, or none") from None


def _refuse(name: str, values: np.ndarray, bad: np.ndarray, allowed: str) -> None:
    if bad.any():
        at = np.unravel_index(np.argmax(bad), bad.shape)
        raise ValueError(f"{name}[{', '.join(map(str, at))}] is {values[at]}: {allowed}")
