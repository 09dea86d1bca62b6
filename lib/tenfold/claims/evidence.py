"""What a chapter hands to `judge`: estimates with intervals, or a reason why there is none."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real

SMALLEST_LEVEL = 0.5


@dataclass(frozen=True)
class Estimate:
    """A measured number with its interval.

    value: the point estimate, finite.  low, high: closed interval that contains it; an open-ended one has an
    infinite bound.  level: coverage of the interval as a fraction, 0.9 for 90 %.  n: how many observations
    (runs, dialogues, …) stand behind it.
    Raises ValueError naming the field when a value is not allowed.
    """

    value: float
    low: float
    high: float
    level: float
    n: int | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "level"):
            object.__setattr__(self, name, _real(name, getattr(self, name)))
        if not math.isfinite(self.value):
            raise ValueError(
                f"Estimate: value must be finite, got {self.value}; "
                "without a usable estimate give NotTestable"
            )
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"Estimate: value {self.value:g} must lie in its interval, "
                f"got low={self.low:g}, high={self.high:g}; "
                "check the order of the arguments, or report the median of the draws that made the interval"
            )
        if not SMALLEST_LEVEL <= self.level < 1:
            raise ValueError(
                f"Estimate: level must lie in [{SMALLEST_LEVEL}, 1), got {self.level:g}; write 90 % as 0.9"
            )
        if self.n is not None:
            if isinstance(self.n, bool) or not isinstance(self.n, Integral) or self.n < 1:
                raise ValueError(f"Estimate: n must be a whole number >= 1 or None, got {self.n!r}")
            object.__setattr__(self, "n", int(self.n))


@dataclass(frozen=True)
class NotTestable:
    """Why a claim cannot be tested in this run, in one plain sentence."""

    reason: str

    def __post_init__(self) -> None:
        if not isinstance(self.reason, str) or not self.reason.strip():
            raise ValueError(f"NotTestable: reason must be a sentence, got {self.reason!r}")
        object.__setattr__(self, "reason", " ".join(self.reason.split()))


Evidence = Estimate | Mapping[str, Estimate] | float | NotTestable


def _real(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or math.isnan(value):
        raise ValueError(f"Estimate: {name} must be a number, got {value!r}")
    return float(value)
