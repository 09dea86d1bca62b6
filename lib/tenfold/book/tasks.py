"""What is executed and how it ended: the messages between the runner and its worker processes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """One chapter to execute.

    source: the notebook's text; cells: how many it has; changed: the parameters that differ from its
    defaults; copy: where the executed copy goes; environment: variables for the kernel; stamp:
    `metadata.tenfold` of the copy as far as it is known before; expected: seconds the last execution took,
    None where there was none.
    """

    name: str
    source: str
    cells: int
    changed: dict[str, object]
    copy: Path
    root: Path
    environment: dict[str, str]
    stamp: dict[str, object]
    expected: float | None

    @property
    def failed_copy(self) -> Path:
        return self.copy.parent / "failed" / self.copy.name


@dataclass(frozen=True)
class Failure:
    """What stopped a chapter.  cell: its number in the notebook, None outside any cell."""

    cell: int | None
    error: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """How a task ended: with a new copy in place, or with a failure and the old copy as it was."""

    task: Task
    seconds: float
    failure: Failure | None = None
