"""The parameters of a chapter: literals in its cell tagged `parameters`, and values given for them."""

import ast
import difflib
from collections.abc import Iterable, Mapping

# The parameters every chapter has, with the values they may take; None: any integer.
COMMON: dict[str, tuple[str, ...] | None] = {
    "profile": ("smoke", "laptop", "gpu"),
    "runs": ("recorded", "fresh"),
    "seed": None,
}

# What reading text or a syntax tree as a literal raises; deep nesting ends in the last two.
_NO_LITERAL = (ValueError, SyntaxError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError)


class ParameterError(ValueError):
    """A parameters cell or a parameter's value that is not allowed; one line, with what is allowed."""


def read_parameters(tree: ast.Module) -> dict[str, object]:
    """The names and default values assigned in a parameters cell.

    Raises ParameterError where a line does anything but assign a literal to a name, where profile, runs or
    seed is missing, and where one of them has a value that is not allowed.
    """
    parameters: dict[str, object] = {}
    for node in tree.body:
        try:
            (target,) = node.targets
            value = ast.literal_eval(node.value)
            if not isinstance(value, str | int | float | None):
                raise ValueError(value)
            parameters[target.id] = value
        except _NO_LITERAL:
            raise ParameterError(
                f"line {node.lineno} of the parameters is not 'name = a string, number, True, False or None' "
                "(derive other values in the next cell)"
            ) from None
    missing = [name for name in COMMON if name not in parameters]
    if missing:
        raise ParameterError(
            f"the parameters lack {', '.join(missing)} (every chapter has {', '.join(COMMON)})"
        )
    for name in COMMON:
        _check_common(name, parameters[name])
    return parameters


def parse_values(given: Mapping[str, str], defaults: Mapping[str, object]) -> dict[str, object]:
    """Values given as text, read as the type of each parameter's default.

    A parameter whose default is None takes any literal. Raises ParameterError for a name that is no
    parameter, with the nearest match, and for a value of another type or outside the allowed ones.
    """
    values = {}
    for name, text in given.items():
        if name not in defaults:
            raise ParameterError(
                f"no parameter {name!r}{nearest(name, defaults)} (parameters: {', '.join(defaults)})"
            )
        values[name] = _read(name, text, defaults[name])
        _check_common(name, values[name])
    return values


def nearest(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` for the closest known name, or nothing where none is close."""
    match = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {match[0]!r}?" if match else ""


def _read(name: str, text: str, default: object) -> object:
    if isinstance(default, str):
        return text
    wanted = "a Python literal" if default is None else f"of type {type(default).__name__}, like {default!r}"
    try:
        value = ast.literal_eval(text)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
    except _NO_LITERAL:
        raise ParameterError(f"{name} is {text!r:.60} (it must be {wanted})") from None
    if default is not None and type(value) is not type(default):
        raise ParameterError(f"{name} is {text!r} (it must be {wanted})")
    return value


def _check_common(name: str, value: object) -> None:
    allowed = COMMON.get(name, ())
    if allowed is None and type(value) is not int:
        raise ParameterError(f"{name} is {value!r} (it must be an integer)")
    if allowed and value not in allowed:
        raise ParameterError(
            f"{name} is {value!r}{nearest(str(value), allowed)} (allowed: {', '.join(allowed)})"
        )
