"""The pages of exercises on the site, each below its chapter: task, stub, and what is folded away."""

import re
from pathlib import Path

import nbformat

from tenfold.book.exercise_regions import HIDDEN_TESTS, MARK_SCHEME, SOLUTION

FOLDER = "exercises"
_CHAPTER_LINK = re.compile(r"\]\(\.\./notebooks/([\w.]+\.ipynb)\)")


def stage_exercises(root: Path, out: Path, chapters: list[str]) -> list[str]:
    """Write the exercise pages of these chapters to `out/exercises`; the chapters that have one.

    The pages are not executed: their cells show nothing.  `tenfold classroom-check` runs them.
    """
    names = [name for name in chapters if (root / FOLDER / f"{name}.ipynb").is_file()]
    (out / FOLDER).mkdir()
    for name in names:
        notebook = nbformat.read(root / FOLDER / f"{name}.ipynb", as_version=4)
        notebook.cells = [staged for cell in notebook.cells for staged in _staged(cell)]
        nbformat.write(notebook, out / FOLDER / f"{name}.ipynb")
    return names


def _staged(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    roles = cell.metadata.pop("nbgrader", {})
    if cell.cell_type == "markdown":
        if roles.get("grade_id", "").endswith("-answer"):
            return []
        cell.source = _CHAPTER_LINK.sub(r"](../chapters/\1)", cell.source)
        if MARK_SCHEME.is_marked_once(cell.source):
            cell.source = MARK_SCHEME.replaced(cell.source, _folded(MARK_SCHEME.inside(cell.source)))
        return [cell]
    if roles.get("solution"):
        stub = SOLUTION.replaced(cell.source, "...")
        cell.source = SOLUTION.unmarked(cell.source)
        cell.metadata["mystnb"] = _prompts("a solution")
        return [nbformat.v4.new_markdown_cell(f"```python\n{stub}\n```", id=f"{cell.id}-stub"), cell]
    if roles.get("grade"):
        cell.source = HIDDEN_TESTS.unmarked(cell.source)
        cell.metadata["mystnb"] = _prompts("the checks")
    return [cell]


def _folded(text: str) -> str:
    return f"<details><summary>Marking guide</summary>\n\n{text.strip()}\n\n</details>"


def _prompts(what: str) -> dict[str, str]:
    return {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}
