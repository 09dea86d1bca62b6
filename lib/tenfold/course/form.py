"""The form of an exercise notebook: every rule that it breaks, with notebook and cell."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tenfold.book.exercise_regions import HIDDEN_TESTS, MARK_SCHEME, SOLUTION, Region
from tenfold.book.exercises import Exercise, ExerciseNotebook, grade_id
from tenfold.course.nbgrader_cells import CELLS, expected_metadata
from tenfold.course.wrong_answers import WrongAnswers

HINT = re.compile(r"<details><summary>Hint</summary>\n\n.+?\n\n</details>", re.DOTALL)
INSIGHT = "<details><summary>What it shows</summary>\n\n"
POINTS_OF_SCHEME = re.compile(r"^- (\d+(?:\.\d+)?) points?:", re.MULTILINE)
PICTURE_WITHOUT_TEXT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"]+\")")
DIRECTIVE = re.compile(r"^:::|\{glue\}|\{cite", re.MULTILINE)
FEWEST, MOST = 3, 5
AT_HAND, SHORT_MINUTES = "nothing else", 15


def form_problems(notebook: ExerciseNotebook, wrong: WrongAnswers, root: Path) -> list[str]:
    """What is wrong with a notebook and its wrong answers, one line each; empty if it keeps the form.

    root: the folder that the notebook's data files and its chapter are in.
    """
    problems = [*_notebook(notebook, root), *_order(notebook), *_cells(notebook)]
    for exercise in notebook.exercises:
        where = f"cell {exercise.position + 1} ({exercise.id})"
        problems += [f"{where}: {problem}" for problem in _exercise(exercise)]
    problems += wrong.problems(notebook)
    return [f"{notebook.name}: {problem}" for problem in problems]


def _notebook(notebook: ExerciseNotebook, root: Path) -> Iterator[str]:
    exercises = notebook.exercises
    if not (root / "notebooks" / notebook.path.name).is_file():
        yield f"there is no chapter notebooks/{notebook.path.name}"
    for name in notebook.metadata.get("tenfold", {}).get("data", []):
        if not (root / name).is_file():
            yield f"its metadata names the data file {name}, which is not there"
    if not FEWEST <= len(exercises) <= MOST:
        yield f"it has {len(exercises)} exercises ({FEWEST} to {MOST})"
    if [exercise.id for exercise in exercises] != [f"ex{n + 1}" for n in range(len(exercises))]:
        yield "its exercises are not numbered 1, 2, …"
    if not any("verdict" in exercise.goal for exercise in exercises if not exercise.is_open):
        yield "no exercise that is checked has a verdict to flip in its goal"
    if not any(exercise.needs == AT_HAND and exercise.minutes <= SHORT_MINUTES for exercise in exercises):
        yield f"no exercise needs {AT_HAND} and at most {SHORT_MINUTES} minutes"
    if not any(exercise.is_open for exercise in exercises):
        yield "no exercise is an open question"


def _order(notebook: ExerciseNotebook) -> Iterator[str]:
    """Each cell in its place: the title, the setup, and of each exercise what belongs to it."""
    wanted = ["", "setup"]
    for exercise in notebook.exercises:
        parts = ("", "-answer") if exercise.is_open else ("-text", "", "-check")
        wanted += [exercise.id + part for part in parts]
    found = [grade_id(cell) for cell in notebook.cells if not is_for_instructors(cell)]
    if found != wanted:
        yield f"its cells are {found}, by grade_id ({wanted} in this order)"
    if not notebook.cells[0]["source"].startswith("# Exercises: "):
        yield "cell 1: it does not start with '# Exercises: '"


def _cells(notebook: ExerciseNotebook) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells, start=1):
        where, source = f"cell {number}", cell["source"]
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"{where}: it stores an output (clear all outputs)"
        if cell["cell_type"] == "markdown":
            if PICTURE_WITHOUT_TEXT.search(source):
                yield f"{where}: a picture has no alt text"
            if DIRECTIVE.search(source):
                yield f"{where}: JupyterLab renders no MyST directives and roles (use <details>, $…$, links)"
            if len(re.findall(r"^#{1,2} ", source, re.MULTILINE)) > 1:
                yield f"{where}: more than one heading of the first two levels"
        if is_for_instructors(cell):
            if not source.startswith(INSIGHT) or not source.endswith("\n\n</details>"):
                yield f"{where}: a cell for instructors is one <details> with the summary 'What it shows'"
            continue
        name = grade_id(cell)
        if name:
            metadata = cell["metadata"]["nbgrader"]
            expected = expected_metadata(name, task=bool(metadata.get("task")))
            if {key: value for key, value in metadata.items() if key != "points"} != expected:
                yield f"{where}: its nbgrader metadata are {metadata} (points and {expected})"
            tag = CELLS[_part(name, metadata)].tag
            if tag and tag not in cell["metadata"].get("tags", []):
                yield f"{where}: it is not tagged {tag!r}"


def is_for_instructors(cell: dict) -> bool:
    """Whether the student release leaves the cell out."""
    return "instructor" in cell.get("metadata", {}).get("tags", [])


def _part(name: str, metadata: dict) -> str:
    return "task" if metadata.get("task") else re.sub(r"^ex\d+", "ex", name)


def _exercise(exercise: Exercise) -> Iterator[str]:
    if not HINT.search(exercise.text):
        yield "no hint (<details><summary>Hint</summary>, blank line, text, blank line, </details>)"
    if exercise.is_open:
        scheme = MARK_SCHEME.inside(exercise.text)
        yield from _region("the text", exercise.text, MARK_SCHEME)
        given = sum(map(float, POINTS_OF_SCHEME.findall(scheme)))
        if given != exercise.points:
            yield f"its mark scheme gives {given:g} points ('- 2 points: …'), the cell {exercise.points:g}"
        return
    yield from _region("the answer", exercise.answer, SOLUTION)
    yield from _region("the check", exercise.check, HIDDEN_TESTS)
    stub = _functions(SOLUTION.replaced(exercise.answer, "pass"))
    if not stub or not all(ast.get_docstring(function) for function in stub):
        yield "the answer needs a function, with its docstring outside of the solution"
    for assertion in _asserts(HIDDEN_TESTS.replaced(exercise.check, "")):
        if assertion.msg is None:
            yield f"the visible check {ast.unparse(assertion)!r} has no message"
    if not _asserts(HIDDEN_TESTS.replaced(exercise.check, "")):
        yield "no visible check asserts anything"
    statements = _parsed(exercise.check)
    if statements and isinstance(statements[-1], ast.Expr):
        yield "the check ends with an expression, whose value nbgrader takes for partial points"
    if not re.search(r"\bassert\b", HIDDEN_TESTS.inside(exercise.check)):
        yield "no hidden test asserts anything"


def _region(where: str, source: str, region: Region) -> Iterator[str]:
    if not region.is_marked_once(source):
        yield f"{where} needs exactly one {region.begin!r} … {region.end!r}"


def _functions(source: str) -> list[ast.AST]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node for node in _parsed(source) if isinstance(node, kinds)]


def _asserts(source: str) -> list[ast.Assert]:
    return [node for top in _parsed(source) for node in ast.walk(top) if isinstance(node, ast.Assert)]


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []
