"""log(E + a e^(-alpha u)) and its least-squares refits, many data sets at a time."""

import numpy as np

MAX_STEPS = 200


def log_curve(theta: np.ndarray, u: np.ndarray) -> np.ndarray:
    """theta: [..., 3] of (log E, log a, alpha); u: [n].  Returns [..., n]."""
    log_E, log_a, alpha = (column[..., None] for column in np.moveaxis(theta, -1, 0))
    return np.logaddexp(log_E, log_a - alpha * u)


def log_curve_gradient(theta: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Derivatives of `log_curve` by (log E, log a, alpha), [..., n, 3]."""
    log_E = theta[..., :1]
    share = np.exp(log_E - log_curve(theta, u))  # of E in the value
    return np.stack([share, 1 - share, -u * (1 - share)], axis=-1)


def refit_curves(
    log_y: np.ndarray, u: np.ndarray, *, start: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Levenberg-Marquardt on all rows of log_y at once: a scipy call for each of them would take minutes.

    log_y: [B, n]; start: [3] or [B, 3]; low, high: bounds, [3].  Returns theta [B, 3], nan where a row has
    not converged.
    """
    theta, damping = np.broadcast_to(start, (len(log_y), 3)), np.full(len(log_y), 1e-3)
    residuals = log_y - log_curve(theta, u)
    cost, settled = (residuals**2).sum(-1), np.zeros(len(log_y), dtype=bool)
    for _ in range(MAX_STEPS):
        gradient = log_curve_gradient(theta, u)
        normal = np.einsum("bni,bnj->bij", gradient, gradient)
        diagonal = np.einsum("bii->bi", normal)
        damped = normal + np.einsum("bi,ij->bij", damping[:, None] * diagonal + 1e-12, np.eye(3))
        step = np.linalg.solve(damped, np.einsum("bni,bn->bi", gradient, residuals)[..., None])[..., 0]
        proposal = np.clip(theta + step, low, high)
        new_residuals = log_y - log_curve(proposal, u)
        new_cost = (new_residuals**2).sum(-1)

        better = new_cost <= cost
        moved = np.abs(proposal - theta).max(-1)
        settled = (better & (cost - new_cost <= 1e-9 * cost)) | (moved < 1e-9)
        theta = np.where(better[:, None], proposal, theta)
        residuals = np.where(better[:, None], new_residuals, residuals)
        cost = np.where(better, new_cost, cost)
        damping = np.where(better, damping / 10, damping * 10)
        if settled.all():
            break
    return np.where(settled[:, None], theta, np.nan)
