"""Curves log((E + a e^(-alpha u) + b e^(-beta v)) e^(-gamma w)) and their Huber refits, many at a time.

Parameters theta: (log E, log a, alpha, log b, beta), with gamma as sixth where there is a w.
"""

from dataclasses import dataclass

import numpy as np

MAX_STEPS = 300
CHUNK = 2**14  # values per array, so that one chunk's arrays stay in the processor's cache


@dataclass(frozen=True)
class AdditiveCurve:
    """The points at which a curve is evaluated: u, v and, for a curve with a factor, w; each [n]."""

    u: np.ndarray
    v: np.ndarray
    w: np.ndarray | None = None

    @property
    def n_parameters(self) -> int:
        return 5 if self.w is None else 6

    def value(self, theta: np.ndarray) -> np.ndarray:
        """theta: [..., n_parameters].  Returns [..., n]."""
        return self.value_and_gradient(theta)[0]

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The curve, [..., n], and its derivatives, [..., n_parameters, n]."""
        log_E, log_a, alpha, log_b, beta, *gamma = (column[..., None] for column in np.moveaxis(theta, -1, 0))
        log_power_u, log_power_v = log_a - alpha * self.u, log_b - beta * self.v
        largest = np.maximum(np.maximum(log_power_u, log_power_v), log_E)
        floor = np.exp(log_E - largest)
        power_u, power_v = np.exp(log_power_u - largest), np.exp(log_power_v - largest)
        total = floor + power_u + power_v
        value = largest + np.log(total)
        gradient = np.empty((*value.shape[:-1], self.n_parameters, value.shape[-1]))
        gradient[..., 0, :] = floor / total
        gradient[..., 1, :] = power_u / total
        gradient[..., 2, :] = -self.u * gradient[..., 1, :]
        gradient[..., 3, :] = power_v / total
        gradient[..., 4, :] = -self.v * gradient[..., 3, :]
        if self.w is not None:
            value = value - gamma[0] * self.w
            gradient[..., 5, :] = -self.w
        return value, gradient


def huber_cost(residuals: np.ndarray, delta: float) -> np.ndarray:
    """r^2 / 2 up to delta, delta (|r| - delta / 2) beyond; delta=inf gives least squares."""
    size = np.abs(residuals)
    inner = np.minimum(size, delta)
    return inner * (size - inner / 2)


def refit_additive(
    weights: np.ndarray,
    log_y: np.ndarray,
    curve: AdditiveCurve,
    *,
    start: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    delta: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimises sum(weights * huber(log_y - curve)) for each row of weights.

    weights: [B, n], how often each point counts; log_y: [n]; start: [p] or [B, p]; low, high: bounds, [p].
    Returns theta [B, p], cost [B], and whether the row has converged [B].
    """
    start = np.broadcast_to(start, (len(weights), curve.n_parameters))
    rows = max(1, CHUNK // len(log_y))
    chunks = [slice(at, at + rows) for at in range(0, len(weights), rows)]
    ends = [_refit_chunk(weights[c], log_y, curve, start[c], low, high, delta) for c in chunks]
    theta, cost, settled = (np.concatenate(parts) for parts in zip(*ends, strict=True))
    return theta, cost, settled


def _refit_chunk(weights, log_y, curve, start, low, high, delta):
    """Damped Newton steps on all rows at once.

    The Huber loss is flat in curvature beyond delta.  Newton's matrix so counts the points within delta only;
    the matrix of iteratively reweighted least squares counts all, overstates the curvature, and always
    descends, though slowly.  The damping moves from the second to the first as steps succeed.
    """
    theta, active = start.copy(), np.arange(len(weights))
    damping, settled = np.ones(len(weights)), np.zeros(len(weights), dtype=bool)
    cost = np.einsum("bn,bn->b", weights, huber_cost(log_y - curve.value(theta), delta))
    for _ in range(MAX_STEPS):
        at, count, damp = theta[active], weights[active], damping[active]
        proposal = np.clip(at + _step(at, count, damp, log_y, curve, low, high, delta), low, high)
        new_cost = np.einsum("bn,bn->b", count, huber_cost(log_y - curve.value(proposal), delta))
        old_cost = cost[active]
        better = new_cost <= old_cost
        moved = np.abs(proposal - at).max(-1)
        done = (better & (old_cost - new_cost <= 1e-9 * old_cost) & (damp < 1e-2)) | (moved < 1e-9)
        theta[active[better]] = proposal[better]
        cost[active[better]] = new_cost[better]
        damping[active] = np.where(better, damp / 10, damp * 10)
        settled[active] = done
        active = active[~done]
        if not len(active):
            break
    return theta, cost, settled


def _step(theta, count, damping, log_y, curve, low, high, delta):
    value, gradient = curve.value_and_gradient(theta)
    residuals = log_y - value
    size = np.abs(residuals)
    reweighting = delta / np.maximum(size, delta) if np.isfinite(delta) else np.ones_like(size)
    downhill = (gradient @ (count * reweighting * residuals)[..., None])[..., 0]
    damped = count * ((size <= delta) + damping[:, None] * reweighting)
    matrix = (gradient * damped[:, None, :]) @ np.swapaxes(gradient, -1, -2)
    diagonal = np.einsum("bii->bi", matrix)  # a view
    diagonal *= 1 + 1e-9
    diagonal += 1e-12

    stuck = ((theta <= low) & (downhill < 0)) | ((theta >= high) & (downhill > 0))
    matrix[stuck[:, :, None] | stuck[:, None, :]] = 0.0
    diagonal[stuck] = 1.0
    return np.linalg.solve(matrix, np.where(stuck, 0.0, downhill)[..., None])[..., 0]
