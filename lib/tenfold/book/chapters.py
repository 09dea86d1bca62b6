"""Chapters: the notebooks `notebooks/NN_slug.ipynb`, found, read and checked without starting a kernel."""

import ast
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tenfold.book.parameters import ParameterError, nearest, read_parameters

_NAME = re.compile(r"\d\d_[a-z0-9_]+")


class ChapterError(ValueError):
    """A chapter that does not exist, cannot be read or lacks an input; one line, with the remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _CellMetadata(_Strict):
    tags: list[str] = []


class _Cell(_Strict):
    cell_type: str
    source: str | list[str]
    metadata: _CellMetadata = _CellMetadata()


class _Own(_Strict):
    data: list[object] = []


class _Metadata(_Strict):
    tenfold: _Own = _Own()


class _Notebook(_Strict):
    """What is read of a notebook file; all else is the notebook's own affair."""

    nbformat: Literal[4]
    cells: list[_Cell]
    metadata: _Metadata = _Metadata()


@dataclass(frozen=True)
class Chapter:
    """One notebook as stored.

    source: the file's text.  notebook: the same parsed.  parameters: names and defaults.
    """

    path: Path
    source: str
    notebook: dict
    parameters: dict[str, object]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def data(self) -> tuple[str, ...]:
        """Data files the chapter declares in `metadata.tenfold.data`, relative to the project root."""
        return tuple(self.notebook["metadata"].get("tenfold", {}).get("data", ()))

    def code(self) -> list[tuple[int, ast.Module]]:
        """The parsed code cells with their numbers, counted from 1 over all cells."""
        return [
            (number, _parse(self.name, number, cell_source(cell)))
            for number, cell in enumerate(self.notebook["cells"], start=1)
            if cell["cell_type"] == "code"
        ]


def chapter_paths(root: Path) -> list[Path]:
    """All chapters of the project, in book order; subfolders and hidden files are not looked at.

    Raises ChapterError for a name that is not NN_slug.ipynb, a number used twice, or an empty folder.
    """
    paths = sorted(path for path in (root / "notebooks").glob("*.ipynb") if not path.name.startswith("."))
    if not paths:
        raise ChapterError(
            "notebooks/ holds no chapter (a chapter is a file NN_slug.ipynb, e.g. 01_lr_horizon.ipynb)"
        )
    numbers: dict[str, Path] = {}
    for path in paths:
        if not _NAME.fullmatch(path.stem):
            raise ChapterError(
                f"notebooks/{path.name} is not named NN_slug.ipynb (lower case, e.g. 01_lr_horizon.ipynb)"
            )
        first = numbers.setdefault(path.stem[:2], path)
        if first is not path:
            raise ChapterError(
                f"notebooks/{path.name} has the number of notebooks/{first.name} (give it a free one)"
            )
    return paths


def choose_chapters(paths: Sequence[Path], names: Iterable[str]) -> list[Path]:
    """The chapters named, in book order; all of them if none is named.

    A name is the file's name or path, with or without its ending, the slug alone, or the number:
    `notebooks/01_lr_horizon.ipynb`, `01_lr_horizon`, `lr_horizon`, `1`. Raises ChapterError for any other
    name, with the nearest match.
    """
    known = {
        alias: path
        for path in paths
        for alias in (path.stem, path.stem[3:], path.stem[:2], str(int(path.stem[:2])))
    }
    chosen = set()
    for name in names:
        alias = Path(name).name.removesuffix(".ipynb")
        if alias not in known:
            listing = ", ".join(path.stem for path in paths)
            raise ChapterError(f"no chapter {name!r}{nearest(alias, known)} (chapters: {listing})")
        chosen.add(known[alias])
    return [path for path in paths if path in chosen] if chosen else list(paths)


def load_chapter(path: Path) -> Chapter:
    """Read and check one chapter. Raises ChapterError naming the file, the cell and what is wrong."""
    try:
        source = path.read_text(encoding="utf-8")
        notebook = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise ChapterError(
            f"notebooks/{path.name} is not JSON: {error} (restore it with git, or save it again)"
        ) from None
    try:
        _Notebook.model_validate(notebook)
    except ValidationError as error:
        first = error.errors()[0]
        raise ChapterError(
            f"notebooks/{path.name} is not a version 4 notebook: {'.'.join(map(str, first['loc']))}: "
            f"{first['msg']} (restore it with git, or save it with a current JupyterLab)"
        ) from None
    notebook.setdefault("metadata", {})
    tagged = [
        (number, cell)
        for number, cell in enumerate(notebook["cells"], start=1)
        if "parameters" in cell.get("metadata", {}).get("tags", []) and cell["cell_type"] == "code"
    ]
    if len(tagged) != 1:
        raise ChapterError(
            f"{path.stem} has {len(tagged)} code cells tagged 'parameters' (it needs exactly one)"
        )
    number, cell = tagged[0]
    tree = _parse(path.stem, number, cell_source(cell))
    try:
        parameters = read_parameters(tree)
    except ParameterError as error:
        raise ChapterError(f"{path.stem}, cell {number}: {error}") from None
    return Chapter(path, source, notebook, parameters)


def cell_source(cell: dict) -> str:
    """A cell's text; the file format stores it as one string or as a list of lines."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def _parse(chapter: str, number: int, source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        where, problem = f", line {error.lineno}", error.msg
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte; brackets nested too deeply
        where, problem = "", str(error) or "nested too deeply"
    raise ChapterError(
        f"{chapter}, cell {number}{where}: {problem} (chapters are plain Python, without % and ! lines)"
    )
