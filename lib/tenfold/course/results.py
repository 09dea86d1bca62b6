"""Results of grading: one JSON file a submission, and the gradebook made of them."""

import csv
import io
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

GRADED = "graded"
TIMED_OUT = "timed out"
OUT_OF_MEMORY = "out of memory"
CRASHED = "crashed"
NOT_A_NOTEBOOK = "not a notebook"
TAMPERED = "tampered"


@dataclass(frozen=True)
class Result:
    """How one submission was graded.  points: by exercise, None where nobody has marked it yet.

    digest: of all that the result depends on.  most: the points there are.  seconds: wall clock.
    """

    student: str
    notebook: str
    digest: str
    status: str
    detail: str = ""
    points: dict[str, float | None] = field(default_factory=dict)
    most: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


def result_file(out: Path, student: str, notebook: str) -> Path:
    return out / "results" / student / f"{notebook}.json"


def read_result(file: Path) -> Result | None:
    """A stored result; None where there is none, or none that can be read."""
    try:
        return Result(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None


def write_result(out: Path, result: Result) -> None:
    text = json.dumps(asdict(result), indent=1, sort_keys=True)
    replace(result_file(out, result.student, result.notebook), text)


def write_gradebook(out: Path, results: Iterable[Result]) -> Path:
    """`gradebook.csv`: one row a student and notebook; a blank waits for a person to mark it."""
    rows = sorted(results, key=lambda result: (result.notebook, result.student))
    ids = sorted({id for row in rows for id in row.most})
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", "notebook", "status", *ids, "points", "of", "seconds", "detail"])
    for row in rows:
        known = [points for points in row.points.values() if points is not None]
        total = f"{sum(known):g}" if known else ""
        most = f"{sum(row.most.values()):g}" if row.most else ""
        cells = [_points(row.points.get(id)) for id in ids]
        table.writerow(
            [row.student, row.notebook, row.status, *cells, total, most, f"{row.seconds:.1f}", row.detail]
        )
    file = out / "gradebook.csv"
    replace(file, text.getvalue())
    return file


def replace(file: Path, text: str) -> None:
    """Write a file so that who reads it, or is interrupted, has the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
