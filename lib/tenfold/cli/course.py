"""`tenfold student`, `tenfold grade` and `tenfold classroom-check`."""

import os
import time
from pathlib import Path

from tenfold.book.exercises import ExerciseNotebook, exercise_paths, load_exercises
from tenfold.course.classroom import Checked, check_all, table
from tenfold.course.confinement import walls
from tenfold.course.errors import CourseError
from tenfold.course.form import form_problems
from tenfold.course.grading import grade
from tenfold.course.limits import Limits
from tenfold.course.nbgrader_course import NbgraderCourse
from tenfold.course.results import Result
from tenfold.course.student import write_release
from tenfold.course.wrong_answers import load_wrong_answers


def make_student_release(root: Path, out: Path) -> int:
    """Check the form of all exercises and write the release; the exit status."""
    notebooks = _notebooks(root)
    problems = [line for one in notebooks for line in form_problems(one, load_wrong_answers(one), root)]
    if problems:
        raise CourseError("\n".join(["exercises that break the form are not released", *problems]))
    write_release(root, out, notebooks, NbgraderCourse(root / "build" / "course"))
    print(f"student release: {out} ({len(notebooks)} notebooks of exercises); its README.md is for students")
    return 0


def grade_submissions(
    root: Path, submissions: Path, out: Path, limits: Limits, *, jobs: int | None, show_hidden_tests: bool
) -> int:
    """Grade what students handed in and say what came of it; the exit status."""
    if not submissions.is_dir():
        raise CourseError(f"there is no folder {submissions} (it holds a folder for each student)")
    for what, walled in walls().items():
        if not walled:
            print(f"warning: this system cannot wall off {what}: a submission reaches what you can reach")
    gradebook = grade(
        submissions,
        out,
        root,
        _notebooks(root),
        limits=limits,
        jobs=jobs or os.cpu_count() or 1,
        show_hidden_tests=show_hidden_tests,
        report=_print_result,
    )
    print(f"gradebook: {gradebook}\nfeedback: {out / 'feedback'}")
    return 0


def check_classroom(root: Path, *, jobs: int | None) -> int:
    """Show for all exercises that they can be taught; the exit status, 1 where something is off."""
    started = time.monotonic()
    done: list[Checked] = []

    def report(checked: Checked) -> None:
        done.append(checked)
        print(
            f"{checked.notebook.name}: {len(checked.trials)} answers in {checked.seconds:.0f} s", flush=True
        )

    problems = check_all(root, _notebooks(root), jobs=jobs or os.cpu_count() or 1, report=report)
    print(f"\n{table(done)}\n")
    for problem in problems:
        print(f"problem: {problem}")
    print(
        f"{len(problems)} problems; release made and searched for solutions, its first notebook graded blank "
        f"and solved; {time.monotonic() - started:.0f} s"
    )
    return 1 if problems else 0


def _notebooks(root: Path) -> list[ExerciseNotebook]:
    return [load_exercises(path) for path in exercise_paths(root)]


def _print_result(result: Result) -> None:
    known = [points for points in result.points.values() if points is not None]
    given = f", {sum(known):g} points" if known else ""
    detail = f" ({result.detail})" if result.detail else ""
    print(f"{result.student}, {result.notebook}: {result.status}{given}{detail}", flush=True)
