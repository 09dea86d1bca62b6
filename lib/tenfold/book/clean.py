"""What an executed notebook must not carry: widget state, stamps, absolute paths of this machine."""

import re
import site
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

Rules = list[tuple[re.Pattern[str], str]]


def clean_notebook(notebook: NotebookNode, root: Path) -> None:
    """Clean an executed notebook in place.

    Widget state and outputs of widgets go (pages would fetch scripts for them), and papermill's stamps. In
    all other outputs but images the folders of this machine are replaced: a path in the project becomes
    relative to it, one in an installed package starts at the package, other paths start at $PREFIX (Python),
    $TMPDIR or ~, and the temporary file of a cell is `cell.py`.
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("papermill", None)
    rules = _rules(root)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.cell_type == "code":
            kept = [output for output in cell.outputs if not _is_widget(output)]
            cell.outputs = [nbformat.from_dict(_replaced(output, rules)) for output in kept]


def _is_widget(output: NotebookNode) -> bool:
    return any(mime.startswith("application/vnd.jupyter.widget") for mime in output.get("data", {}))


def _rules(root: Path) -> Rules:
    """Patterns and what takes their place; a folder inside another comes first."""
    temporary = Path(tempfile.gettempdir())
    names = {
        Path.home(): "~",
        temporary: "$TMPDIR",
        Path(sys.base_prefix): "$PREFIX",
        Path(sys.prefix): "$PREFIX",
    }
    names |= {Path(folder): "." for folder in site.getsitepackages()} | {root: "."}
    names |= {folder.resolve(): name for folder, name in names.items()}
    folders = sorted(
        (folder for folder in names if len(folder.parts) > 1), key=lambda f: len(str(f)), reverse=True
    )
    cell = (re.compile(rf"{re.escape(str(temporary))}/ipykernel_\d+/\d+\.py"), "cell.py")
    return [cell, *(rule for folder in folders for rule in _rules_for(folder, names[folder]))]


def _rules_for(folder: Path, name: str) -> Rules:
    """The folder at the start of a path, and alone; with "." the rest of the path becomes relative."""
    # Every character of base64 text (embedded images) is excluded before the folder, so that none is ever
    # changed.
    start = r"(?:(?<![\w.~+/-])|(?<=file://)|(?<=-[IL]))"
    below = (re.compile(start + re.escape(str(folder)) + r"/(?=[\w.])"), "" if name == "." else f"{name}/")
    itself = (re.compile(start + re.escape(str(folder)) + r"(?![\w-])"), name)
    return [below, itself]


def _replaced(value: Any, rules: Rules) -> Any:
    if isinstance(value, str):
        for pattern, name in rules:
            value = pattern.sub(name, value)
        return value
    if isinstance(value, list):
        return [_replaced(part, rules) for part in value]
    if isinstance(value, dict):
        return {
            key: part if key.startswith("image/") else _replaced(part, rules) for key, part in value.items()
        }
    return value
