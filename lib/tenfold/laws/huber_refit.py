"""Huber regression of an additive curve, many resamples at a time."""

import numpy as np

from tenfold.laws.additive_curve import AdditiveCurve

MAX_STEPS = 1000
CHUNK = 2**14  # values per array, so that the arrays of one chunk stay in the processor's cache
SHORTER = 0.3  # second length at which each step is tried


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
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimises sum(counts * huber_cost(log_y - curve)) for each row of counts.

    counts: [B, n], how often each point counts; log_y: [n]; start: [p] or [B, p]; low, high: bounds, [p].
    Returns theta [B, p], its cost [B], and whether the row has converged [B].
    """
    start = np.broadcast_to(start, (len(counts), curve.n_parameters))
    rows = max(1, CHUNK // len(log_y))
    chunks = [slice(at, at + rows) for at in range(0, len(counts), rows)]
    ends = [_refit_chunk(counts[c], log_y, curve, start[c], low, high, delta) for c in chunks]
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
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Damped Newton steps on all rows that have not settled, each tried at two lengths."""

    def cost_at(theta: np.ndarray, count: np.ndarray) -> np.ndarray:
        return np.einsum("bn,bn->b", count, huber_cost(log_y - curve.value(theta), delta))

    theta, cost, damping = start.copy(), cost_at(start, counts), np.ones(len(counts))
    settled, active = np.zeros(len(counts), dtype=bool), np.arange(len(counts))
    for _ in range(MAX_STEPS):
        at, count, old_cost, damp = theta[active], counts[active], cost[active], damping[active]
        step = _newton_step(at, count, damp, log_y, curve, low, high, delta)
        proposal, shorter = np.clip(at + step, low, high), np.clip(at + SHORTER * step, low, high)
        new_cost, shorter_cost = cost_at(proposal, count), cost_at(shorter, count)
        full = new_cost <= shorter_cost
        proposal = np.where(full[:, None], proposal, shorter)
        new_cost = np.where(full, new_cost, shorter_cost)

        better = new_cost <= old_cost
        at_rest = better & (old_cost - new_cost <= 1e-8 * old_cost) & (damp < 0.1)
        at_rest |= np.abs(proposal - at).max(-1) < 1e-9
        theta[active[better]] = proposal[better]
        cost[active[better]] = new_cost[better]
        damping[active] = np.where(better & full, damp / 4, damp * 10)
        settled[active] = at_rest
        active = active[~at_rest]
        if not len(active):
            break
    return theta, cost, settled


def _newton_step(
    theta: np.ndarray,
    counts: np.ndarray,
    damping: np.ndarray,
    log_y: np.ndarray,
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
    value, gradient = curve.value_and_gradient(theta)
    residuals = log_y - value
    reweighting = np.minimum(1.0, delta / np.maximum(np.abs(residuals), 1e-300))
    pull = counts * reweighting * residuals
    downhill = np.einsum("bpn,bn->bp", gradient, pull)
    straightened = counts * ((np.abs(residuals) <= delta) + damping[:, None] * reweighting)
    matrix = (gradient * straightened[:, None, :]) @ np.swapaxes(gradient, -1, -2)
    matrix -= curve.weighted_curvature(gradient, pull)
    diagonal = np.einsum("bii->bi", matrix)  # a view
    diagonal += 1e-9 * np.abs(diagonal) + 1e-12

    stuck = ((theta <= low) & (downhill < 0)) | ((theta >= high) & (downhill > 0))
    matrix[stuck[:, :, None] | stuck[:, None, :]] = 0.0
    diagonal[stuck] = 1.0
    return np.linalg.solve(matrix, np.where(stuck, 0.0, downhill)[..., None])[..., 0]
