"""Exercise notebooks, `exercises/NN_slug.ipynb`: read into exercises, or refused with notebook and cell."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

FACTS = re.compile(
    r"\*Goal:\*\s(?P<goal>.+?)\.\s\*Difficulty:\*\s(?P<difficulty>easy|medium|hard)\.\s"
    r"\*Minutes:\*\s(?P<minutes>\d+)\.\s\*Needs:\*\s(?P<needs>.+?)\.(?:\n\n|$)",
    re.DOTALL,
)
HEADING = re.compile(r"## (?P<number>\d+)\. (?P<title>\S.*)\n\n")
NAME = re.compile(r"\d\d_[a-z0-9_]+")


class ExerciseError(ValueError):
    """An exercise notebook that breaks the form; names notebook, cell and what is wrong."""


@dataclass(frozen=True)
class Exercise:
    """One exercise.  answer, check: sources of the cells with solution and hidden tests, empty if it is open.

    position: the place of its first cell in the notebook, from 0.  points: the most that it can give.
    """

    id: str
    title: str
    goal: str
    difficulty: str
    minutes: int
    needs: str
    text: str
    answer: str
    check: str
    points: float
    position: int

    @property
    def is_open(self) -> bool:
        """Whether people mark it."""
        return not self.check


@dataclass(frozen=True)
class ExerciseNotebook:
    """One notebook of exercises.  setup: source of the cell that every exercise may rely on."""

    path: Path
    cells: list[dict]
    metadata: dict
    setup: str
    exercises: list[Exercise]

    @property
    def name(self) -> str:
        return self.path.stem


def exercise_paths(root: Path) -> list[Path]:
    """All exercise notebooks of the project, in book order; ExerciseError if there are none."""
    paths = sorted((root / "exercises").glob("[0-9]*.ipynb"))
    if not paths:
        raise ExerciseError("exercises/ holds no notebook (they are files NN_slug.ipynb, named as chapters)")
    return paths


def load_exercises(path: Path) -> ExerciseNotebook:
    """Read one notebook. ExerciseError for what cannot be read as exercises; `form` checks the rest."""
    if not NAME.fullmatch(path.stem):
        raise ExerciseError(f"exercises/{path.name} is not named NN_slug.ipynb, as its chapter is")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell | {"source": _text(cell["source"])} for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ExerciseError(f"exercises/{path.name} is not a notebook: {error!r}") from None
    by_id = {grade_id(cell): cell["source"] for cell in cells if grade_id(cell)}
    starts = [place for place, cell in enumerate(cells) if HEADING.match(cell["source"])]
    if "setup" not in by_id:
        raise ExerciseError(f"{path.stem} has no cell with grade_id 'setup'")
    exercises = [_exercise(path.stem, cells, by_id, place) for place in starts]
    return ExerciseNotebook(path, cells, notebook.get("metadata", {}), by_id["setup"], exercises)


def grade_id(cell: dict) -> str:
    """The name nbgrader knows the cell by; empty where it has none."""
    return cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")


def _exercise(notebook: str, cells: list[dict], by_id: dict[str, str], place: int) -> Exercise:
    text = cells[place]["source"]
    heading = HEADING.match(text)
    facts = FACTS.match(text, heading.end())
    if facts is None:
        raise ExerciseError(
            f"{notebook}, cell {place + 1}: no line of facts below the heading (*Goal:* … . *Difficulty:* "
            "easy|medium|hard. *Minutes:* 10. *Needs:* … .)"
        )
    id = f"ex{heading['number']}"
    check = by_id.get(f"{id}-check", "")
    graded = id if not check else f"{id}-check"
    points = [cell["metadata"]["nbgrader"].get("points") for cell in cells if grade_id(cell) == graded]
    if len(points) != 1 or not isinstance(points[0], int | float) or not points[0] > 0:
        raise ExerciseError(
            f"{notebook}, cell {place + 1}: {id} needs one graded cell with points above 0, {graded!r}"
        )
    return Exercise(
        id=id,
        title=heading["title"],
        goal=" ".join(facts["goal"].split()),
        difficulty=facts["difficulty"],
        minutes=int(facts["minutes"]),
        needs=" ".join(facts["needs"].split()),
        text=text,
        answer=by_id.get(id, "") if check else "",
        check=check,
        points=points[0],
        position=place,
    )


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
