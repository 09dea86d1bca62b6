"""`tenfold status`: one row a chapter."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from tenfold.book.status import Status, book_status
from tenfold.runs.progress import duration

_NAMED_INPUTS = 3


def print_status(root: Path) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("chapter", "state", "verdicts", "took", "executed (UTC)"):
        table.add_column(column, overflow="fold")
    for status in book_status(root):
        table.add_row(
            status.name,
            _state(status),
            ", ".join(f"{count} {verdict}" for verdict, count in (status.verdicts or {}).items()) or "-",
            "-" if status.seconds is None else duration(status.seconds),
            (status.executed or "-").removesuffix("+00:00"),
        )
    Console().print(table)


def _state(status: Status) -> str:
    state = f"{status.state}: {status.problem}" if status.problem else status.state
    if status.changed:
        more = len(status.changed) - _NAMED_INPUTS
        named = ", ".join(status.changed[:_NAMED_INPUTS]) + (f" and {more} more" if more > 0 else "")
        state += f" ({named} changed)"
    return f"{state}; the last attempt failed" if status.failed else state
