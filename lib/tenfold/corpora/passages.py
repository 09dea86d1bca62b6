"""Passages of text of visibly different quality, cut from what pinned packages ship."""

import ast
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise

import polib

from tenfold.corpora.catalogs import catalog_files
from tenfold.corpora.clean import clean_line
from tenfold.corpora.dialogues import load_dialogues
from tenfold.corpora.packages import MissingDataPackage

SHORTEST, LONGEST = 400, 800
"""Characters of a passage."""
DOCS = ("pandas", "scikit-learn", "matplotlib")
HELD_OUT_DOCS = "statsmodels"
"""Documentation of this package is for testing alone."""
CODE = ("Django", "django-oscar", "wagtail", "weblate")
HELD_OUT_CODE = ("gramps", "mayan-edms")
HELD_OUT_CHAT = 1 / 16
"""The share of dialogues that is for testing alone, each by its own hash."""
STRINGS = ("django", "django-oscar", "gramps", "mayan-edms", "wagtail", "weblate")
LEGAL = ("pyrit", "jupyter-builder", "pyarrow", "sympy", "Django", "gramps", "weblate", "debugpy")
READMES = (
    "pydantic", "fonttools", "tqdm", "charset-normalizer", "openai", "more-itertools", "regex",
    "tabulate", "sacrebleu", "defusedxml", "bleach", "threadpoolctl", "httpcore", "wcwidth",
    "pytablewriter", "jedi", "transformers", "accelerate", "datasets", "polib", "typer", "rich",
    "python-stdnum", "annotated-types", "narwhals", "sympy", "trl", "dill", "sortedcontainers",
    "phonenumbers",
)  # fmt: skip
EXPLANATIONS, LISTS = ("Notes",), ("Parameters", "Returns", "Attributes", "Other Parameters")
_RULE = re.compile(r"[-=]{3,}")


@dataclass(frozen=True)
class Passage:
    """400 to 800 characters of one document; `package` ships it."""

    text: str
    source: str
    package: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def passages(lines: Iterable[str]) -> Iterator[str]:
    """Lines cut at their ends into passages; a longer line is cut too, a shorter rest is left out."""
    part: list[str] = []
    size = 0
    for line in lines:
        for piece in [line] if len(line) <= LONGEST else _cut(line):
            if part and size + len(piece) + 1 > LONGEST:
                if size >= SHORTEST:
                    yield "\n".join(part)
                part, size = [], 0
            size += len(piece) + bool(part)
            part.append(piece)
    if size >= SHORTEST:
        yield "\n".join(part)


def _cut(line: str) -> list[str]:
    return [line[at : at + LONGEST] for at in range(0, len(line), LONGEST)]


def docstring_sections(docstring: str) -> list[tuple[str, list[str]]]:
    """(title, lines) of each section of a docstring in numpy's form, the part before the first title "".

    Lines are cleaned; examples (`>>>` and what follows up to an empty line) and empty lines are out.
    """
    lines, example = [], False
    for line in map(clean_line, docstring.split("\n")):
        example = line.startswith(">>>") or (example and line != "")
        if line and not example:
            lines.append(line)
    titles = [at for at, (_, below) in enumerate(pairwise(lines)) if _RULE.fullmatch(below)]
    cuts = [0, *titles, len(lines)]
    parts = [lines[start:end] for start, end in pairwise(cuts)]
    return [("", parts[0])] + [(part[0], part[2:]) for part in parts[1:]]


@cache
def docstrings(package: str) -> tuple[tuple[tuple[str, list[str]], ...], ...]:
    """Sections of the docstrings of a package's modules, classes and functions, tests left out."""
    found = []
    for file in _files(package):
        if file.suffix == ".py" and "tests" not in file.parts:
            for node in _documented(ast.parse(file.locate().read_text("utf-8"))):
                docstring = ast.get_docstring(node) or ""
                if len(docstring) >= SHORTEST // 2:
                    found.append(tuple(docstring_sections(docstring)))
    return tuple(found)


