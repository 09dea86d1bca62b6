"""What a student release must not hold: anything of a solution, a hidden test or a mark scheme."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tenfold.book.exercise_regions import HIDDEN_TESTS, MARK_SCHEME, SOLUTION
from tenfold.book.exercises import ExerciseNotebook, load_exercises
from tenfold.course.form import is_for_instructors

SHORTEST = 12  # characters of a line that gives something away
MARKERS = (SOLUTION.begin, HIDDEN_TESTS.begin, MARK_SCHEME.begin)
TEXT_FILES = (".ipynb", ".md", ".py", ".txt", ".csv", ".yaml", ".toml", ".lock", ".in")


def leaks(release: Path, notebooks: Sequence[ExerciseNotebook]) -> list[str]:
    """Where a released notebook shows a line of what was taken out of it, or any file all of a region.

    A line that also stands in what students may see of the notebook gives nothing away.
    """
    found = []
    for notebook in notebooks:
        secrets = list(_secrets(notebook))
        released = load_exercises(release / "exercises" / notebook.path.name)
        shown = "\n".join(cell["source"] for cell in released.cells)
        allowed = {line.strip() for line in _public(notebook).splitlines()}
        lines = {line.strip() for secret in secrets for line in secret.splitlines()} - allowed
        found += [
            f"exercises/{notebook.path.name} shows {line!r}"
            for line in sorted(lines)
            if len(line) >= SHORTEST and line in shown
        ]
    wholes = [secret for notebook in notebooks for secret in _secrets(notebook) if len(secret) >= SHORTEST]
    for file in sorted(release.rglob("*")):
        if not file.is_file() or file.suffix not in TEXT_FILES or file.is_relative_to(release / "lib"):
            continue
        text = file.read_text(encoding="utf-8")
        plain = text.replace('\\n",\n', "\n").replace("\\n", "\n") if file.suffix == ".ipynb" else text
        found += [f"{file.relative_to(release)} holds {mark!r}" for mark in MARKERS if mark in text]
        found += [f"{file.relative_to(release)} holds a solution: {s[:60]!r}…" for s in wholes if s in plain]
    return found


def _secrets(notebook: ExerciseNotebook) -> Iterator[str]:
    for exercise in notebook.exercises:
        yield from filter(None, (SOLUTION.inside(exercise.answer), HIDDEN_TESTS.inside(exercise.check)))
        if exercise.is_open:
            yield MARK_SCHEME.inside(exercise.text)
    for cell in notebook.cells:
        if is_for_instructors(cell):
            yield cell["source"]


def _public(notebook: ExerciseNotebook) -> str:
    """All that students may see of a notebook."""
    sources = [cell["source"] for cell in notebook.cells if not is_for_instructors(cell)]
    for region in (SOLUTION, HIDDEN_TESTS, MARK_SCHEME):
        sources = [region.replaced(source, "") for source in sources]
    return "\n".join(sources)
