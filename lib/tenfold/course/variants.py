"""Answers tried on their checks: the setup runs once, each answer in a copy of what it left.

Run as a program it writes one JSON line for each answer: `python -m tenfold.course.variants NOTEBOOK`.
"""

import contextlib
import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tenfold.book.exercise_regions import SOLUTION
from tenfold.book.exercises import Exercise, ExerciseNotebook, load_exercises
from tenfold.course.wrong_answers import load_wrong_answers

STUB, REFERENCE, WRONG = "stub", "reference", "wrong"
NO_ANSWERS = ("ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "TimeoutError")
LONGEST_SECONDS = 60  # of one answer with its check


@dataclass(frozen=True)
class Trial:
    """One answer and how its check went.  kind: STUB, REFERENCE or WRONG; number: of a wrong answer, from 1.

    error: the exception's class, empty if the check passed.  seconds: of answer and check.
    """

    exercise: str
    kind: str
    number: int
    error: str
    message: str
    seconds: float

    def problem(self) -> str:
        """Why this is not what a course can use; empty if it is."""
        if self.kind == REFERENCE:
            return f"the reference solution fails: {self.error}: {self.message}" if self.error else ""
        what = "the stub" if self.kind == STUB else f"wrong answer {self.number}"
        if not self.error:
            return f"{what} passes the check"
        if self.error in NO_ANSWERS:
            return f"{what} is not refused by the check, it does not run: {self.error}: {self.message}"
        return ""


def try_answers(notebook: ExerciseNotebook) -> Iterator[Trial]:
    """Every stub, reference solution and wrong answer of a notebook on its check, each in a forked process.

    Raises what the setup cell raises.
    """
    wrong = load_wrong_answers(notebook).by_exercise
    namespace: dict = {"__name__": "__main__"}
    exec(compile(notebook.setup, f"{notebook.name}, setup", "exec"), namespace)
    for exercise in notebook.exercises:
        if exercise.is_open:
            continue
        stub = SOLUTION.replaced(exercise.answer, "raise NotImplementedError()")
        yield _try(exercise, STUB, 0, stub, namespace)
        yield _try(exercise, REFERENCE, 0, exercise.answer, namespace)
        for number, answer in enumerate(wrong.get(exercise.id, []), start=1):
            yield _try(exercise, WRONG, number, answer, namespace)


def _try(exercise: Exercise, kind: str, number: int, answer: str, namespace: dict) -> Trial:
    """Fork, run answer and check in the child, and read from it how they ended."""
    ours, theirs = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(ours)
        os.write(theirs, json.dumps(_run(answer, exercise.check, namespace)).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        sent = pipe.read()
    os.waitpid(child, 0)
    error, message = json.loads(sent) if sent else ("ProcessDied", "the process of the answer died")
    return Trial(exercise.id, kind, number, error, message, time.monotonic() - started)


def _run(answer: str, check: str, namespace: dict) -> tuple[str, str]:
    """Class and message of what the answer or its check raises; empty if both end well."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST_SECONDS)
    written = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(answer, "answer", "exec"), namespace)
            with contextlib.redirect_stderr(written):
                exec(compile(check, "check", "exec"), namespace)
    except BaseException as error:
        return type(error).__name__, str(error)[:300]
    finally:
        signal.alarm(0)
    if written.getvalue():
        return "StderrOutput", f"nbgrader gives no points to a check that writes {written.getvalue()[:200]!r}"
    return "", ""


def _too_long(*_: object) -> None:
    raise TimeoutError(f"it took more than {LONGEST_SECONDS} seconds")


def _main() -> None:
    for trial in try_answers(load_exercises(Path(sys.argv[1]))):
        print(json.dumps(asdict(trial)), flush=True)


if __name__ == "__main__":
    _main()
