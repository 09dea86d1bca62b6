"""The form of exercise notebooks: the real ones keep it, and each way to break it is named."""

import copy
from pathlib import Path

import pytest

from tenfold.book.exercises import ExerciseError, exercise_paths, load_exercises
from tenfold.course.form import form_problems
from tenfold.course.wrong_answers import load_wrong_answers

ROOT = Path(__file__).parents[2]
PATHS = exercise_paths(ROOT)


def test_every_chapter_has_exercises():
    chapters = [path.stem for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
    assert [path.stem for path in PATHS] == chapters


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_exercises_of_the_book_keep_the_form(path):
    notebook = load_exercises(path)
    assert form_problems(notebook, load_wrong_answers(notebook), ROOT) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_chapter_leads_to_its_exercises_and_holds_none_itself(path):
    text = (ROOT / "notebooks" / path.name).read_text(encoding="utf-8")
    assert f"](../exercises/{path.name})" in text
    assert "# Solution and check" not in text


def problems(small_course, change) -> str:
    """What is said of the tiny notebook after a change to its cells, which are given by grade_id."""
    notebook = small_course.load()
    cells = copy.deepcopy(notebook.cells)
    change({cell["metadata"].get("nbgrader", {}).get("grade_id", ""): cell for cell in cells}, cells)
    small_course.write(cells)
    notebook = small_course.load()
    return "\n".join(form_problems(notebook, load_wrong_answers(notebook), small_course.root))


def replace(name, old, new):
    def change(by_id, _):
        assert old in by_id[name]["source"]
        by_id[name]["source"] = by_id[name]["source"].replace(old, new)

    return change


def test_the_tiny_notebook_keeps_the_form(small_course):
    assert problems(small_course, lambda by_id, cells: None) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replace("ex1", "### END SOLUTION", ""), "needs exactly one '### BEGIN SOLUTION'"),
        (replace("ex1", '    """Twice x."""\n', ""), "with its docstring outside of the solution"),
        (replace("ex1-check", ', "one and one"', ""), "has no message"),
        (replace("ex1-check", "assert double(21) == 42", "double(21)"), "no hidden test asserts anything"),
        (replace("ex1-check", "### END HIDDEN TESTS", "### END HIDDEN TESTS\n1"), "partial points"),
        (replace("ex1-text", "<summary>Hint", "<summary>Tip"), "no hint"),
        (replace("ex2-text", "flip a verdict", "flip a coin"), "has a verdict to flip"),
        (replace("ex3", "- 1 point:", "- 4 points:"), "mark scheme gives 6 points"),
        (replace("ex1-text", "Write", "![ ](a.png) Write"), "no alt text"),
        (replace("ex1-text", "Write", ":::{note}\nWrite"), "cell 3: JupyterLab renders no MyST"),
        (lambda by_id, _: by_id["ex2"]["metadata"]["nbgrader"].update(locked=True), "its nbgrader metadata"),
        (lambda by_id, _: by_id["ex2"]["metadata"].pop("tags"), "not tagged 'hide-cell'"),
        (lambda by_id, _: by_id["ex2"].update(execution_count=3), "stores an output"),
        (lambda by_id, cells: cells.remove(by_id["ex3-answer"]), "its cells are"),
        (lambda by_id, cells: cells.insert(1, cells.pop(2)), "its cells are"),
    ],
)
def test_a_broken_form_is_named(small_course, change, said):
    assert said in problems(small_course, change)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ex1": ["a", "b"], "ex2": ["a", "b", "c"]}, "has 2 wrong answers to ex1 (at least 3)"),
        ({"ex1": ["a", "a", "a"], "ex2": ["a", "b", "c"]}, "has 1 wrong answers to ex1"),
        ({"ex1": ["a", "b", "c"], "ex2": ["a", "b", "c"], "ex3": ["a"]}, "answers to ex3"),
    ],
)
def test_missing_wrong_answers_are_named(small_course, wrong, said):
    small_course.write_wrong(wrong)
    notebook = small_course.load()
    assert said in "\n".join(form_problems(notebook, load_wrong_answers(notebook), small_course.root))


def test_a_notebook_without_facts_is_refused_with_its_cell(small_course):
    text = small_course.path.read_text().replace("*Minutes:* 5.", "Minutes: 5.")
    small_course.path.write_text(text)
    with pytest.raises(ExerciseError, match="01_tiny, cell 3: no line of facts"):
        small_course.load()


def test_a_file_that_is_no_notebook_is_refused(small_course):
    small_course.path.write_text("{")
    with pytest.raises(ExerciseError, match=r"exercises/01_tiny.ipynb is not a notebook"):
        small_course.load()
