"""Grading goes on where it stopped, restores what was deleted, and says what it cannot grade."""

import csv
import json

import pytest

from tenfold.course.errors import CourseError
from tenfold.course.grading import grade
from tenfold.course.limits import Limits
from tenfold.course.nbgrader_course import NbgraderCourse
from tenfold.course.results import read_result, result_file

RIGHT = "def double(x):\n    return 2 * x"
LIMITS = Limits(seconds=60)


@pytest.fixture(scope="module")
def class_of_three(tmp_path_factory, course_at, handed_in):
    """A course, its release, and three students' folders: one solved, two that are no notebooks."""
    folder = tmp_path_factory.mktemp("grading")
    course = course_at(folder / "project")
    released = json.loads(NbgraderCourse(folder / "release").generate(course.path).read_text())
    without_check = json.loads(json.dumps(released))
    without_check["cells"] = [c for c in released["cells"] if "ex1" not in c["id"]]
    own = {"cell_type": "code", "id": "own", "metadata": {}, "source": RIGHT}
    without_check["cells"].insert(2, own | {"outputs": [], "execution_count": None})
    handed_in(folder / "in" / "ada", without_check, {})
    for student in ("bob", "eve"):
        (folder / "in" / student).mkdir(parents=True)
        (folder / "in" / student / "01_tiny.ipynb").write_text(student)
    return course, folder


def run(course, folder, report):
    return grade(
        folder / "in", folder / "out", course.root, [course.load()], limits=LIMITS, jobs=1, report=report
    )


def test_an_interrupted_grading_goes_on_where_it_stopped(class_of_three):
    course, folder = class_of_three

    def interrupt(result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(course, folder, interrupt)
    assert result_file(folder / "out", "ada", "01_tiny").is_file()
    later = []
    gradebook = run(course, folder, later.append)
    assert [result.student for result in later] == ["bob", "eve"]
    rows = list(csv.DictReader(gradebook.read_text().splitlines()))
    assert [row["student"] for row in rows] == ["ada", "bob", "eve"]
    again = []
    run(course, folder, again.append)
    assert again == []


def test_deleted_checks_are_put_back_and_named(class_of_three):
    course, folder = class_of_three
    run(course, folder, lambda result: None)
    ada = read_result(result_file(folder / "out", "ada", "01_tiny"))
    assert (ada.status, ada.points) == ("tampered", {"ex1": 2.0, "ex2": 0.0, "ex3": None})
    assert "ex1-check" in ada.detail


def test_what_was_handed_in_anew_is_graded_anew(class_of_three):
    course, folder = class_of_three
    run(course, folder, lambda result: None)
    (folder / "in" / "eve" / "01_tiny.ipynb").write_text("better")
    later = []
    run(course, folder, later.append)
    assert [result.student for result in later] == ["eve"]


def test_a_notebook_of_another_name_is_reported(class_of_three):
    course, folder = class_of_three
    (folder / "in" / "bob" / "01_tiny (1).ipynb").write_text("{}")
    later = []
    run(course, folder, later.append)
    assert [(r.notebook, r.status) for r in later if r.student == "bob"] == [
        ("01_tiny (1)", "not a notebook")
    ]


def test_an_empty_folder_is_an_error_with_an_example(class_of_three, tmp_path):
    course, _ = class_of_three
    with pytest.raises(CourseError, match=r"for example ada/01_tiny.ipynb"):
        grade(tmp_path, tmp_path / "out", course.root, [course.load()], limits=LIMITS, jobs=1, report=print)
