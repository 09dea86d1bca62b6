"""Finding JSON in what a model wrote, without trusting it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_STARTS = 200
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


def json_values(text: str) -> Iterator[str]:
    """The outermost JSON objects and arrays in a text, as they stand there, from left to right.

    Prose and code fences around them are passed over, and so is what a reasoning model thinks aloud before
    its answer (`<think>…</think>`). NaN, infinities, repeated names and nesting beyond Python's limit are
    no JSON here. Only the first 200 opening brackets are tried, so that hostile text cannot take long.
    """
    thought = _THOUGHT.match(text)
    position = thought.end() if thought else 0
    decoder = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)
    for _ in range(MAX_STARTS):
        start = min((at for bracket in "{[" if (at := text.find(bracket, position)) >= 0), default=-1)
        if start < 0:
            return
        try:
            _, position = decoder.raw_decode(text, start)
            yield text[start:position]
        except (ValueError, RecursionError):
            position = start + 1


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return values
