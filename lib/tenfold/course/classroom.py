"""The proof that a course can be taught from this: form, release, every answer on its check, one grading."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tenfold.book.exercises import ExerciseError, ExerciseNotebook, grade_id
from tenfold.course.form import form_problems
from tenfold.course.grading import grade
from tenfold.course.leaks import leaks
from tenfold.course.limits import Limits
from tenfold.course.nbgrader_course import NbgraderCourse
from tenfold.course.results import GRADED, Result
from tenfold.course.student import write_release
from tenfold.course.variants import REFERENCE, STUB, WRONG, Trial
from tenfold.course.wrong_answers import load_wrong_answers

NOTEBOOK_SECONDS = 300


@dataclass(frozen=True)
class Checked:
    """What came of one notebook.  seconds: the setup and all answers."""

    notebook: ExerciseNotebook
    trials: list[Trial]
    problems: list[str]
    seconds: float


def check_answers(root: Path, notebook: ExerciseNotebook) -> Checked:
    """The form of a notebook, and all its stubs, solutions and wrong answers, run in a process of its own."""
    started = time.monotonic()
    try:
        problems = form_problems(notebook, load_wrong_answers(notebook), root)
    except ExerciseError as error:
        return Checked(notebook, [], [str(error)], 0.0)
    command = [sys.executable, "-m", "tenfold.course.variants", str(notebook.path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TENFOLD_ROOT": str(root)}
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=NOTEBOOK_SECONDS,
        )
    except subprocess.TimeoutExpired:
        stopped = f"{notebook.name}: its answers took more than {NOTEBOOK_SECONDS} seconds"
        return Checked(notebook, [], [*problems, stopped], time.monotonic() - started)
    trials = [Trial(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        problems.append(f"{notebook.name}: the setup cell fails: {last}")
    problems += [f"{notebook.name}, {t.exercise}: {t.problem()}" for t in trials if t.problem()]
    return Checked(notebook, trials, problems, time.monotonic() - started)


def check_all(
    root: Path,
    notebooks: Sequence[ExerciseNotebook],
    *,
    jobs: int,
    report: Callable[[Checked], None],
) -> list[str]:
    """All checks of a course; what is wrong, one line each. report: called with each notebook, in order."""
    problems = []
    with ThreadPoolExecutor(jobs) as pool:
        for checked in pool.map(lambda notebook: check_answers(root, notebook), notebooks):
            report(checked)
            problems += checked.problems
    with tempfile.TemporaryDirectory(prefix="tenfold-class-") as folder:
        return problems + check_release(root, notebooks, Path(folder))


def check_release(root: Path, notebooks: Sequence[ExerciseNotebook], folder: Path) -> list[str]:
    """Make the release in an empty folder, look for leaks, and let nbgrader grade two students' notebooks."""
    release = folder / "release"
    write_release(root, release, notebooks, NbgraderCourse(folder / "course"))
    first = notebooks[0]
    blank = nbformat.read(release / "exercises" / first.path.name, as_version=4)
    answers = {exercise.id: exercise.answer for exercise in first.exercises}
    for student, given in {"blank": {}, "solved": answers}.items():
        handed_in = folder / "submissions" / student / first.path.name
        handed_in.parent.mkdir(parents=True)
        notebook = nbformat.from_dict(blank)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = given.get(grade_id(cell)) or cell.source
        nbformat.write(notebook, handed_in)
    results: list[Result] = []
    grade(folder / "submissions", folder, root, [first], limits=Limits(), jobs=2, report=results.append)
    points = {result.student: result for result in results}
    checked = [exercise for exercise in first.exercises if not exercise.is_open]
    expected = {
        "blank": dict.fromkeys((e.id for e in checked), 0.0),
        "solved": {e.id: float(e.points) for e in checked},
    }
    problems = leaks(release, notebooks)
    for student, wanted in expected.items():
        result = points[student]
        given = {id: value for id, value in result.points.items() if id in wanted}
        if result.status != GRADED or given != wanted:
            problems.append(
                f"{first.name}: graded by nbgrader, the {student} notebook is {result.status!r} with {given} "
                f"({wanted}) {result.detail}"
            )
    return problems


def table(checked: Sequence[Checked]) -> str:
    """One line an exercise: minutes, points, whether stub, reference and wrong answers do what they must."""
    lines = [
        f"{'notebook':<24}{'exercise':<10}{'minutes':>8}{'points':>8}  {'stub':<8}{'solution':<10}"
        f"{'wrong answers':<15}{'seconds':>8}"
    ]
    for one in checked:
        for exercise in one.notebook.exercises:
            trials = [trial for trial in one.trials if trial.exercise == exercise.id]
            lines.append(
                f"{one.notebook.name:<24}{exercise.id:<10}{exercise.minutes:>8}{exercise.points:>8g}  "
                + (f"{'by hand':<33}{'-':>8}" if exercise.is_open else _outcome(trials))
            )
        lines.append(f"{one.notebook.name:<24}{'all, with setup':<59}{one.seconds:>8.1f}")
    return "\n".join(lines)


def _outcome(trials: Sequence[Trial]) -> str:
    by_kind = {kind: [trial for trial in trials if trial.kind == kind] for kind in (STUB, REFERENCE, WRONG)}
    stub = "fails" if all(t.error for t in by_kind[STUB]) and by_kind[STUB] else "PASSES"
    solution = "FAILS" if any(t.error for t in by_kind[REFERENCE]) or not by_kind[REFERENCE] else "passes"
    refused = sum(not trial.problem() for trial in by_kind[WRONG])
    wrong = f"{refused} of {len(by_kind[WRONG])} fail"
    seconds = sum(trial.seconds for trial in by_kind[REFERENCE])
    return f"{stub:<8}{solution:<10}{wrong:<15}{seconds:>8.1f}"
