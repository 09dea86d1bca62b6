"""Fits laws that add a floor and two powers, with draws from resampled points."""

import math
import warnings
from itertools import product

import numpy as np

from tenfold.laws.additive_curve import AdditiveCurve
from tenfold.laws.errors import FitError, FitWarning
from tenfold.laws.huber_refit import refit_additive

SMALLEST = 1e-4  # E or a power below this share of the smallest loss cannot be told from 0
STEEPEST = 100.0  # largest exponent times the range of its log


def fit_additive(
    x: np.ndarray,
    y: np.ndarray,
    L: np.ndarray,
    *,
    p: np.ndarray | None = None,
    names: tuple[str, str] = ("N", "D"),
    delta: float,
    n_boot: int,
    rng: np.random.Generator,
    stacklevel: int,
) -> dict:
    """L = (E + A x^-alpha + B y^-beta) p^-gamma, the factor only where p is given.  All [n], checked.

    Returns the fields of an AdditiveLaw, and gamma where p is given.  Draws: the points are resampled, each
    with its own N, D and L, and the law refitted.  nan where a resample holds too few different points to
    determine the law, or its refit does not converge.
    Raises FitError when the points cannot determine the law; `names` are those of x and y in its messages,
    and warnings point `stacklevel` calls up.
    """
    law = f"E + A {names[0]}^-alpha + B {names[1]}^-beta"
    law = f"L = {law}" if p is None else f"L = ({law}) p^-gamma"
    curve = AdditiveCurve(*(np.log(v / v.min()) for v in (x, y)), None if p is None else np.log(p))
    log_L, n, k = np.log(L), len(L), curve.n_parameters
    designs = {names[0]: (x, 3), names[1]: (y, 3)} | ({} if p is None else {"p": (p, 2)})
    design = np.column_stack([values for values, _ in designs.values()])
    _check_design(law, designs, design, k)

    low, high = fit_bounds(curve, log_L)
    best, converged = _best_of_starts(
        curve, log_L, law=law, low=low, high=high, delta=delta, stacklevel=stacklevel
    )
    scatter = np.sqrt(np.sum((log_L - curve.value(best)) ** 2) / (n - k)) if n > k else math.nan
    draws = np.empty((0, k))
    if n > k and n_boot:
        counts = rng.multinomial(n, np.full(n, 1 / n), size=n_boot).astype(np.float64)
        draws, _, settled = refit_additive(
            counts, log_L, curve, start=best, low=low, high=high, delta=delta, damping=0.02
        )
        determined = _levels(counts, design) >= k
        for values, needed in designs.values():
            determined &= _levels(counts, values[:, None]) >= needed
        draws[~(settled & determined)] = np.nan
    margin = 1e-3 * np.array([1.0, 1.0, 1 / np.ptp(curve.u), 1.0, 1 / np.ptp(curve.v), 1.0])[:k]
    at_bound = (np.minimum(best - low, high - best) < margin).any()
    names_of_columns = ("log_E", "log_A", "alpha", "log_B", "beta", "gamma")[:k]
    log_smallest = np.log([x.min(), y.min()])
    estimate = dict(zip(names_of_columns, _uncentre(best[None], log_smallest, low)[0].tolist(), strict=True))
    return {
        "status": "bound_hit" if at_bound else "converged" if converged else "max_iter",
        "n_points": n,
        "columns": names_of_columns,
        "draws": _uncentre(draws, log_smallest, low),
        "E": math.exp(estimate.pop("log_E")),
        "scatter": float(scatter),
        **estimate,
    }


