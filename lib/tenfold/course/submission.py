"""A submitted notebook: whether it is one, what was done to its locked cells, and every cell in its place."""

from dataclasses import dataclass
from pathlib import Path

import nbformat

from tenfold.book.exercises import grade_id

LARGEST = 20_000_000  # bytes
_UNREADABLE = (nbformat.ValidationError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class NotANotebook(ValueError):
    """A file that cannot be graded; says why."""


@dataclass(frozen=True)
class Submission:
    """cells of the notebook are in the released order.  changed: locked cells that are not as released."""

    notebook: nbformat.NotebookNode
    changed: list[str]


def read_submission(file: Path, released: nbformat.NotebookNode) -> Submission:
    """Read what was handed in for a released notebook. Raises NotANotebook.

    Locked cells that went are put back; copies of a cell and the student's own stay where they follow.
    """
    notebook = _read(file)
    given: dict[str, nbformat.NotebookNode] = {}
    own: dict[str, list[nbformat.NotebookNode]] = {"": []}
    known = {grade_id(cell): cell for cell in released.cells if grade_id(cell)}
    last = ""
    for cell in notebook.cells:
        name = str(grade_id(cell))
        if name in known and name not in given:
            given[name], last = cell, name
        else:
            cell.metadata.pop("nbgrader", None)
            own.setdefault(last, []).append(cell)
    locked = [name for name, cell in known.items() if cell.metadata.nbgrader.locked]
    cells = list(own[""])
    for name, original in known.items():
        # An answer's cell is not put back: its stub would undo what is in a cell of the student's own.
        if name in given or name in locked:
            cells.append(given.get(name, original))
        cells += own.get(name, [])
    changed = [name for name in locked if name not in given or given[name].source != known[name].source]
    for name, cell in given.items():
        cell.metadata["nbgrader"] = known[name].metadata["nbgrader"].copy()
    for cell in cells:
        if not _has_a_role(cell):
            cell.metadata.pop("nbgrader", None)  # nbgrader keeps no checksum of it, and then asks for one
    notebook["cells"] = cells
    return Submission(notebook, changed)


def _has_a_role(cell: nbformat.NotebookNode) -> bool:
    roles = cell.metadata.get("nbgrader", {})
    return any(roles.get(role) for role in ("grade", "solution", "locked", "task"))


def _read(file: Path) -> nbformat.NotebookNode:
    if file.is_symlink() or not file.is_file():
        raise NotANotebook("it is no regular file")
    if file.stat().st_size > LARGEST:
        raise NotANotebook(f"it has {file.stat().st_size:,} bytes (at most {LARGEST:,})")
    try:
        notebook = nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except _UNREADABLE as error:
        raise NotANotebook(f"it is no notebook that can be read: {str(error).strip()[:200]!r}") from None
    if not all(isinstance(cell.metadata.get("nbgrader", {}), dict) for cell in notebook.cells):
        raise NotANotebook("the metadata of a cell are damaged")
    return notebook
