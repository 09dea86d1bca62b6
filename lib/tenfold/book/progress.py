"""What the execution of chapters shows: a bar with the time left, and a line for every chapter that ends."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tenfold.book.tasks import Outcome, Task
from tenfold.runs.progress import LINE_SECONDS, duration


class ExecutionProgress:
    """Follows `execute`: a bar on a terminal, a line every half minute elsewhere."""

    def __init__(self, tasks: Sequence[Task], jobs: int, console: Console) -> None:
        self.waiting = list(tasks)
        self.jobs = jobs
        self.ended = 0
        self.running: dict[str, tuple[Task, float]] = {}
        self.cells: dict[str, int] = {}
        self.console = console
        self.bar = Progress(
            BarColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.printed = time.monotonic()
        self.line = self.bar.add_task("", total=max(len(tasks), 1))

    def __enter__(self) -> Self:
        self.bar.start()
        self.tick()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def started(self, task: Task) -> None:
        self.waiting.remove(task)
        self.running[task.name] = task, time.monotonic()
        self.cells[task.name] = 1

    def cell_started(self, task: Task, cell: int) -> None:
        self.cells[task.name] = cell

    def ended_with(self, outcome: Outcome) -> None:
        del self.running[outcome.task.name]
        self.ended += 1
        word = "[red]failed[/]" if outcome.failure else "done"
        self.console.print(f"{outcome.task.name}: {word} in {duration(outcome.seconds)}", highlight=False)
        self.tick()

    def tick(self) -> None:
        """Bring the bar up to date."""
        cells = ", ".join(
            f"{name} cell {self.cells[name]}/{task.cells}" for name, (task, _) in self.running.items()
        )
        total = self.ended + len(self.running) + len(self.waiting)
        left = self.seconds_left()
        told = "time left not known yet" if left is None else f"{duration(left)} left"
        done = self.ended + sum(self._share_done(task) for task, _ in self.running.values())
        state = f"{self.ended}/{total} chapters, {told}: {cells}"
        self.bar.update(self.line, completed=done, description=state)
        if not self.console.is_terminal and time.monotonic() - self.printed >= LINE_SECONDS:
            self.printed = time.monotonic()
            self.console.print(state, highlight=False)

    def seconds_left(self) -> float | None:
        """Estimated from each chapter's last time, else from its cells; None while there is neither."""
        running = [
            self._seconds_left(task, time.monotonic() - start) for task, start in self.running.values()
        ]
        rest = running + [task.expected for task in self.waiting]
        return None if None in rest else max(sum(rest) / self.jobs, *rest, 0.0)

    def _seconds_left(self, task: Task, elapsed: float) -> float | None:
        if task.expected is not None:
            return max(task.expected - elapsed, 0.0)
        share = self._share_done(task)
        return elapsed * (1 - share) / share if share else None

    def _share_done(self, task: Task) -> float:
        return (self.cells[task.name] - 1) / task.cells