def fit_bounds(curve: AdditiveCurve, log_L: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A power is measured where it is largest, so it lies between nothing and the loss, however steep."""
    smallest, largest = log_L.min() + math.log(SMALLEST), log_L.max() + 1
    slopes = [1 / np.ptp(curve.u), 1 / np.ptp(curve.v)]
    low = [smallest, smallest, 1e-6 * slopes[0], smallest, 1e-6 * slopes[1], -np.inf]
    high = [largest, largest, STEEPEST * slopes[0], largest, STEEPEST * slopes[1], np.inf]
    return np.array(low[: curve.n_parameters]), np.array(high[: curve.n_parameters])


def _best_of_starts(
    curve: AdditiveCurve,
    log_L: np.ndarray,
    *,
    law: str,
    low: np.ndarray,
    high: np.ndarray,
    delta: float,
    stacklevel: int,
) -> tuple[np.ndarray, bool]:
    """Floors from 10 % to 90 % of the smallest loss, decays slight to steep; gamma from a log-log plane."""
    grid = np.array(list(product((0.1, 0.5, 0.9), (0.5, 2.0, 8.0), (0.5, 2.0, 8.0))))
    log_E = log_L.min() + np.log(grid[:, 0])
    log_half = np.log((np.exp(log_L.max()) - np.exp(log_E)) / 2)
    starts = [log_E, log_half, grid[:, 1] / np.ptp(curve.u), log_half, grid[:, 2] / np.ptp(curve.v)]
    if curve.w is not None:
        plane = np.column_stack([np.ones(len(log_L)), curve.u, curve.v, curve.w])
        gamma = -np.linalg.lstsq(plane, log_L, rcond=None)[0][3]
        starts.append(np.full(len(grid), gamma))
    every_point_once = np.ones((len(grid), len(log_L)))
    start = np.clip(np.column_stack(starts), low, high)
    ends, costs, settled = refit_additive(
        every_point_once, log_L, curve, start=start, low=low, high=high, delta=delta
    )
    best = int(np.argmin(costs))
    rivals = ends[settled & (costs <= 1.01 * costs[best])]
    for name, power, slope in (("alpha", 1, 2), ("beta", 3, 4)):
        exponents = rivals[rivals[:, power] > low[power] + 1e-3, slope]
        if len(exponents) and np.ptp(exponents) > 0.01 * exponents.max():
            warnings.warn(
                f"starts disagree: {name} from {exponents.min():.4g} to {exponents.max():.4g} fits these "
                f"{len(log_L)} points equally well; the data do not determine {law}",
                FitWarning,
                stacklevel=stacklevel + 1,
            )
    return ends[best], bool(settled[best])


def check_delta(delta: float) -> None:
    """Raises ValueError unless `delta` is > 0."""
    if not delta > 0:
        raise ValueError(f"delta is {delta!r}: give a width > 0 in units of log L, such as 1e-3, or inf")


def _check_design(
    law: str, designs: dict[str, tuple[np.ndarray, int]], design: np.ndarray, n_parameters: int
) -> None:
    for name, (values, needed) in designs.items():
        found = len(np.unique(values))
        if found == 1:
            raise FitError(
                f"{name} is {values[0]:g} at every point: its part of {law} cannot be told from the rest; "
                f"give at least {needed} values of {name}, or fit a law without it"
            )
        if found < needed:
            raise FitError(
                f"{name} takes {found} values: a power of it above a floor needs at least {needed}"
            )
    found = len(np.unique(design, axis=0))
    if found < n_parameters:
        raise FitError(
            f"{law} has {n_parameters} parameters and got {found} different points: give at least "
            f"{n_parameters}, and more for an interval"
        )


def _levels(counts: np.ndarray, design: np.ndarray) -> np.ndarray:
    """How many different rows of design each resample holds, [B]."""
    _, row = np.unique(design, axis=0, return_inverse=True)
    return (counts @ np.eye(row.max() + 1)[row.ravel()] > 0).sum(1)


def _uncentre(theta: np.ndarray, log_smallest: np.ndarray, low: np.ndarray) -> np.ndarray:
    """From powers at the smallest x and y to A and B.

    A power too small to be told from nothing loses its exponent; so does one too flat, which joins the floor.
    """
    theta = theta.copy()
    for log_min, power, slope in zip(log_smallest, (1, 3), (2, 4), strict=True):
        flat = theta[:, slope] <= 100 * low[slope]
        vanished = flat | (theta[:, power] <= low[power] + 1e-3)
        theta[flat, 0] = np.logaddexp(theta[flat, 0], theta[flat, power])
        theta[:, power] += theta[:, slope] * log_min
        theta[vanished, power], theta[vanished, slope] = -np.inf, np.nan
    return theta
