"""Carries what executed chapters found back into the sources: verdict tables, README's table and its figure.

`python -m tenfold.book.record` does it in place, after the chapters were executed.
"""

import base64
from pathlib import Path

import nbformat

from tenfold.book.chapters import chapter_paths
from tenfold.book.errors import SiteError
from tenfold.book.readme import VERDICT_CELL, claims_table, with_table
from tenfold.paths import project_root

FIGURE_CELL = "readme-figure"
FIGURE = Path("book/figures/readme.png")


def record_verdicts(source: Path, copy: Path) -> None:
    """Store the executed copy's verdict table, as text, in the source's verdict cell; nothing else changes.

    Raises SiteError where the copy is missing or shows no verdict table.
    """
    executed = {cell.id: cell for cell in _read(copy).cells}
    notebook = _read(source)
    for cell in notebook.cells:
        if VERDICT_CELL not in cell.metadata.get("tags", []):
            continue
        outputs = executed[cell.id].get("outputs", []) if cell.id in executed else []
        tables = [output for output in outputs if "text/plain" in output.get("data", {})]
        if not tables:
            raise SiteError(
                f"{copy.name}: its verdict cell shows no table; run the chapter: tenfold run {source.stem}"
            )
        data = {"text/plain": tables[-1]["data"]["text/plain"]}
        # nbval takes an output without a count for a mistake.
        cell.execution_count = 1
        cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    nbformat.write(notebook, source)


def record_figure(copy: Path, picture: Path) -> None:
    """Write the picture of the cell tagged `readme-figure`, if the chapter has one."""
    for cell in _read(copy).cells:
        if FIGURE_CELL in cell.metadata.get("tags", []):
            (png,) = [output["data"]["image/png"] for output in cell.outputs if "image/png" in output["data"]]
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(base64.b64decode(png))


def _read(path: Path) -> nbformat.NotebookNode:
    if not path.is_file():
        raise SiteError(f"{path.name} was not executed; run it first: tenfold run {path.stem}")
    return nbformat.read(path, 4)


def main() -> None:
    root = project_root()
    for source in chapter_paths(root):
        copy = root / "build" / "executed" / source.name
        record_verdicts(source, copy)
        record_figure(copy, root / FIGURE)
    file = root / "README.md"
    file.write_text(with_table(file.read_text(encoding="utf-8"), claims_table(root)), encoding="utf-8")


if __name__ == "__main__":
    main()
