"""How far a sweep is and how long it will still take."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

LINE_SECONDS = 30


class SweepProgress:
    """A bar on a terminal, a line every half minute elsewhere; the time left follows from the cost so far."""

    def __init__(self, name: str, runs: int, cost: float, *, show: bool = True) -> None:
        self.name, self.runs, self.cost = name, runs, cost
        self.runs_done, self.cost_done = 0, 0.0
        self.start = self.printed = time.monotonic()
        console = Console(stderr=True, force_jupyter=False)
        self.lines = show and not console.is_terminal
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            console=console,
            disable=not show or self.lines,
        )
        self.task = self.bar.add_task(name, total=cost or 1, state=self.state())

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def advance(self, runs: int, cost: float) -> None:
        """Count finished runs and their cost."""
        self.runs_done += runs
        self.cost_done += cost
        self.bar.update(self.task, completed=self.cost_done, state=self.state())
        now = time.monotonic()
        if self.lines and (now - self.printed >= LINE_SECONDS or self.runs_done == self.runs):
            self.printed = now
            print(f"{self.name}: {self.state()}", file=sys.stderr, flush=True)

    def state(self) -> str:
        return f"{self.runs_done}/{self.runs} runs, {self.time_left()}"

    def time_left(self) -> str:
        elapsed = time.monotonic() - self.start
        if self.cost_done <= 0:
            return "time left not known yet"
        return f"{duration(elapsed * max(self.cost - self.cost_done, 0) / self.cost_done)} left"


def duration(seconds: float) -> str:
    """1 h 05 min, 3 min 20 s or 12 s."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"
