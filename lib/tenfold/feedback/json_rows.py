"""Rows of large JSON files, one at a time, with errors that name the place."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold.corpora.published import DataFormatError

CHUNK = 1 << 20
MOST = 64_000_000
"""Characters of one row; more is taken for a file that is broken."""


@dataclass(frozen=True)
class Row:
    """An object of a file.  number: from 1."""

    path: Path
    number: int
    values: dict[str, Any]

    def error(self, column: str, what: str) -> DataFormatError:
        return DataFormatError(f"{self.path}, row {self.number}, column {column}: {what}")

    def get(self, column: str) -> Any:
        if column not in self.values:
            there = ", ".join(map(str, self.values))[:200] or "nothing"
            raise self.error(column, f"is missing; there is: {there}")
        return self.values[column]

    def text(self, column: str) -> str:
        return self.typed(column, self.get(column), str, "text")

    def typed(self, column: str, value: Any, kind: type, allowed: str) -> Any:
        """The value. Raises DataFormatError for another type; a truth value is no number."""
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(column, f"is {value!r:.60}; allowed: {allowed}")
        return value


def array_rows(path: str | Path) -> Iterator[Row]:
    """The objects of a JSON file that holds one array; only one of them is in memory at a time.

    Raises FileNotFoundError, DataFormatError for what is no such file or breaks off.
    """
    path = _file(path)
    decoder = json.JSONDecoder(parse_constant=_refuse)
    number, buffer, ended = 0, "", False
    with _open(path) as file:

        def more() -> bool:
            nonlocal buffer
            try:
                chunk = file.read(CHUNK)
            except UnicodeDecodeError as error:
                raise DataFormatError(
                    f"{path}, after row {number}: {error.reason}; allowed: UTF-8, as published"
                ) from None
            except (OSError, EOFError) as error:
                raise DataFormatError(f"{path}, after row {number}: {error}") from None
            buffer += chunk
            return bool(chunk)

        def mark() -> str:
            """The next character that is no white space, taken off; empty at the end."""
            nonlocal buffer
            while True:
                buffer = buffer.lstrip()
                if buffer:
                    found, buffer = buffer[0], buffer[1:]
                    return found
                if not more():
                    return ""

        if mark() != "[":
            raise DataFormatError(f"{path} holds no array; allowed: [ rows ], as published")
        wanted = mark()
        while wanted != "]":
            if number:
                if wanted != ",":
                    raise DataFormatError(
                        f"{path}, after row {number}: {wanted or 'the end'!r}; allowed: , or ]"
                    )
                wanted = mark()
            buffer = wanted + buffer
            size = CHUNK
            while True:
                try:
                    value, end = decoder.raw_decode(buffer)
                    break
                except RecursionError as error:
                    raise DataFormatError(f"{path}, row {number + 1}: {error}; allowed: JSON") from None
                except ValueError as error:
                    grown = len(buffer)
                    while len(buffer) < grown + size and more():
                        pass
                    size *= 2
                    if len(buffer) == grown or grown > MOST:
                        raise DataFormatError(f"{path}, row {number + 1}: {error}; allowed: JSON") from None
            number += 1
            buffer = buffer[end:]
            if not isinstance(value, dict):
                raise DataFormatError(f"{path}, row {number}: {value!r:.60}; allowed: an object")
            yield Row(path, number, value)
            wanted = mark()
        ended = mark() == ""
    if not ended:
        raise DataFormatError(f"{path}: more follows the array; allowed: nothing")
    if not number:
        raise DataFormatError(f"{path} has no rows; allowed: at least one")


def line_rows(path: str | Path) -> Iterator[Row]:
    """The objects of a file with one JSON object a line, compressed where its name ends in .gz."""
    path = _file(path)
    number = 0
    lines = iter(_open(path, binary=True))
    while True:
        try:
            line = next(lines, b"")
        except (OSError, EOFError) as error:
            raise DataFormatError(f"{path}, after row {number}: {error}") from None
        if not line:
            break
        number += 1
        try:
            value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_refuse)
        except UnicodeDecodeError as error:
            raise DataFormatError(f"{path}, row {number}: {error.reason}; allowed: UTF-8") from None
        except (ValueError, RecursionError) as error:
            raise DataFormatError(f"{path}, row {number}: {error}; allowed: one JSON object") from None
        if not isinstance(value, dict):
            raise DataFormatError(f"{path}, row {number}: {value!r:.60}; allowed: an object")
        yield Row(path, number, value)
    if not number:
        raise DataFormatError(f"{path} has no rows; allowed: at least one")


def _file(path: str | Path) -> Path:
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"{path} is no file; name it, or fetch it by the data set's name: tenfold fetch"
        )
    return Path(path)


def _open(path: Path, *, binary: bool = False) -> Any:
    opener = gzip.open if path.suffix == ".gz" else open
    return opener(path, "rb") if binary else opener(path, "rt", encoding="utf-8-sig", newline="")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
