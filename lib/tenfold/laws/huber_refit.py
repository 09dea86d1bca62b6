"""Huber regression of an additive curve, many resamples at a time."""

import numpy as np

from tenfold.laws.additive_curve import AdditiveCurve

MAX_STEPS = 1000
CHUNK = 2**16  # values per array: fewer cost more in calls, more do not stay in the processor's cache
SHORTER = 0.3  # second length at which a step is tried that does not descend


def huber_cost(residuals: np.ndarray, delta: float) -> np.ndarray:
    """r^2 / 2 up to delta, delta (|r| - delta / 2) beyond; delta=inf gives least squares."""
    size = np.abs(residuals)
    inner = np.minimum(size, delta)
    return inner * (size - inner / 2)


def refit_additive(
    counts: np.ndarray,
    log_y: np.ndarray,
    curve: AdditiveCurve,
    *,
    start: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    delta: float,
    damping: float = 1.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimises sum(counts * huber_cost(log_y - curve)) for each row of counts.

    counts: [B, n], how often each point counts; log_y: [n]; start: [p] or [B, p]; low, high: bounds, [p].
    damping: of the first step; little where the start is near the end.
    Returns theta [B, p], its cost [B], and whether the row has converged [B].
    """
    start = np.broadcast_to(start, (len(counts), curve.n_parameters))
    rows = max(1, CHUNK // len(log_y))
    chunks = [slice(at, at + rows) for at in range(0, len(counts), rows)]
    ends = [_refit_chunk(counts[c], log_y, curve, start[c], low, high, delta, damping) for c in chunks]
    theta, cost, settled = (np.concatenate(parts) for parts in zip(*ends, strict=True))
    return theta, cost, settled


def _refit_chunk(
    counts: np.ndarray,
    log_y: np.ndarray,
    curve: AdditiveCurve,
    start: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    delta: float,
    damping: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Damped Newton steps on all rows that have not settled; one that does not descend is tried shorter."""

    def state_at(theta: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
        value, share_u, share_v = curve.value_and_shares(theta)
        residuals = np.subtract(log_y, value, out=value)
        cost = np.einsum("bn,bn->b", counts, huber_cost(residuals, delta))
        return [theta, cost, residuals, share_u, share_v]

    ends, costs = start.copy(), np.empty(len(counts))
    settled, active = np.zeros(len(counts), dtype=bool), np.arange(len(counts))
    state, damp = state_at(start.copy(), counts), np.full(len(counts), damping)
    for _ in range(MAX_STEPS):
        theta, cost = state[:2]
        step = _newton_step(*state, counts, damp, curve, low, high, delta)
        proposal = state_at(np.clip(theta + step, low, high), counts)
        risen = np.flatnonzero(~(proposal[1] <= cost))
        shorter = state_at(np.clip(theta[risen] + SHORTER * step[risen], low, high), counts[risen])
        won = shorter[1] < proposal[1][risen]
        for whole, part in zip(proposal, shorter, strict=True):
            whole[risen[won]] = part[won]

        fallen = cost - proposal[1]
        at_rest = (fallen >= 0) & (fallen <= 1e-8 * cost) & (damp < 0.1)
        at_rest |= np.abs(proposal[0] - theta).max(-1) < 1e-9
        rose = np.flatnonzero(~(fallen >= 0))
        for new, old in zip(proposal, state, strict=True):
            new[rose] = old[rose]
        state, damp = proposal, damp / 4
        damp[risen] *= 40

        settled[active] = at_rest
        ends[active], costs[active] = state[:2]
        if at_rest.any():
            on = ~at_rest
            active, counts, damp, *state = (rows[on] for rows in (active, counts, damp, *state))
        if not len(active):
            break
    return ends, costs, settled


def _newton_step(
    theta: np.ndarray,
    cost: np.ndarray,
    residuals: np.ndarray,
    share_u: np.ndarray,
    share_v: np.ndarray,
    counts: np.ndarray,
    damping: np.ndarray,
    curve: AdditiveCurve,
    low: np.ndarray,
    high: np.ndarray,
    delta: float,
) -> np.ndarray:
    """Newton's step, damped by the matrix of iteratively reweighted least squares.

    Beyond delta the Huber loss is a straight line: only the points within delta, and the curvature of the
    law itself, make up Newton's matrix.  The matrix of reweighted least squares counts all points; it always
    descends, though slowly.  A parameter at a bound stays there while the loss falls towards the outside.
    """
    size = np.abs(residuals)
    reweighting = np.minimum(1.0, delta / np.maximum(size, 1e-300))
    straightened = counts * ((size <= delta) + damping[:, None] * reweighting)
    pull = counts * reweighting * residuals
    matrix, downhill = curve.newton_equations(share_u, share_v, straightened, pull)
    diagonal = np.einsum("bii->bi", matrix)  # a view
    diagonal += 1e-9 * np.abs(diagonal) + 1e-12

    stuck = ((theta <= low) & (downhill < 0)) | ((theta >= high) & (downhill > 0))
    matrix[stuck[:, :, None] | stuck[:, None, :]] = 0.0
    diagonal[stuck] = 1.0
    return np.linalg.solve(matrix, np.where(stuck, 0.0, downhill)[..., None])[..., 0]
