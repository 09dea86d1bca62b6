"""Wrong answers to exercises, `exercises/wrong_answers/NN_slug.py`, which every check must refuse."""

import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenfold.book.exercises import ExerciseError, ExerciseNotebook

FEWEST = 3


@dataclass(frozen=True)
class WrongAnswers:
    """by_exercise: replacements of an exercise's answer cell, by its id."""

    path: Path
    by_exercise: dict[str, list[str]]

    def problems(self, notebook: ExerciseNotebook) -> Iterator[str]:
        """What is missing or too much, one line each."""
        checked = [exercise.id for exercise in notebook.exercises if not exercise.is_open]
        for id in self.by_exercise.keys() - set(checked):
            yield f"wrong_answers/{self.path.name} has answers to {id}, which is no exercise that is checked"
        for id in checked:
            count = len(set(self.by_exercise.get(id, [])))
            if count < FEWEST:
                yield f"wrong_answers/{self.path.name} has {count} wrong answers to {id} (at least {FEWEST})"


def load_wrong_answers(notebook: ExerciseNotebook) -> WrongAnswers:
    """Read `WRONG` of the file beside a notebook. Raises ExerciseError."""
    path = notebook.path.parent / "wrong_answers" / f"{notebook.name}.py"
    where = f"exercises/wrong_answers/{path.name}"
    if not path.is_file():
        raise ExerciseError(f"{where} is missing")
    wrong = runpy.run_path(str(path)).get("WRONG")
    if not isinstance(wrong, dict):
        raise ExerciseError(f"{where} does not assign WRONG a dictionary, {{'ex1': ['def …', …]}}")
    return WrongAnswers(path, wrong)
