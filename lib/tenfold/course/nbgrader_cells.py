"""The cells of an exercise notebook as nbgrader knows them."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One kind of cell.  tag: what the site folds it by."""

    cell_type: str
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    tag: str = ""


CELLS = {
    "setup": Cell("code", locked=True, tag="hide-input"),
    "ex-text": Cell("markdown", locked=True),
    "ex": Cell("code", solution=True, tag="hide-cell"),
    "ex-check": Cell("code", grade=True, locked=True, tag="hide-cell"),
    "task": Cell("markdown", locked=True, task=True),
    "ex-answer": Cell("markdown"),
}


def expected_metadata(name: str, *, task: bool) -> dict:
    """nbgrader's metadata of the cell with this grade_id, points left out; {} if no cell is named so."""
    cell = CELLS.get("task" if task else re.sub(r"^ex\d+", "ex", name))
    if cell is None:
        return {}
    return {
        "cell_type": cell.cell_type,
        "grade": cell.grade,
        "grade_id": name,
        "locked": cell.locked,
        "schema_version": 3,
        "solution": cell.solution,
        "task": cell.task,
    }
