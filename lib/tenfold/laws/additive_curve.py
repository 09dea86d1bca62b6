"""Curves log((E + a e^(-alpha u) + b e^(-beta v)) e^(-gamma w)) and their derivatives, many at a time.

Parameters theta: (log E, log a, alpha, log b, beta), with gamma as sixth where there is a w.
"""

from dataclasses import dataclass

import numpy as np


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

    def weighted_curvature(self, gradient: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Second derivatives summed over the points, [B, n_parameters, n_parameters].

        gradient: [B, n_parameters, n], as `value_and_gradient` gives it; weights: [B, n].
        The curve is the log of a sum of exponentials: its second derivatives are those of the exponents,
        weighted by their shares in the sum, less the outer product of the gradient.  gamma has none.
        """
        shares = gradient[:, :5]
        curvature = np.zeros((len(weights), self.n_parameters, self.n_parameters))
        curvature[:, :5, :5] = -(shares * weights[:, None, :]) @ np.swapaxes(shares, -1, -2)
        first = np.einsum("bpn,bn->bp", shares, weights)
        for at in (0, 1, 3):
            curvature[:, at, at] += first[:, at]
        for slope, x in ((2, self.u), (4, self.v)):
            curvature[:, slope, slope - 1] += first[:, slope]
            curvature[:, slope - 1, slope] += first[:, slope]
            curvature[:, slope, slope] -= np.einsum("bn,bn,n->b", shares[:, slope], weights, x)
        return curvature
