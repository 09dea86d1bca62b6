"""A text table of fixed column widths, so that a changed verdict is a small diff."""

import textwrap
from collections.abc import Iterable, Mapping
from itertools import zip_longest

_COLUMNS = {"id": 5, "paper": 24, "here [interval]": 34, "verdict": 15, "reason": 46}
_SEPARATOR = " | "
_NO_BREAK = "\N{NO-BREAK SPACE}"


def text_table(title: str, rows: Iterable[tuple[str, str, Mapping[str, str], str, str]]) -> str:
    """rows: id, the paper's number, our numbers by name, verdict, reason.  At most 136 characters wide."""
    rule = "-+-".join("-" * width for width in _COLUMNS.values())
    lines = [*textwrap.wrap(title, len(rule)), _line(_COLUMNS), rule]
    for id, paper, here, verdict, reason in rows:
        numbers = [(f"{name}: " if name else "") + _unbroken(text) for name, text in here.items()]
        labelled = paper.replace(": ", f":{_NO_BREAK}")
        cells = zip([[id], [labelled], numbers or ["-"], [verdict], [reason]], _COLUMNS.values(), strict=True)
        columns = [[line for text in texts for line in _wrapped(text, width)] for texts, width in cells]
        lines += [_line(parts) for parts in zip_longest(*columns, fillvalue="")]
        lines.append(rule)
    return "\n".join(lines)


def _unbroken(number: str) -> str:
    """A number that stays on one line with its interval."""
    return number.replace(" ", _NO_BREAK)


def _wrapped(text: str, width: int) -> list[str]:
    return [line.replace(_NO_BREAK, " ") for line in textwrap.wrap(text, width)]


def _line(parts: Iterable[str]) -> str:
    cells = (part.ljust(width) for part, width in zip(parts, _COLUMNS.values(), strict=True))
    return _SEPARATOR.join(cells).rstrip()
