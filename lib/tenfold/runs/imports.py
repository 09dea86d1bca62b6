"""Which modules of tenfold a piece of source imports, found in its text without running it.

What is imported by name at run time (`importlib.import_module`) is not seen.
"""

import ast
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tenfold.runs.errors import SourceError

PACKAGE = "tenfold"


def source_file(module: str) -> Path | None:
    """The file of a module of tenfold, for a package its `__init__.py`; None if there is none."""
    first, *parts = module.split(".")
    if first != PACKAGE:
        return None
    for folder in importlib.import_module(PACKAGE).__path__:
        stem = Path(folder, *parts)
        for file in (stem / "__init__.py", *([stem.with_suffix(".py")] if parts else [])):
            if file.is_file():
                return file
    return None


def parse(module: str) -> ast.Module:
    """The syntax tree of a module of tenfold. Raises SourceError for an unknown module or broken source."""
    file = source_file(module)
    if file is None:
        raise SourceError(f"module {module!r} is no source file of {PACKAGE}: give a module inside {PACKAGE}")
    return parse_text(file.read_bytes(), str(file))


def parse_text(source: str | bytes, name: str) -> ast.Module:
    try:
        return ast.parse(source, filename=name)
    except (SyntaxError, ValueError) as error:
        raise SourceError(f"{name} is not Python source: {error}") from error


def closure(modules: Iterable[str]) -> tuple[set[str], set[str]]:
    """The modules with all they import from tenfold, directly or not; and the re-exports followed."""
    found: set[str] = set()
    names: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            file = source_file(module)
            package = module if file and file.name == "__init__.py" else module.rpartition(".")[0]
            direct, followed = imported(parse(module), package)
            waiting.extend(direct)
            names |= followed
    return found, names


def imported(tree: ast.Module, package: str) -> tuple[set[str], set[str]]:
    """The modules that `tree`, source in `package`, imports itself; and the re-exports that were followed."""
    modules: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE}
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            if base.split(".")[0] == PACKAGE:
                for alias in node.names:
                    *followed, module = _origin(base, alias.name)
                    modules.add(module)
                    names.update(followed)
    return modules, names


def _base(node: ast.ImportFrom, package: str) -> str:
    """The absolute name of the module after `from`."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _origin(base: str, name: str) -> Iterator[str]:
    """The re-exports that `from base import name` goes through, then the module that it reads the name from.

    A package's `__init__.py` that only hands the name on from another module does not count itself. As in
    Python, what `__init__.py` binds comes before a submodule of the same name.
    """
    file = source_file(base)
    if file is not None and file.name != "__init__.py":
        yield base
        return
    submodule = f"{base}.{name}"
    if file is None:
        yield submodule if source_file(submodule) else base
        return
    for node in reversed(parse(base).body):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin = _base(node, base)
                if name == (alias.asname or alias.name) and origin.split(".")[0] == PACKAGE:
                    yield f"{base}:{name} is {origin}:{alias.name}"
                    yield from _origin(origin, alias.name)
                    return
        elif name in _bound(node):
            yield base
            return
    yield submodule if source_file(submodule) else base


def _bound(node: ast.stmt) -> set[str]:
    """The names a top-level statement binds, imports from elsewhere aside."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
