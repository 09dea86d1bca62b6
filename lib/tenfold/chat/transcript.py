"""Recorded answers on disk: one line of JSON an answer, only ever appended to."""

import os
import threading
import warnings
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from tenfold.chat.errors import RecordingError, TornAnswerWarning
from tenfold.chat.messages import Name, Reply
from tenfold.runs import journal


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
                with journal.lock(self.path, RecordingError):
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
        with self._mutex, journal.lock(self.path, RecordingError):
            self._read_on()
            if answer.request not in self._answers:
                line = _ANSWER.dump_json(answer) + b"\n"
                journal.write_lines(self.path, line, self._end, RecordingError, "answers")
                self._read_on()
            return self._answers[answer.request]

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
        whole, rest = journal.whole_lines(new)
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
