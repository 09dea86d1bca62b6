"""Numbers and words for the prose: stored by name, inserted by `{glue:text}` when the page is built."""

import math
import re
from numbers import Integral, Real

from myst_nb import glue

from tenfold.claims import Estimate

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def number(name: str, value: float) -> None:
    """Store a number for ``{glue:text}`name:.2f` ``.

    Raises ValueError for a name that is no lower-case identifier, or a value that is no finite number.
    """
    _check_name(name)
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"number {name!r}: value must be a finite number, got {value!r}")
    glue(name, int(value) if isinstance(value, Integral) else float(value), display=False)


def word(name: str, text: str) -> None:
    """Store a computed word, a verdict for example, for ``{glue:text}`name` ``.

    Raises ValueError for a name that is no lower-case identifier, or an empty text.
    """
    _check_name(name)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"word {name!r}: text must not be empty, got {text!r}")
    glue(name, text, display=False)


def say(name: str, estimate: Estimate, digits: int = 2) -> None:
    """Store an estimate as "value (low to high)", with `digits` decimals. Raises ValueError as `word`."""
    ends = (estimate.value, estimate.low, estimate.high)
    value, low, high = (
        f"{round(end, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}") for end in ends
    )
    word(name, f"{value} ({low} to {high})")


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"name must be lower-case letters, digits and _, starting with a letter, got {name!r}"
        )
