"""Executing chapters in parallel: which ones need it, and the processes that do it."""

import math
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tenfold.book.chapters import Chapter
from tenfold.book.copies import executed_folder, read_stamp
from tenfold.book.fingerprint import fingerprint
from tenfold.book.parameters import ParameterError, parse_values
from tenfold.book.process import WorkerProcess
from tenfold.book.progress import ExecutionProgress
from tenfold.book.tasks import Outcome, Task

_POLL_SECONDS = 0.2


def plan(
    chapters: Sequence[Chapter], root: Path, given: Mapping[str, str], *, force: bool = False
) -> list[Task]:
    """The chapters whose executed copy is missing or made from other inputs (with `force`, all), as tasks.

    given: parameter values as text. Raises ParameterError, ChapterError or SourceError before anything is
    executed.
    """
    commit = current_commit(root)
    tasks = [_task(chapter, root, _values(chapter, given), commit) for chapter in chapters]
    return [task for task in tasks if force or not is_fresh(task)]


def is_fresh(task: Task) -> bool:
    """Whether the executed copy was made from the task's inputs."""
    stamp = read_stamp(task.copy)
    return stamp is not None and stamp["fingerprint"] == task.stamp["fingerprint"]


def execute(tasks: Iterable[Task], *, jobs: int, progress: ExecutionProgress) -> Iterator[Outcome]:
    """Execute the tasks, `jobs` at a time, each in its own process; yields outcomes as they come.

    Tasks that took long the last time start first, unknown ones before them. When the iteration ends early
    (an exception, Ctrl-C), running chapters are stopped; finished ones stay.
    """
    if jobs < 1:
        raise ValueError(f"jobs is {jobs} (it must be at least 1)")
    waiting = sorted(tasks, key=lambda task: -math.inf if task.expected is None else -task.expected)
    running: dict[Connection, WorkerProcess] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                worker = WorkerProcess.start(waiting.pop(0))
                running[worker.connection] = worker
                progress.started(worker.task)
            for connection in wait(list(running), timeout=_POLL_SECONDS):
                message = running[connection].receive()
                if isinstance(message, Outcome):
                    del running[connection]
                    progress.ended_with(message)
                    yield message
                else:
                    progress.cell_started(running[connection].task, message)
            progress.tick()
    finally:
        for worker in running.values():
            worker.process.terminate()
        for worker in running.values():
            worker.process.join()


def current_commit(root: Path) -> str:
    """The project's commit, with `+changes` where tracked files differ from it; `unknown` without git."""
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _values(chapter: Chapter, given: Mapping[str, str]) -> dict[str, object]:
    try:
        return parse_values(given, chapter.parameters)
    except ParameterError as error:
        raise ParameterError(f"{chapter.name}: {error}") from None


def _task(chapter: Chapter, root: Path, values: Mapping[str, object], commit: str) -> Task:
    changed = {name: value for name, value in values.items() if value != chapter.parameters[name]}
    parameters = {**chapter.parameters, **changed}
    found = fingerprint(chapter, parameters, root)
    copy = executed_folder(root, changed) / f"{chapter.name}.ipynb"
    return Task(
        name=chapter.name,
        source=chapter.source,
        cells=len(chapter.notebook["cells"]),
        changed=changed,
        copy=copy,
        root=root,
        environment={
            "OMP_NUM_THREADS": "1",  # chapters run side by side; more threads only slow small models down
            "PYTHONHASHSEED": "0",
            "TENFOLD_ROOT": str(root),
            "TENFOLD_FINGERPRINT": found.digest,
            "TENFOLD_COMMIT": commit,
        },
        stamp={
            "fingerprint": found.digest,
            "inputs": found.inputs,
            "parameters": parameters,
            "commit": commit,
        },
        expected=(read_stamp(copy) or {}).get("seconds"),
    )


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", os.fspath(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
