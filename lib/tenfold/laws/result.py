"""What every fit returns: estimates, how the fit ended, what it used, and draws that give the intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.errors import FitError


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Base of all fits.

    status: "converged", "max_iter" or "bound_hit"; a fit with no usable estimate raises FitError instead.
    n_points: the points fitted.
    columns: names of the columns of `draws`; a name `log_x` also gives `x`.
    draws: [n_boot, columns], plausible values of the estimates given the noise.  nan marks a draw in which an
        estimate does not exist.  No rows with n_boot=0, or with as many parameters as points.
    """

    status: str
    n_points: int
    columns: tuple[str, ...]
    draws: np.ndarray

    def draw(self, name: str) -> np.ndarray:
        """Draws of one estimate, [n_boot].  Raises ValueError for an unknown name, FitError without draws."""
        if name in self.columns:
            values = self.draws[:, self.columns.index(name)]
        elif f"log_{name}" in self.columns:
            values = exponential(self.draws[:, self.columns.index(f"log_{name}")])
        else:
            names = ", ".join(dict.fromkeys([*self.columns, *map(_plain, self.columns)]))
            raise ValueError(f"{type(self).__name__} has no estimate {name!r}: choose from {names}")
        if not len(values):
            raise FitError(
                f"{type(self).__name__} has no draws, so {name} has no interval: it was fitted with "
                f"n_boot=0, or its {self.n_points} points leave nothing to judge the noise by; add points"
            )
        return values

    def interval(self, name: str, level: float = 0.90) -> tuple[float, float]:
        """Equal-tailed interval of one estimate; its ends are infinite where the data do not bound it."""
        if name not in self.columns and f"log_{name}" in self.columns:
            low, high = exponential(self.interval(f"log_{name}", level))
        else:
            low, high = quantile_interval(self.draw(name), level)
        return float(low), float(high)

    def p_value(self, name: str, null: float) -> float:
        """Two-sided p-value of `name` = `null`, read from the draws; never below 2 / (n_boot + 1)."""
        draws = self.draw(name)
        tail = min(np.sum(~(draws > null)), np.sum(~(draws < null)))
        return float(min(1.0, 2 * (1 + tail) / (1 + len(draws))))

    def summary(self, level: float = 0.90) -> str:
        """Estimates and intervals as lines of text, rounded for reading only."""
        lines = [f"{type(self).__name__}: {self.status}, {self.n_points} points, {level:.0%} intervals"]
        for name in filter(lambda plain: hasattr(self, plain), map(_plain, self.columns)):
            low, high = self.interval(name, level) if len(self.draws) else (np.nan, np.nan)
            lines.append(f"  {name:<12} {getattr(self, name):.6g}  [{low:.6g}, {high:.6g}]")
        return "\n".join(lines)


def quantile_interval(draws: ArrayLike, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Equal-tailed interval over the first axis.  A nan counts against both ends: it can only widen.

    Raises ValueError unless 0 < level < 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}: give a share between 0 and 1, such as 0.90")
    draws = np.asarray(draws, dtype=np.float64)
    lost, tail = np.isnan(draws), round((1 - level) / 2, 12)
    low = np.quantile(np.where(lost, -np.inf, draws), tail, axis=0, method="lower")
    high = np.quantile(np.where(lost, np.inf, draws), 1 - tail, axis=0, method="higher")
    return low, high


def exponential(values: ArrayLike) -> np.ndarray:
    """exp without a warning where it overflows to inf, as the far end of a wide interval may."""
    with np.errstate(over="ignore"):
        return np.exp(values)


def _plain(column: str) -> str:
    return column.removeprefix("log_")
