"""The course: what the syllabus takes from exercises and chapters, and what it refuses."""

import shutil
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tenfold.book.errors import SiteError
from tenfold.book.syllabus import WEEKS, read_course

REPOSITORY = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture
def root(tmp_path):
    """The repository's course and exercises, with chapters whose cards say 20 minutes."""
    (tmp_path / "book" / "teaching").mkdir(parents=True)
    shutil.copy(REPOSITORY / WEEKS, tmp_path / WEEKS)
    shutil.copytree(REPOSITORY / "exercises", tmp_path / "exercises")
    executed = tmp_path / "build" / "executed"
    executed.mkdir(parents=True)
    card = new_output(
        "display_data", data={"text/plain": "Does it?\nTo read: 20 minutes\nTo run (laptop): 1"}
    )
    for chapter in CHAPTERS:
        nbformat.write(new_notebook(cells=[new_code_cell("", outputs=[card])]), executed / f"{chapter}.ipynb")
    return tmp_path


def change(root, **fields):
    """Rewrite fields of the first week."""
    course = yaml.safe_load((root / WEEKS).read_text(encoding="utf-8"))
    course["weeks"][0] |= fields
    (root / WEEKS).write_text(yaml.safe_dump(course), encoding="utf-8")


def exercise_cells(chapter):
    cells = nbformat.read(REPOSITORY / "exercises" / f"{chapter}.ipynb", as_version=4).cells
    return {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in cells}


def test_every_chapter_has_its_week_in_book_order(root):
    assert [week.chapter for week in read_course(root).weeks] == CHAPTERS


def test_every_chapter_is_in_the_short_course_once(root):
    assert sorted(name for week in read_course(root).five_weeks for name in week.chapters) == CHAPTERS


def test_minutes_add_up(root):
    course = read_course(root)
    first = course.weeks[0]
    assert first.reading_minutes == 20 + sum(step.minutes for step in first.reading)
    assert sum(step.minutes for step in first.activities) == 90


def test_points_of_homework_are_those_that_nbgrader_gives(root):
    for week in read_course(root).weeks:
        cells = exercise_cells(week.chapter)
        graded = [cells.get(f"{e.id}-check") or cells[e.id] for e in week.exercises]
        assert week.points == sum(cell.metadata.nbgrader.points for cell in graded)


def test_homework_and_the_rest_are_all_exercises_of_the_chapter(root):
    for week in read_course(root).weeks:
        listed = sorted(exercise.id for exercise in [*week.exercises, *week.others])
        graded = {name.removesuffix("-check") for name, cell in exercise_cells(week.chapter).items() if
                  name and "points" in cell.metadata.nbgrader}  # fmt: skip
        assert listed == sorted(graded)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"homework": [1, 9]}, "01_lr_horizon has no ex9; it has ex1, ex2"),
        ({"activities": [{"minutes": 80, "text": "Slides."}]}, "take 80 minutes, the session has 90"),
        ({"chapter": "11_none"}, r"exercises/11_none\.ipynb does not exist"),
        ({"minutes": 3}, "weeks.0.minutes"),
    ],
)
def test_a_week_that_does_not_fit_is_refused_by_name(root, fields, complaint):
    change(root, **fields)
    with pytest.raises(SiteError, match=rf"book/teaching/weeks\.yaml: .*{complaint}"):
        read_course(root)


def test_a_chapter_without_minutes_to_read_is_named(root):
    nbformat.write(new_notebook(), root / "build" / "executed" / "05_unlimiformer.ipynb")
    with pytest.raises(SiteError, match="05_unlimiformer has no card"):
        read_course(root)
