"""A text table of fixed column widths, so that a changed verdict is a small diff."""

import textwrap
from collections.abc import Iterable
from itertools import zip_longest

_COLUMNS = {"id": 5, "paper": 24, "here [interval]": 34, "verdict": 15, "reason": 46}
_SEPARATOR = " | "


def text_table(title: str, rows: Iterable[tuple[str, list[str], list[str], str, str]]) -> str:
    """rows: id, the paper's number, our numbers (one line each), verdict, reason. At most 136 wide."""
    rule = "-+-".join("-" * width for width in _COLUMNS.values())
    lines = [*textwrap.wrap(title, len(rule)), _line(_COLUMNS), rule]
    for row in rows:
        cells = [_wrapped(cell, width) for cell, width in zip(row, _COLUMNS.values(), strict=True)]
        lines += [_line(parts) for parts in zip_longest(*cells, fillvalue="")]
        lines.append(rule)
    return "\n".join(lines)


def _wrapped(cell: str | list[str], width: int) -> list[str]:
    paragraphs = [cell] if isinstance(cell, str) else cell
    return [
        line
        for p in paragraphs
        for line in textwrap.wrap(p, width, subsequent_indent="  " if len(paragraphs) > 1 else "")
    ]


def _line(parts: Iterable[str]) -> str:
    return _SEPARATOR.join(
        part.ljust(width) for part, width in zip(parts, _COLUMNS.values(), strict=True)
    ).rstrip()
