"""Numbers as text: rounded to what the interval supports, never so far that a verdict looks wrong."""

import math
from collections.abc import Sequence

from tenfold.claims.evidence import Estimate

_FIXED_RANGE = (1e-4, 1e6)  # magnitudes written without an exponent


def exact_text(x: float) -> str:
    """A number somebody wrote down (a ledger, a paper): all its digits, no more."""
    return f"{x:.12g}"


def percent(level: float) -> str:
    return f"{100 * level:.6g}%"


def estimate_text(estimate: Estimate, marks: Sequence[float] = ()) -> str:
    """`value [low, high]`, two significant digits of the interval's width.

    marks: the criterion's numbers. Rounding keeps each bound on its side of each mark.
    """
    numbers = [x for x in (estimate.low, estimate.value, estimate.high) if math.isfinite(x)]
    width = max(numbers) - min(numbers)
    place = _leading_place(width or max(map(abs, numbers))) - (1 if width else 3)
    place = _faithful(place, [estimate.low, estimate.high], marks)
    value, low, high = (_at_place(x, place) for x in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]"


def number_text(x: float, marks: Sequence[float] = ()) -> str:
    """A number without interval: four significant digits, more where a mark is near, all if whole."""
    if x == round(x) and abs(x) < 1e15:
        return f"{x:.0f}"
    mantissa, e, exponent = _at_place(x, _faithful(_leading_place(abs(x)) - 3, [x], marks)).partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent


def _leading_place(x: float) -> int:
    """Power of ten of the first significant digit; 0 for 0."""
    return math.floor(math.log10(x)) if x > 0 else 0


def _faithful(place: int, numbers: Sequence[float], marks: Sequence[float]) -> int:
    """The coarsest decimal place up to `place` at which rounding keeps each number's side of each mark."""

    def keeps_sides(at: int) -> bool:
        return all(
            _side(float(_at_place(x, at)), mark) == _side(x, mark)
            for x in numbers
            if math.isfinite(x)
            for mark in marks
        )

    return next((at for at in range(place, place - 12, -1) if keeps_sides(at)), place - 12)


def _side(x: float, mark: float) -> int:
    return (x > mark) - (x < mark)


def _at_place(x: float, place: int) -> str:
    """x rounded to the decimal place 10**place; with an exponent when very small or very large."""
    if not math.isfinite(x):
        return "inf" if x > 0 else "-inf"
    x = round(x, -place) + 0.0  # no "-0"
    if x and not _FIXED_RANGE[0] <= abs(x) < _FIXED_RANGE[1]:
        return f"{x:.{max(_leading_place(abs(x)) - place, 0)}e}"
    return f"{x:.{max(-place, 0)}f}"
