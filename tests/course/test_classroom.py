"""The book's own exercises can be taught: stubs fail, solutions pass, wrong answers fail, nothing leaks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenfold.book.exercises import exercise_paths, grade_id, load_exercises
from tenfold.course.classroom import check_answers, check_release, table
from tenfold.course.variants import Trial

ROOT = Path(__file__).parents[2]
PATHS = exercise_paths(ROOT)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_stubs_fail_solutions_pass_and_wrong_answers_fail(path):
    notebook = load_exercises(path)
    checked = check_answers(ROOT, notebook)
    assert checked.problems == []
    coded = [exercise.id for exercise in notebook.exercises if not exercise.is_open]
    for id in coded:
        kinds = [trial.kind for trial in checked.trials if trial.exercise == id]
        assert (kinds.count("stub"), kinds.count("reference")) == (1, 1)
        assert kinds.count("wrong") >= 3


@pytest.fixture(scope="module")
def checked_release(tmp_path_factory):
    """What is wrong with the release of the book, and its folder."""
    folder = tmp_path_factory.mktemp("book")
    return check_release(ROOT, [load_exercises(path) for path in PATHS], folder), folder / "release"


def test_the_release_of_the_book_leaks_nothing_and_is_graded_right(checked_release):
    problems, _ = checked_release
    assert problems == []


def test_the_release_of_the_book_installs_and_answers_in_a_folder_of_its_own(tmp_path, checked_release):
    """What a student does: install the package of the release elsewhere, and run an exercise on its data."""
    _, release = checked_release
    packages = tmp_path / "packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", packages, release], check=True)
    cells = json.loads((release / "exercises" / "01_lr_horizon.ipynb").read_text())["cells"]
    setup = "".join(next(cell for cell in cells if grade_id(cell) == "setup")["source"])
    say = "import tenfold.paths as paths\nprint(paths.__file__, paths.project_root(), len(bowls))"
    environment = {name: value for name, value in os.environ.items() if name != "TENFOLD_ROOT"}
    done = subprocess.run(
        [sys.executable, "-c", f"{setup}\n{say}"],
        cwd=release / "exercises",
        env=environment | {"PYTHONPATH": str(packages)},
        check=True,
        capture_output=True,
        text=True,
    )
    package, root, bowls = done.stdout.split()
    assert Path(package).is_relative_to(packages)
    assert Path(root) == release
    assert bowls == "15"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return x + x", "return x", "the reference solution fails: AssertionError: one and one"),
        ("return x + x", "import sys; sys.exit()", "the reference solution fails: SystemExit"),
        ("import math", "import no_such_module", "the setup cell fails: ModuleNotFoundError"),
    ],
)
def test_a_broken_source_is_named(small_course, old, new, said):
    text = small_course.path.read_text()
    assert old in text
    small_course.path.write_text(text.replace(old, new))
    assert said in "\n".join(check_answers(small_course.root, small_course.load()).problems)


def test_a_check_that_prints_a_warning_is_named_for_nbgrader_gives_it_no_points(small_course):
    text = small_course.path.read_text()
    warn = "import warnings; warnings.warn('old')\\nassert double(21)"
    small_course.path.write_text(text.replace("assert double(21)", warn))
    problems = check_answers(small_course.root, small_course.load()).problems
    assert "nbgrader gives no points to a check that writes" in "\n".join(problems)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("def double(x):\n    return 2 * x", "wrong answer 1 passes the check"),
        ("def double(x):\n    return dubble(x)", "it does not run: NameError"),
    ],
)
def test_a_wrong_answer_that_shows_nothing_is_named(small_course, wrong, said):
    good = ["def double(x):\n    return 1", "def double(x):\n    return x", "def double(x):\n    return 2"]
    other = [f"def verdict(low):\n    return {word!r}" for word in ("reproduced", "inconclusive", "no")]
    small_course.write_wrong({"ex1": [wrong, *good], "ex2": other})
    checked = check_answers(small_course.root, small_course.load())
    assert len(checked.problems) == 1
    assert said in checked.problems[0]


def test_a_stub_that_passes_shows_in_the_table(small_course):
    checked = check_answers(small_course.root, small_course.load())
    assert "PASSES" not in table([checked])
    lazy = Trial("ex1", "stub", 0, "", "", 0.1)
    changed = type(checked)(checked.notebook, [lazy, *checked.trials[1:]], [lazy.problem()], 1.0)
    assert "PASSES" in table([changed])
    assert lazy.problem() == "the stub passes the check"
