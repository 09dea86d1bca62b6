"""The fingerprint of the code that determines a result.

Wording must not count (comments, docstrings, line breaks), and Python 3.11, 3.12 and 3.13 must agree. Neither
`ast.dump` (3.12 adds `type_params`, 3.13 leaves empty fields out) nor `ast.unparse` (3.12 quotes f-strings in
another way) nor tokens (3.12 splits f-strings) is the same in all three. The syntax tree itself is, but for
three things, so it is written out here by a rule of our own: empty fields are left out, literals are written
in ASCII (what `repr` escapes depends on the Unicode version), and neighbouring literal pieces of f-strings
are joined.
"""

import ast
import hashlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tenfold.runs.errors import SourceError
from tenfold.runs.imports import PACKAGE, closure, imported, parse, parse_text

Source = ModuleType | Callable[..., Any] | str


def source_modules(*sources: Source) -> list[str]:
    """The names of the modules of tenfold that the given ones consist of and import, directly or not, sorted.

    sources: modules, functions or classes of tenfold, or module names. Raises SourceError.
    """
    return sorted(closure(_module_name(source) for source in sources)[0])


def modules_imported_by(source: str) -> set[str]:
    """The modules of tenfold that a piece of Python source (a chapter's cells) imports, directly or not.

    Raises SourceError where the text is not Python.
    """
    direct, _ = imported(parse_text(source, "the given source"), package="")
    return closure(direct)[0]


def source_fingerprint(*sources: Source) -> str:
    """SHA-256 (hex) over the code of `source_modules(*sources)`, without comments and docstrings.

    It does not change with wording, layout or the Python version (3.11 to 3.13), nor with a module that is
    not imported. sources: as for `source_modules`. Raises SourceError.
    """
    modules, names = closure(_module_name(source) for source in sources)
    code = {module: normal_form(parse(module)) for module in modules}
    return hashlib.sha256(json.dumps([code, sorted(names)], sort_keys=True).encode()).hexdigest()


def normal_form(value: Any) -> Any:
    """A syntax tree as nested lists of strings, the same in every supported Python version."""
    if isinstance(value, ast.Constant):
        return ["Constant", type(value.value).__name__, ascii(value.value)]
    if isinstance(value, ast.JoinedStr):
        return ["JoinedStr", [normal_form(part) for part in _joined(value.values)]]
    if isinstance(value, ast.AST):
        forms = {name: _field(name, content) for name, content in ast.iter_fields(value)}
        return [type(value).__name__, {name: form for name, form in forms.items() if form not in (None, [])}]
    return ascii(value)


def _field(name: str, content: Any) -> Any:
    if content is None or name in ("ctx", "type_comment"):
        return None
    if name == "format_spec" and not _joined(content.values):
        return None
    if isinstance(content, list):
        return [normal_form(part) for part in content if not _is_wording(part)]
    return normal_form(content)


def _is_wording(node: Any) -> bool:
    """Whether this is a docstring, or any other string that stands alone as a statement."""
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """The pieces of an f-string with neighbouring literals joined and empty ones left out."""
    joined: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.Constant) and joined and isinstance(joined[-1], ast.Constant):
            joined[-1] = ast.Constant(joined[-1].value + part.value)
        elif not (isinstance(part, ast.Constant) and part.value == ""):
            joined.append(part)
    return joined


def _module_name(source: Source) -> str:
    if isinstance(source, str):
        name = source
    elif isinstance(source, ModuleType):
        name = source.__name__
    else:
        name = getattr(source, "__module__", type(source).__name__)
    if name.split(".")[0] != PACKAGE:
        raise SourceError(f"{source!r} belongs to {name!r}: move it into a module of {PACKAGE}")
    return name
