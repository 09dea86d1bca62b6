"""All verdicts of the book, read from the executed chapters."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tenfold.book.copies import read_stamp
from tenfold.book.errors import SiteError
from tenfold.claims import VERDICTS

_COLUMNS = (
    "claim",
    "text",
    "where",
    "paper",
    "here",
    "verdict",
    "reason",
    "criterion",
    "evidence",
    "profile",
    "registered",
)


@dataclass(frozen=True)
class Executed:
    """One chapter with its executed copy.  stamp: the copy's `metadata.tenfold`."""

    name: str
    copy: Path
    stamp: Mapping

    @property
    def rows(self) -> list["Row"]:
        return [Row(self.name, record) for record in self.stamp["verdicts"]]

    @property
    def counts(self) -> dict[str, int]:
        return count_verdicts(self.rows)

    @property
    def verdicts(self) -> dict[str, str]:
        return {record["claim"]: record["verdict"] for record in self.stamp["verdicts"]}


@dataclass(frozen=True)
class Row:
    """One claim of the scoreboard.  record: as `Verdicts.to_records` made it."""

    chapter: str
    record: Mapping

    @property
    def place(self) -> str:
        """Name of the place on the chapter's page that shows this verdict."""
        return f"verdict-{self.record['claim']}"


def read_executed(root: Path, chapters: Iterable[str]) -> list[Executed]:
    """The executed copies of these chapters.

    Raises SiteError for a chapter that has none, that shows no verdict, or that judges a claim twice.
    """
    problems = []
    executed = []
    for name in chapters:
        copy = root / "build" / "executed" / f"{name}.ipynb"
        stamp = read_stamp(copy)
        if stamp is None:
            found = "a damaged" if copy.exists() else "no"
            problems.append(f"chapter {name} has {found} executed copy: run `tenfold run {name}`")
            continue
        claims = Counter(record["claim"] for record in stamp["verdicts"])
        twice = sorted(claim for claim, times in claims.items() if times > 1)
        if not claims:
            problems.append(f"chapter {name} shows no verdict: end it with show(judge(...))")
        elif twice:
            problems.append(f"chapter {name} shows {', '.join(twice)} more than once: show its verdicts once")
        else:
            executed.append(Executed(name, copy, stamp))
    if problems:
        raise SiteError("\n".join(problems))
    return executed


def count_verdicts(rows: Iterable[Row]) -> dict[str, int]:
    """How often each verdict of the vocabulary occurs, in its order, zeros included."""
    counts = Counter(row.record["verdict"] for row in rows)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def write_csv(file: Path, rows: Iterable[Row]) -> None:
    """The scoreboard as a table, one line a claim."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("chapter", "arxiv", *_COLUMNS, "amended"))
        for row in rows:
            amended = "; ".join(f"{change['date']}: {change['reason']}" for change in row.record["amended"])
            cells = (row.record[name] for name in _COLUMNS)
            writer.writerow((row.chapter, row.record["arxiv"], *cells, amended))
