"""A course folder as nbgrader lays it out, and the converters of nbgrader that work in it."""

import logging
import os
import re
import shutil
import sys
from pathlib import Path
from unittest.mock import patch

from nbconvert.preprocessors import TagRemovePreprocessor
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from tenfold.course.errors import CourseError

_ERROR = re.compile(r"[\w.]+(Error|Exception|Exit|Interrupt|Warning): ")


class NbgraderCourse:
    """A folder with `source/A/A.ipynb`, `release/A/A.ipynb` and `gradebook.db`; A names a notebook."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def config(self) -> Config:
        config = Config()
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.db_url = f"sqlite:///{self.root / 'gradebook.db'}"
        config.TagRemovePreprocessor.enabled = True
        config.TagRemovePreprocessor.remove_cell_tags = {"instructor"}
        # Before the cells are saved: what is only for instructors is no part of the assignment.
        config.GenerateAssignment.preprocessors = [
            TagRemovePreprocessor,
            *GenerateAssignment.class_traits()["preprocessors"].default(),
        ]
        return config

    def coursedir(self, assignment: str, student: str = ".") -> CourseDirectory:
        return CourseDirectory(config=self.config(), assignment_id=assignment, student_id=student)

    def generate(self, notebook: Path) -> Path:
        """Make the students' version of a notebook, and the database its submissions are graded by."""
        name = notebook.stem
        source = self.root / "source" / name
        source.mkdir(parents=True, exist_ok=True)
        shutil.copy(notebook, source / notebook.name)
        run(GenerateAssignment(coursedir=self.coursedir(name), config=self.config(), force=True))
        return self.root / "release" / name / notebook.name


def run(converter: object) -> None:
    """Run a converter of nbgrader; what it logs is shown only where it fails, as a CourseError."""
    log = _Lines()
    converter.log.addHandler(log)
    converter.log.propagate = False
    beside_python = str(Path(sys.executable).parent)
    try:
        # A new gradebook starts the command alembic, which is beside Python.  nbgrader's own `setenv` would
        # leave this process without a PATH.
        with patch.dict(os.environ, PATH=os.pathsep.join([beside_python, os.environ.get("PATH", "")])):
            converter.start()
    except Exception as error:
        errors = [line for line in "\n".join(log.lines).splitlines() if _ERROR.match(line)]
        last = errors[-1] if errors else str(error)
        raise CourseError(f"nbgrader's {type(converter).__name__} failed: {last}") from error
    finally:
        converter.log.removeHandler(log)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().strip())
