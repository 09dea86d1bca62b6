"""The student release: complete, of its own, and without anything of a solution."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tenfold.book.exercises import grade_id
from tenfold.course.errors import CourseError
from tenfold.course.leaks import leaks
from tenfold.course.nbgrader_course import NbgraderCourse
from tenfold.course.student import write_release


@pytest.fixture(scope="module")
def released(tmp_path_factory, course_at):
    """The tiny course and its release."""
    folder = tmp_path_factory.mktemp("student")
    course = course_at(folder / "project")
    write_release(course.root, folder / "release", [course.load()], NbgraderCourse(folder / "nbgrader"))
    return course, folder / "release"


def test_nbgrader_leaves_the_environment_as_it_was(tmp_path, course_at):
    before = dict(os.environ)
    NbgraderCourse(tmp_path / "nbgrader").generate(course_at(tmp_path / "project").path)
    assert dict(os.environ) == before


def sources(release: Path) -> dict[str, str]:
    cells = json.loads((release / "exercises" / "01_tiny.ipynb").read_text())["cells"]
    return {grade_id(cell): "".join(cell["source"]) for cell in cells}


def test_solutions_hidden_tests_mark_schemes_and_insights_are_out(released):
    _, release = released
    text = (release / "exercises" / "01_tiny.ipynb").read_text()
    for gone in ("the reference", "double(21)", "MARK SCHEME", "names a rival", "repeated counting", "BEGIN"):
        assert gone not in text


def test_stub_docstring_visible_check_and_task_stay(released):
    _, release = released
    shown = sources(release)
    assert shown["ex1"] == (
        'def double(x):\n    """Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    assert shown["ex1-check"] == 'assert double(1) == 2, "one and one"'
    assert "Count on your fingers." in shown["ex1-text"]
    assert "Why is it so?" in shown["ex3"]


def test_wrong_answers_are_not_released(released):
    _, release = released
    assert [path.name for path in (release / "exercises").iterdir()] == ["01_tiny.ipynb"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("exercises/01_tiny.ipynb", "    return x + x  # the reference"),
        ("exercises/01_tiny.ipynb", "### BEGIN SOLUTION"),
        ("README.md", "Look: assert double(21) == 42\n"),
    ],
)
def test_a_leak_is_found(released, tmp_path, file, text):
    course, release = released
    copy = tmp_path / "release"
    subprocess.run(["cp", "-r", release, copy], check=True)
    assert leaks(copy, [course.load()]) == []
    if file.endswith(".ipynb"):
        notebook = json.loads((copy / file).read_text())
        notebook["cells"][0]["source"] = [text]
        text = json.dumps(notebook)
    (copy / file).write_text(text)
    assert any(found.startswith(file) for found in leaks(copy, [course.load()]))


def test_a_folder_with_other_things_is_not_overwritten(released, tmp_path):
    course, _ = released
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CourseError, match="no student release"):
        write_release(course.root, tmp_path, [course.load()], NbgraderCourse(tmp_path / "x"))
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_release_is_made_anew_over_an_old_one(released):
    course, release = released
    (release / "old.txt").write_text("of last year")
    write_release(course.root, release, [course.load()], NbgraderCourse(course.root / "build"))
    assert not (release / "old.txt").exists()