def _documented(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is defined in it, statements alone visited, if they can have a docstring."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node
    for block in ("body", "orelse", "finalbody", "handlers"):
        for child in getattr(node, block, ()):
            yield from _documented(child)


@cache
def load_passages(source: str) -> tuple[Passage, ...]:
    """The distinct passages of a source, ordered by SHA-256.  Raises ValueError, MissingDataPackage.

    docs: docstrings of scientific packages. chat: human dialogues. code: Python source. strings: messages of
    user interfaces. legal: licences and notices. For testing alone, from other documents: explanations and
    lists (sections of HELD_OUT_DOCS), readmes (descriptions of packages), other chat, other code.
    """
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; allowed: {', '.join(SOURCES)}")
    found = {text: package for package, text in SOURCES[source]()}
    return tuple(
        sorted((Passage(t, source, p) for t, p in found.items()), key=lambda passage: passage.sha256)
    )


def _files(package: str) -> list:
    try:
        return sorted(distribution(package).files or ())
    except PackageNotFoundError:
        raise MissingDataPackage(
            f"data package {package!r} is not installed; install the pinned ones: make setup"
        ) from None


def _docs() -> Iterator[tuple[str, str]]:
    for package in DOCS:
        for sections in docstrings(package):
            lines = (line for title, section in sections for line in ([title] if title else []) + section)
            yield from ((package, text) for text in passages(lines))


def _sections(titles: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for sections in docstrings(HELD_OUT_DOCS):
        for title, section in sections:
            if title in titles:
                yield from ((HELD_OUT_DOCS, text) for text in passages(section))


def _chat(held_out: bool) -> Iterator[tuple[str, str]]:
    for dialogue in load_dialogues():
        digest = hashlib.sha256(dialogue.text.encode()).digest()
        if (int.from_bytes(digest[:4], "big") < HELD_OUT_CHAT * 2**32) == held_out:
            yield from (("chitchat-dataset", text) for text in passages(dialogue.text.split("\n")))


def _code(packages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for package in packages:
        for file in _files(package):
            if file.suffix == ".py" and not {"tests", "test", "migrations", "locale"} & set(file.parts):
                lines = (line for line in file.locate().read_text("utf-8").split("\n") if line.strip())
                yield from ((package, text) for text in passages(lines))


def _strings() -> Iterator[tuple[str, str]]:
    for package in STRINGS:
        messages = dict.fromkeys(
            line
            for language, file in catalog_files(package)
            if language == "de"
            for entry in polib.mofile(str(file))
            if (line := clean_line(entry.msgid))
        )
        yield from ((package, text) for text in passages(messages))


def _legal() -> Iterator[tuple[str, str]]:
    for package in LEGAL:
        for file in _files(package):
            name = file.name.lower()
            if file.suffix in ("", ".txt", ".md", ".rst") and re.search("licen|notice|copying", name):
                lines = map(clean_line, file.locate().read_text("utf-8").split("\n"))
                yield from ((package, text) for text in passages(line for line in lines if line))


def _readmes() -> Iterator[tuple[str, str]]:
    for package in READMES:
        metadata = distribution(package).metadata
        text = metadata.get_payload() or metadata.get("Description") or ""
        lines = map(clean_line, text.split("\n"))
        yield from ((package, text) for text in passages(line for line in lines if line))


SOURCES: dict[str, Callable[[], Iterator[tuple[str, str]]]] = {
    "docs": _docs,
    "chat": lambda: _chat(held_out=False),
    "code": lambda: _code(CODE),
    "strings": _strings,
    "legal": _legal,
    "explanations": lambda: _sections(EXPLANATIONS),
    "lists": lambda: _sections(LISTS),
    "readmes": _readmes,
    "other chat": lambda: _chat(held_out=True),
    "other code": lambda: _code(HELD_OUT_CODE),
}
