"""Data frames as tables with a caption and rounded numbers."""

import textwrap

import pandas as pd
from markupsafe import Markup

_WIDTH = 110


def table_html(frame: pd.DataFrame, caption: str) -> Markup:
    """An HTML table, everything in it escaped. The row labels are left out when they only count the rows."""
    table = Markup(
        frame.to_html(
            index=_has_labels(frame), border=0, classes="tf-data", float_format=_number, justify="unset"
        )
    )
    if caption:
        tag, end, rest = table.partition(">")
        table = tag + end + Markup("<caption>{}</caption>").format(caption) + rest
    box = '<div class="tf-scroll" tabindex="0" role="region" aria-label="{}">{}</div>'
    return Markup(box).format(caption or "Table", table)


def table_text(frame: pd.DataFrame, caption: str) -> str:
    text = frame.to_string(index=_has_labels(frame), float_format=_number)
    return "\n".join([*textwrap.wrap(caption, _WIDTH), text])


def _has_labels(frame: pd.DataFrame) -> bool:
    return not isinstance(frame.index, pd.RangeIndex)


def _number(x: float) -> str:
    return f"{x:.4g}"
