"""The data files a chapter reads: declared in its metadata, compared with what its cells name."""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tenfold.book.chapters import Chapter, ChapterError

# Calls whose first argument names a data file.
_READERS = {"load_claims": "data/claims/{}.yaml", "open_runs": "data/runs/{}.jsonl"}


def data_files(chapter: Chapter, root: Path) -> dict[str, Path]:
    """The files of `metadata.tenfold.data` by their declared names.

    Raises ChapterError for a name that is not a path below the project root, for a file that is missing, and
    for a file that a cell names and the metadata does not: as the literal argument of `load_claims` or
    `open_runs`, or as a literal path data/… . What a cell computes at run time is not seen.
    """
    for name in chapter.data:
        path = PurePosixPath(name) if isinstance(name, str) else None
        if path is None or path.is_absolute() or ".." in path.parts or str(path) != name:
            raise ChapterError(
                f"{chapter.name} declares the data file {name!r}, "
                "which is no plain path below the project's root (e.g. data/claims/lr_horizon.yaml)"
            )
        if not (root / path).is_file():
            raise ChapterError(
                f"{chapter.name} declares the data file {name}, which does not exist "
                "(make it as data/README.md says, or take it out of the notebook's metadata tenfold.data)"
            )
    for number, name in _named(chapter, root):
        if name not in chapter.data:
            raise ChapterError(
                f"{chapter.name}, cell {number} reads {name}, which the chapter does not declare "
                "(add it to the list tenfold.data in the notebook's metadata)"
            )
    return {name: root / name for name in chapter.data}


def _named(chapter: Chapter, root: Path) -> Iterator[tuple[int, str]]:
    """Cell numbers and the data files that the code there names."""
    for number, tree in chapter.code():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (name := _argument(node)):
                yield number, name
            elif isinstance(node, ast.Constant) and _is_data_path(node.value, root):
                yield number, node.value


def _argument(call: ast.Call) -> str | None:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0] if call.args else None
    if function in _READERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return _READERS[function].format(first.value)
    return None


def _is_data_path(value: object, root: Path) -> bool:
    return (
        isinstance(value, str)
        and value.startswith("data/")
        and "\n" not in value
        and (root / value).is_file()
    )
