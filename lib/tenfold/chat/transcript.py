"""Recorded answers on disk: one line of JSON an answer, only ever appended to."""

import json
import os
import threading
import warnings
from pathlib import Path
from typing import Annotated

from filelock import FileLock, Timeout
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from tenfold.chat.errors import RecordingError, TornAnswerWarning
from tenfold.chat.messages import Name, Reply

LOCK_SECONDS = 300


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Answer:
    """One line of a recording: the request's key, never its text, and what was answered.

    model: the name that was asked, as in `Request.model`.  recorded: UTC time (ISO 8601).
    """

    request: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    model: Name
    reply: Reply
    recorded: str


_ANSWER = TypeAdapter(Answer)


class Transcript:
    """A file of recorded answers. Threads and processes may append to it at once, and may die while they do.

    Of two answers to one request the first in the file counts.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._answers: dict[str, Answer] = {}
        self._end = 0  # bytes of whole lines read so far
        self._lines = 0
        self._mutex = threading.RLock()

    def __repr__(self) -> str:
        return f"Transcript({str(self.path)!r})"

    def answers(self) -> dict[str, Answer]:
        """All answers by their request's key, in the order of recording; empty where the file does not exist.

        A last line that was cut off while it was written is left out, with a TornAnswerWarning.
        Raises RecordingError for any other line that is no answer.
        """
        with self._mutex:
            torn = self._read_on()
            if torn:  # or another process is writing it just now
                with self._lock():
                    torn = self._read_on()
            if torn:
                message = (
                    f"{self.path}: the last line is cut off and not used; its answer will be asked for again"
                )
                warnings.warn(message, TornAnswerWarning, stacklevel=2)
            return dict(self._answers)

    def add(self, answer: Answer) -> Answer:
        """Record an answer, and give it back as recorded: for a request answered before, the earlier answer.

        It is written under a lock and is on disk when this returns. A cut-off last line is removed first.
        Raises RecordingError; then it is not recorded.
        """
        with self._mutex, self._lock():
            self._read_on()
            if answer.request not in self._answers:
                self._write(_ANSWER.dump_json(answer) + b"\n")
                self._read_on()
            return self._answers[answer.request]

    def _lock(self) -> FileLock:
        """The lock, held. Raises RecordingError if another process keeps it or the folder is read-only."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return FileLock(self.path.with_name(f".{self.path.name}.lock")).acquire(timeout=LOCK_SECONDS)
        except Timeout as error:
            raise RecordingError(
                f"{self.path}: another process held {error.lock_file} for {LOCK_SECONDS} s; end that process"
            ) from error
        except OSError as error:
            raise RecordingError(
                f"{self.path} cannot be locked ({error}): make its folder writable"
            ) from error

    def _write(self, line: bytes) -> None:
        """Write a line behind the last whole one."""
        try:
            with open(self.path, "r+b" if self.path.exists() else "x+b", buffering=0) as file:
                file.truncate(self._end)
                try:
                    file.seek(self._end)
                    written = 0
                    while written < len(line):
                        written += file.write(line[written:])
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(self._end)
                    raise
        except OSError as error:
            raise RecordingError(
                f"{self.path} cannot be written ({error}); the answers recorded before are unharmed: "
                "free disk space or make the file writable, then give the same command again"
            ) from error

    def _read_on(self) -> int:
        """Read the lines that came since the last time; the number of bytes of a cut-off last line."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < self._end:  # replaced by a shorter file
            self._answers, self._end, self._lines = {}, 0, 0
        if size == self._end:
            return 0
        with open(self.path, "rb") as file:
            file.seek(self._end)
            new = file.read()
        whole = new.split(b"\n")
        rest = whole.pop()
        if not rest and whole and not _is_json(whole[-1]):
            rest = whole.pop() + b"\n"
        for line in whole:
            self._lines += 1
            answer = self._parse(line)
            self._answers.setdefault(answer.request, answer)
        self._end += len(new) - len(rest)
        return len(rest)

    def _parse(self, line: bytes) -> Answer:
        try:
            return _ANSWER.validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecordingError(
            f"{self.path}, line {self._lines}: {f'field {where!r}: ' if where else ''}{first['msg']}. "
            "Restore the file from version control, or delete the line to have its answer asked for again"
        )


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
