"""Checked dataclasses whose errors name the field, however its value was passed."""

import dataclasses
import functools
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def name_arguments(cls: Class) -> Class:
    """Pass positional arguments on by name, since pydantic's errors would show their position instead."""
    names = [field.name for field in dataclasses.fields(cls)]
    checked = cls.__init__

    @functools.wraps(checked)
    def by_name(self: Any, *values: Any, **settings: Any) -> None:
        if len(values) > len(names) or settings.keys() & set(names[: len(values)]):
            raise TypeError(f"{cls.__name__} takes {', '.join(names)}, each once")
        checked(self, **dict(zip(names, values, strict=False)), **settings)

    cls.__init__ = by_name
    return cls
