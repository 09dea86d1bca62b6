"""Curves log((E + a e^(-alpha u) + b e^(-beta v)) e^(-gamma w)) and Newton's equations, many at a time.

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
        """theta: [n_parameters].  Returns [n]."""
        return self.value_and_shares(theta[None])[0][0]

    def value_and_shares(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The curve, and the shares of its two powers in the sum, each [B, n]; theta: [B, n_parameters]."""
        log_E, log_a, alpha, log_b, beta, *gamma = (column[:, None] for column in theta.T)
        share_u, share_v = np.exp(log_a - alpha * self.u), np.exp(log_b - beta * self.v)
        total = np.exp(log_E) + share_u + share_v
        share_u /= total
        share_v /= total
        value = np.log(total, out=total)
        if self.w is not None:
            value -= gamma[0] * self.w
        return value, share_u, share_v

    def newton_equations(
        self, share_u: np.ndarray, share_v: np.ndarray, weights: np.ndarray, pull: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Sums over the points of weights g g' - pull H, [B, p, p], and of pull g, [B, p].

        g, H: first and second derivatives of the curve by theta; all arguments [B, n].
        The log of a sum of exponentials has the second derivatives of the exponents less g g', and g is
        shares times 1, u or v: so all sums are products of a [B, n] matrix with columns that all rows share.
        """
        one, u, v = np.ones_like(self.u), self.u, self.v
        in_u, in_v = np.column_stack([one, u, u * u]), np.column_stack([one, v, v * v])
        both = weights + pull
        both_u, both_v = both * share_u, both * share_v
        s, a, b = both @ one, both_u @ in_u, both_v @ in_v
        uu, vv = (both_u * share_u) @ in_u, (both_v * share_v) @ in_v
        uv = (both_u * share_v) @ np.column_stack([one, u, v, u * v])
        pulled_u, pulled_v = (pull * share_u) @ in_u, (pull * share_v) @ in_v

        down = np.empty((len(weights), self.n_parameters))
        down[:, 1], down[:, 2] = pulled_u[:, 0], -pulled_u[:, 1]
        down[:, 3], down[:, 4] = pulled_v[:, 0], -pulled_v[:, 1]
        down[:, 0] = pull @ one - down[:, 1] - down[:, 3]
        upper = {
            (0, 0): s - 2 * (a[:, 0] + b[:, 0] - uv[:, 0]) + uu[:, 0] + vv[:, 0] - down[:, 0],
            (0, 1): a[:, 0] - uu[:, 0] - uv[:, 0],
            (0, 2): uu[:, 1] + uv[:, 1] - a[:, 1],
            (0, 3): b[:, 0] - uv[:, 0] - vv[:, 0],
            (0, 4): vv[:, 1] + uv[:, 2] - b[:, 1],
            (1, 1): uu[:, 0] - down[:, 1],
            (1, 2): -uu[:, 1] - down[:, 2],
            (1, 3): uv[:, 0],
            (1, 4): -uv[:, 2],
            (2, 2): uu[:, 2] - pulled_u[:, 2],
            (2, 3): -uv[:, 1],
            (2, 4): uv[:, 3],
            (3, 3): vv[:, 0] - down[:, 3],
            (3, 4): -vv[:, 1] - down[:, 4],
            (4, 4): vv[:, 2] - pulled_v[:, 2],
        }
        if self.w is not None:  # g is -w here, and H is 0
            w = self.w
            down[:, 5] = -(pull @ w)
            sw = weights @ np.column_stack([w, w * w])
            aw = (weights * share_u) @ np.column_stack([w, u * w])
            bw = (weights * share_v) @ np.column_stack([w, v * w])
            upper |= {
                (0, 5): aw[:, 0] + bw[:, 0] - sw[:, 0],
                (1, 5): -aw[:, 0],
                (2, 5): aw[:, 1],
                (3, 5): -bw[:, 0],
                (4, 5): bw[:, 1],
                (5, 5): sw[:, 1],
            }
        matrix = np.empty((*down.shape, self.n_parameters))
        for (row, column), sums in upper.items():
            matrix[:, row, column] = matrix[:, column, row] = sums
        return matrix, down
