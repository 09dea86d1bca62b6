"""A small project with one chapter's exercises, which need nothing but Python."""

import json
from pathlib import Path

import pytest

from tenfold.book.exercises import ExerciseNotebook, load_exercises
from tenfold.course.student import FILES

NAME = "01_tiny"
FACTS = "*Goal:* {goal}. *Difficulty:* easy. *Minutes:* 5. *Needs:* nothing else.\n\n{task}\n\n"
HINT = "<details><summary>Hint</summary>\n\nCount on your fingers.\n\n</details>"
SCHEME = (
    "\n\n=== BEGIN MARK SCHEME ===\n- 2 points: names a reason that can be tested.\n"
    "- 1 point: names a rival.\n- Usual wrong answers: luck.\n=== END MARK SCHEME ==="
)
ANSWERS = {
    "ex1": 'def double(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n    return x + x  # the reference\n'
    "    ### END SOLUTION",
    "ex2": 'def verdict(low):\n    """The verdict of an interval that starts at low."""\n'
    '    ### BEGIN SOLUTION\n    return "reproduced" if low > LIMIT else "inconclusive"\n'
    "    ### END SOLUTION",
}
CHECKS = {
    "ex1": 'assert double(1) == 2, "one and one"\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n'
    "### END HIDDEN TESTS",
    "ex2": 'assert verdict(-1) == "inconclusive", "below the limit"\n### BEGIN HIDDEN TESTS\n'
    'assert verdict(1) == "reproduced"\n### END HIDDEN TESTS',
}
WRONG = {
    "ex1": [
        "def double(x):\n    return 2",
        "def double(x):\n    return x**2",
        "def double(x):\n    return x",
    ],
    "ex2": [
        'def verdict(low):\n    return "inconclusive"',
        'def verdict(low):\n    return "reproduced"',
        'def verdict(low):\n    return "reproduced" if low < LIMIT else "inconclusive"',
    ],
}


def cell(kind: str, source: str, name: str = "", tags: tuple[str, ...] = (), **roles: object) -> dict:
    """A cell as a notebook stores it."""
    metadata: dict = {"tags": list(tags)} if tags else {}
    if name:
        no = dict.fromkeys(("grade", "solution", "locked", "task"), False)
        metadata["nbgrader"] = {"cell_type": kind, "grade_id": name, "schema_version": 3} | no | roles
    made = {"cell_type": kind, "id": name or f"c{abs(hash(source)) % 10**8}", "metadata": metadata}
    return made | {"source": source} | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def tiny_cells() -> list[dict]:
    """The cells of a notebook that keeps the form: two checked exercises and an open one."""
    text = {
        "ex1": "## 1. Twice\n\n" + FACTS.format(goal="double a number", task="Write `double`.") + HINT,
        "ex2": "## 2. Flip it\n\n" + FACTS.format(goal="flip a verdict", task="Write `verdict`.") + HINT,
    }
    cells = [
        cell("markdown", "# Exercises: tiny\n\nOf [chapter 1](../notebooks/01_tiny.ipynb)."),
        cell("code", "import math\n\nLIMIT = 0", "setup", ("hide-input",), locked=True),
    ]
    for name, points in (("ex1", 2), ("ex2", 3)):
        cells += [
            cell("markdown", text[name], f"{name}-text", locked=True),
            cell("code", ANSWERS[name], name, ("hide-cell",), solution=True),
            cell(
                "code", CHECKS[name], f"{name}-check", ("hide-cell",), grade=True, locked=True, points=points
            ),
        ]
    insight = "<details><summary>What it shows</summary>\n\nAddition is repeated counting.\n\n</details>"
    cells.insert(5, cell("markdown", insight, tags=("instructor",)))
    question = "## 3. Why?\n\n" + FACTS.format(goal="argue", task="Why is it so?") + HINT + SCHEME
    return [
        *cells,
        cell("markdown", question, "ex3", task=True, locked=True, points=3),
        cell("markdown", "Your answer here.", "ex3-answer"),
    ]


class SmallCourse:
    """root: a project with the tiny exercises, all that a release copies, and nothing else."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("notebooks", "exercises/wrong_answers", "data/claims", "data/runs", "lib/tenfold"):
            (root / folder).mkdir(parents=True)
        for file in FILES:
            (root / file).write_text("\n")
        (root / "lib/tenfold/__init__.py").write_text('"""Tiny."""\n')
        (root / "notebooks" / f"{NAME}.ipynb").write_text(notebook_text([cell("markdown", "# Tiny")]))
        self.write(tiny_cells())
        self.write_wrong(WRONG)

    @property
    def path(self) -> Path:
        return self.root / "exercises" / f"{NAME}.ipynb"

    def write(self, cells: list[dict]) -> None:
        self.path.write_text(notebook_text(cells))

    def write_wrong(self, wrong: dict) -> None:
        (self.root / "exercises" / "wrong_answers" / f"{NAME}.py").write_text(f"WRONG = {wrong!r}\n")

    def load(self) -> ExerciseNotebook:
        return load_exercises(self.path)


def notebook_text(cells: list[dict]) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


@pytest.fixture(scope="session")
def course_at() -> type[SmallCourse]:
    """Makes a small course at a path."""
    return SmallCourse


@pytest.fixture
def small_course(tmp_path: Path) -> SmallCourse:
    return SmallCourse(tmp_path / "project")


def hand_in(folder: Path, released: dict, answers: dict[str, str]) -> None:
    """Write a student's notebook: the release with these cells filled in, by grade_id."""
    notebook = json.loads(json.dumps(released))
    for one in notebook["cells"]:
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        one["source"] = answers.get(name, one["source"])
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


@pytest.fixture(scope="session")
def handed_in():
    """Writes a student's notebook into a folder."""
    return hand_in
