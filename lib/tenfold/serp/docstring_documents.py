"""Documents of kind docs: docstrings with the names of what they describe."""

import ast
import re
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution

from tenfold.serp.documents import Document
from tenfold.serp.installed import shipped

PACKAGES = ("pandas", "statsmodels", "matplotlib", "sympy", "seaborn", "Django", "pydantic", "rich", "joblib")
PACKAGES += ("datasets",)
"""Only packages that the lock gives in one version for every Python, so that all indexes are alike."""
SHORTEST = 60
LONGEST = 4_000
"""Characters of a docstring that are indexed; the rest is mostly tables of parameters and examples."""

_HEADING = re.compile(r"^(?:[-=~^*]{3,}\n)?(.+?):?\n[-=~^*]{3,}$", re.MULTILINE)
_ROLE = re.compile(r":[\w:]+:`~?([^`]*)`")
_SIGN = re.compile(r"`+|\s?\[\w+\]_|^\.\. [\w-]+::.*$|^\.\. \[\w+\] ?", re.MULTILINE)


def docstring_documents(packages: Sequence[str] = PACKAGES) -> Iterator[Document]:
    """One document a public module, class or function with a docstring of at least 60 characters.

    Names that begin with an underscore, and folders named tests, are left out, and so are examples (from
    `>>>` to the next empty line). Raises MissingDataPackage.
    """
    for package in packages:
        for path, file in shipped(package, lambda path: path.suffix == ".py"):
            parts = path.with_suffix("").parts
            if any(part.startswith("_") and part != "__init__" for part in parts) or "tests" in parts:
                continue
            module = ".".join(part for part in parts if part != "__init__")
            try:
                tree = ast.parse(file.read_text("utf-8"))
            except (SyntaxError, UnicodeDecodeError):  # a template of source code
                continue
            version = distribution(package).version
            for name, signature, text in _described(tree, module):
                yield Document(f"docs:{name}", "docs", name, text, package, version, signature=signature)


def _described(tree: ast.Module, module: str) -> Iterator[tuple[str, str, str]]:
    """(dotted name, signature, prose) of the public things in a module, and of the module itself."""
    found: list[tuple[str, ast.AST]] = [(module, tree)]
    while found:
        name, node = found.pop(0)
        text = prose(ast.get_docstring(node) or "")[:LONGEST]
        if len(text) >= SHORTEST:
            yield name, _signature(node), text
        for child in node.body:
            public = isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if public and not child.name.startswith("_") and not isinstance(node, ast.FunctionDef):
                found.append((f"{name}.{child.name}", child))


def _signature(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        return f"{node.name}({', '.join(name for name in names if name not in ('self', 'cls'))})"
    return f"class {node.name}" if isinstance(node, ast.ClassDef) else ""


def prose(docstring: str) -> str:
    """A docstring's lines without examples and the signs of reStructuredText.

    A heading stands in a paragraph of its own, with a colon for its underline.
    """
    lines, example = [], False
    for line in docstring.split("\n"):
        example = line.lstrip().startswith(">>>") or (example and line.strip() != "")
        if not example:
            lines.append(line.strip())
    text = _ROLE.sub(r"\1", _HEADING.sub(r"\n\n\1:", "\n".join(lines)))
    return re.sub(r"\n{3,}", "\n\n", _SIGN.sub("", text)).strip()
