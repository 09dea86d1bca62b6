"""`tenfold run`: the chapters asked for, executed and reported."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console

from tenfold.book.chapters import chapter_paths, choose_chapters, load_chapter
from tenfold.book.execute import execute, plan
from tenfold.book.parameters import ParameterError
from tenfold.book.progress import ExecutionProgress
from tenfold.book.tasks import Outcome

_TRACEBACK_LINES = 12


class Interrupted(KeyboardInterrupt):
    """The user stopped the execution; says what is done and how to go on."""


def given_parameters(pairs: Iterable[str], **options: str | None) -> dict[str, str]:
    """Parameter values by name, from NAME=VALUE pairs and from options of their own (None: not given).

    Raises ParameterError for a pair without `=` and for a parameter given twice.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ParameterError(f"-p {pair} is not NAME=VALUE (e.g. -p seed=1)")
        if name in given:
            raise ParameterError(f"parameter {name} is given twice (give it once)")
        given[name] = value
    return given


def run_chapters(
    root: Path, names: Iterable[str], given: Mapping[str, str], *, jobs: int | None, force: bool
) -> int:
    """Execute the named chapters (none named: all) where needed; the exit status, 1 where any failed."""
    chapters = [load_chapter(path) for path in choose_chapters(chapter_paths(root), names)]
    tasks = plan(chapters, root, given, force=force)
    console = Console()
    fresh = len(chapters) - len(tasks)
    console.print(f"{fresh} of {len(chapters)} chapters are fresh, {len(tasks)} to execute", highlight=False)
    jobs = jobs or os.cpu_count() or 1
    outcomes: list[Outcome] = []
    try:
        with ExecutionProgress(tasks, jobs, console) as progress:
            for outcome in execute(tasks, jobs=jobs, progress=progress):
                outcomes.append(outcome)
    except KeyboardInterrupt:
        done = sum(outcome.failure is None for outcome in outcomes)
        raise Interrupted(
            f"interrupted: {done} of {len(tasks)} chapters are done and kept; "
            "the same command goes on with the rest"
        ) from None
    failed = [outcome for outcome in outcomes if outcome.failure]
    for outcome in failed:
        sys.stderr.write(_report(outcome, root))
    return 1 if failed else 0


def _report(outcome: Outcome, root: Path) -> str:
    task, failure = outcome.task, outcome.failure
    where = f"in cell {failure.cell}" if failure.cell else "outside its cells"
    lines = [f"error: {task.name} failed {where}: {failure.error.splitlines()[0]}"]
    lines += [f"    {line}" for line in failure.traceback.strip().splitlines()[-_TRACEBACK_LINES:]]
    if task.failed_copy.exists():
        lines.append(f"  as far as it came: {task.failed_copy.relative_to(root)}")
    if task.copy.exists():
        lines.append(f"  its last good copy stays: {task.copy.relative_to(root)}")
    return "\n".join(lines) + "\n"
