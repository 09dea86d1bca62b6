"""Grading a folder of submissions, each in a process of its own; what is finished stays finished."""

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tenfold.book.exercises import ExerciseNotebook
from tenfold.course.autograde import Job, autograde
from tenfold.course.errors import CourseError
from tenfold.course.feedback import write_notice
from tenfold.course.limits import Limits
from tenfold.course.nbgrader_course import NbgraderCourse
from tenfold.course.results import (
    CRASHED,
    NOT_A_NOTEBOOK,
    TIMED_OUT,
    Result,
    read_result,
    result_file,
    write_gradebook,
    write_result,
)
from tenfold.course.submission import NotANotebook


@dataclass(frozen=True)
class Running:
    job: Job
    process: BaseProcess
    connection: Connection
    started: float
    deadline: float


def grade(
    submissions: Path,
    out: Path,
    root: Path,
    notebooks: Sequence[ExerciseNotebook],
    *,
    limits: Limits,
    jobs: int,
    show_hidden_tests: bool = False,
    report: Callable[[Result], None],
) -> Path:
    """Grade `submissions/STUDENT/NN_slug.ipynb`; returns the gradebook, `out/gradebook.csv`.

    Results are in `out/results`, feedback pages in `out/feedback`.  A submission that was graded before, with
    the same exercise and limits, is not graded again.  report: called with each result as it comes.
    Raises CourseError where there is nothing to grade.
    """
    tasks = list(_jobs(submissions, out, root, notebooks, limits, show_hidden_tests))
    if not tasks:
        example = f"ada/{notebooks[0].path.name}"
        raise CourseError(f"{submissions} holds no file STUDENT/NOTEBOOK.ipynb, for example {example}")
    stored = {job: read_result(result_file(out, job.student, job.notebook)) for job in tasks}
    results = {job: found for job, found in stored.items() if found and found.digest == job.digest}
    waiting = [job for job in tasks if job not in results]
    known = {notebook.name for notebook in notebooks}
    needed = {job.notebook for job in waiting} & known
    _make_course(out / "course", [notebook for notebook in notebooks if notebook.name in needed])
    write_gradebook(out, results.values())
    for job, result in _graded(waiting, jobs, known):
        results[job] = result
        write_result(out, result)
        write_gradebook(out, results.values())
        report(result)
    return out / "gradebook.csv"


def _jobs(submissions, out, root, notebooks, limits, show_hidden_tests) -> Iterator[Job]:
    sources = {notebook.name: notebook.path.read_bytes() for notebook in notebooks}
    settings = json.dumps([asdict(limits), show_hidden_tests]).encode()
    for file in sorted(submissions.glob("*/*")):
        if file.is_dir() or file.name.startswith("."):
            continue
        student, name = file.parent.name, file.stem if file.suffix == ".ipynb" else file.name
        content = b"" if file.is_symlink() or not file.is_file() else file.read_bytes()
        digest = hashlib.sha256(b"\0".join((content, sources.get(name, b""), settings))).hexdigest()
        yield Job(
            file=file,
            notebook=name,
            student=student,
            digest=digest,
            course=out / "course",
            work=Path(),
            root=root,
            feedback=out / "feedback" / student / f"{name}.html",
            limits=limits,
            show_hidden_tests=show_hidden_tests,
        )


def _make_course(folder: Path, notebooks: Sequence[ExerciseNotebook]) -> None:
    """nbgrader's own release of the notebooks, made anew where a source is not the one it was made of."""
    course = NbgraderCourse(folder)
    for notebook in notebooks:
        source = folder / "source" / notebook.name / notebook.path.name
        if not source.is_file() or source.read_bytes() != notebook.path.read_bytes():
            course.generate(notebook.path)


def _graded(waiting: list[Job], jobs: int, known: set[str]) -> Iterator[tuple[Job, Result]]:
    """Jobs and results as they come.  Whatever ends the iteration, no process of it is left."""
    running: dict[Connection, Running] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                job = waiting.pop(0)
                if job.notebook not in known:
                    detail = f"there is no exercise notebook of this name ({', '.join(sorted(known))})"
                    yield job, _ended(job, NOT_A_NOTEBOOK, detail, 0.0)
                    continue
                started = _start(job)
                running[started.connection] = started
            for connection in wait(list(running), timeout=0.2):
                yield running[connection].job, _finished(running.pop(connection))
            for connection, task in list(running.items()):
                if time.monotonic() > task.deadline:
                    del running[connection]
                    _stop(task)
                    detail = f"it took longer than {task.job.limits.seconds} seconds and was stopped"
                    yield task.job, _ended(task.job, TIMED_OUT, detail, time.monotonic() - task.started)
    finally:
        for task in running.values():
            _stop(task)


def _start(job: Job) -> Running:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tenfold.course.autograde"])
    here, there = context.Pipe(duplex=False)
    # A short path: sockets are in it, and their names are limited to about a hundred characters.
    job = replace(job, work=Path(tempfile.mkdtemp(prefix="tenfold-")))
    process = context.Process(target=_work, args=(job, there))
    process.start()
    there.close()
    now = time.monotonic()
    return Running(job, process, here, now, now + job.limits.seconds + job.limits.start_seconds)


def _work(job: Job, connection: Connection) -> None:
    """In the process of one submission, which leads a group of its own."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)  # a dying kernel writes to it
    try:
        connection.send(autograde(job))
    except NotANotebook as error:
        connection.send(Result(job.student, job.notebook, job.digest, NOT_A_NOTEBOOK, str(error)))
    except (CourseError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        connection.send(Result(job.student, job.notebook, job.digest, CRASHED, reason))


def _finished(task: Running) -> Result:
    """What the process of a submission sent, or the notice that it died without a word."""
    seconds = time.monotonic() - task.started
    try:
        result = replace(task.connection.recv(), seconds=seconds)
    except EOFError:
        task.process.join()
        detail = f"its grader ended with exit code {task.process.exitcode}"
        result = _ended(task.job, CRASHED, detail, seconds)
    _stop(task)
    if not result.points:
        write_notice(task.job.feedback, task.job.notebook, result.status, result.detail)
    return result


def _ended(job: Job, status: str, detail: str, seconds: float) -> Result:
    write_notice(job.feedback, job.notebook, status, detail)
    return Result(job.student, job.notebook, job.digest, status, detail, seconds=seconds)


def _stop(task: Running) -> None:
    """End the process of a submission; its kernel ends with it (see `confinement`). Its folder goes."""
    with suppress(ProcessLookupError):
        os.killpg(task.process.pid, signal.SIGKILL)
    task.process.join()
    task.connection.close()
    shutil.rmtree(task.job.work, ignore_errors=True)
