"""Documentation prose: the docstrings of pinned scientific packages, read from their source files."""

import ast
from collections.abc import Iterator
from importlib.metadata import files

from tenfold.corpora.clean import clean_line

PACKAGES = ("numpy", "scipy", "pandas", "statsmodels")
SHORTEST = 200
"""Docstrings of fewer characters are mostly one-line labels and are left out."""


def package_docstrings() -> Iterator[str]:
    """One document a docstring: lines cleaned, examples (`>>>` and what follows up to an empty line) out."""
    for package in PACKAGES:
        sources = sorted(
            file for file in files(package) or () if file.suffix == ".py" and "tests" not in file.parts
        )
        for source in sources:
            tree = ast.parse(source.locate().read_text("utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    text = _prose(ast.get_docstring(node) or "")
                    if len(text) >= SHORTEST:
                        yield text


def _prose(docstring: str) -> str:
    lines, example = [], False
    for line in map(clean_line, docstring.split("\n")):
        example = line.startswith(">>>") or (example and line != "")
        if line and not example:
            lines.append(line)
    return "\n".join(lines)
