"""What a chapter's page depends on, as hashes; an executed copy is fresh as long as all are the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tenfold.book.chapters import Chapter, ChapterError, cell_source
from tenfold.book.data_files import data_files
from tenfold.runs.fingerprint import normal_form
from tenfold.runs.imports import closure, imported, parse

LOCKS = ("requirements.lock", "requirements-data.txt")


@dataclass(frozen=True)
class Fingerprint:
    """`inputs`: SHA-256 (hex) by name of what a page depends on."""

    inputs: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over all inputs."""
        return _hash(self.inputs)

    def changed_since(self, inputs: Mapping[str, str]) -> list[str]:
        """The names of the inputs that differ from earlier ones, appeared or went, sorted."""
        names = self.inputs.keys() | inputs.keys()
        return sorted(name for name in names if self.inputs.get(name) != inputs.get(name))


def fingerprint(chapter: Chapter, parameters: Mapping[str, object], root: Path) -> Fingerprint:
    """The inputs of one chapter executed with `parameters` (all of them, defaults included).

    They are: `notebook` (cell types, sources, tags), `parameters`, each `tenfold` module that the cells
    import, directly or not (without comments and docstrings, as for recorded runs), each declared data file,
    and the lock files. Raises ChapterError for a missing file or an undeclared one, SourceError for an import
    of `tenfold` that has no source.
    """
    inputs = {
        "notebook": _hash([_cell(cell) for cell in chapter.notebook["cells"]]),
        "parameters": _hash(dict(parameters)),
        **_code(chapter),
        **{name: _hash_file(path) for name, path in data_files(chapter, root).items()},
    }
    for name in LOCKS:
        if not (root / name).is_file():
            raise ChapterError(f"the project has no {name} (restore it with git)")
        inputs[name] = _hash_file(root / name)
    return Fingerprint(inputs)


def _code(chapter: Chapter) -> dict[str, str]:
    direct: set[str] = set()
    followed: set[str] = set()
    for _, tree in chapter.code():
        modules, names = imported(tree, package="")
        direct |= modules
        followed |= names
    modules, names = closure(direct)
    hashes = {module: _hash(normal_form(parse(module))) for module in modules}
    return hashes | {"re-exports of tenfold": _hash(sorted(followed | names))}


def _cell(cell: dict) -> list:
    return [cell["cell_type"], cell_source(cell), sorted(cell.get("metadata", {}).get("tags", []))]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
