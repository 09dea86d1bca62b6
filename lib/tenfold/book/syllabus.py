"""The course of book/teaching/weeks.yaml, with minutes and points of chapters and exercises."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tenfold.book.errors import SiteError
from tenfold.book.exercises import Exercise, load_exercises

WEEKS = "book/teaching/weeks.yaml"
_TO_READ = re.compile(r"^To read: (\d+) minutes$", re.MULTILINE)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Record):
    minutes: int
    text: str


class _Week(_Record):
    chapter: str
    objectives: list[str]
    prerequisites: list[str]
    reading: list[Step]
    activities: list[Step]
    homework: list[int]


class _DoubleWeek(_Record):
    chapters: list[str]
    homework: dict[str, list[int]]


class _Course(_Record):
    class_minutes: int
    weeks: list[_Week]
    five_weeks: list[_DoubleWeek]
    lecture: list[Step]


@dataclass(frozen=True)
class Week:
    """A week as the syllabus shows it.  exercises: the homework.  others: the chapter's other exercises."""

    chapter: str
    objectives: Sequence[str]
    prerequisites: Sequence[str]
    chapter_minutes: int
    reading: Sequence[Step]
    activities: Sequence[Step]
    exercises: Sequence[Exercise]
    others: Sequence[Exercise]
    slides: bool

    @property
    def reading_minutes(self) -> int:
        return self.chapter_minutes + sum(step.minutes for step in self.reading)

    @property
    def homework_minutes(self) -> int:
        return sum(exercise.minutes for exercise in self.exercises)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)


@dataclass(frozen=True)
class DoubleWeek:
    chapters: Sequence[str]
    exercises: Sequence[Exercise]

    @property
    def minutes(self) -> int:
        return sum(exercise.minutes for exercise in self.exercises)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)


@dataclass(frozen=True)
class Course:
    class_minutes: int
    weeks: Sequence[Week]
    five_weeks: Sequence[DoubleWeek]
    lecture: Sequence[Step]


def read_course(root: Path) -> Course:
    """Raises SiteError for a malformed file, an exercise that is not there, activities of another length."""
    try:
        text = (root / WEEKS).read_text(encoding="utf-8")
        course = TypeAdapter(_Course).validate_python(yaml.safe_load(text))
    except ValidationError as error:
        first = error.errors()[0]
        raise SiteError(f"{WEEKS}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for week in course.weeks:
        minutes = sum(step.minutes for step in week.activities)
        if minutes != course.class_minutes:
            raise SiteError(
                f"{WEEKS}: the activities of {week.chapter} take {minutes} minutes, "
                f"the session has {course.class_minutes}"
            )
    doubles = [
        DoubleWeek(week.chapters, [e for name, n in week.homework.items() for e in _exercises(root, name, n)])
        for week in course.five_weeks
    ]
    weeks = [_week(root, week) for week in course.weeks]
    return Course(course.class_minutes, weeks, doubles, course.lecture)


def _week(root: Path, week: _Week) -> Week:
    homework = _exercises(root, week.chapter, week.homework)
    everything = load_exercises(root / "exercises" / f"{week.chapter}.ipynb").exercises
    return Week(
        week.chapter,
        week.objectives,
        week.prerequisites,
        _minutes_to_read(root, week.chapter),
        week.reading,
        week.activities,
        homework,
        [exercise for exercise in everything if exercise not in homework],
        (root / "book" / "slides" / f"{week.chapter}.md").is_file(),
    )


def _exercises(root: Path, chapter: str, numbers: Sequence[int]) -> list[Exercise]:
    file = root / "exercises" / f"{chapter}.ipynb"
    if not file.is_file():
        raise SiteError(f"{WEEKS}: names {chapter}, but exercises/{chapter}.ipynb does not exist")
    known = {exercise.id: exercise for exercise in load_exercises(file).exercises}
    unknown = [f"ex{number}" for number in numbers if f"ex{number}" not in known]
    if unknown:
        raise SiteError(f"{WEEKS}: {chapter} has no {', '.join(unknown)}; it has {', '.join(known)}")
    return [known[f"ex{number}"] for number in numbers]


def _minutes_to_read(root: Path, chapter: str) -> int:
    """As the card of the executed chapter says."""
    notebook = nbformat.read(root / "build" / "executed" / f"{chapter}.ipynb", as_version=4)
    shown = (
        output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    for text in shown:
        found = _TO_READ.search(text)
        if found:
            return int(found[1])
    raise SiteError(f"chapter {chapter} has no card with minutes to read; begin it with card(...)")
