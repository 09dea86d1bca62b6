"""One submission graded by nbgrader, in the process that calls this and with its kernel behind walls."""

import json
import os
import resource
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute

from tenfold.course.confinement import Confinement, kernel_command
from tenfold.course.execution import CANARY, DIED, TOO_LONG, BoundedExecute, PlantCanaries, TakeCanaries
from tenfold.course.feedback import write_feedback
from tenfold.course.limits import Limits
from tenfold.course.nbgrader_course import NbgraderCourse, run
from tenfold.course.results import CRASHED, GRADED, OUT_OF_MEMORY, TAMPERED, TIMED_OUT, Result
from tenfold.course.submission import read_submission

STUDENT = "student"  # in the folder of one submission there is only one
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TRITON_INTERPRET")  # of the environment, no keys


@dataclass(frozen=True)
class Job:
    """What to grade.  course: the folder that the release was made in.  work: an empty folder for this one.

    root: the project, whose data the notebook reads.  feedback: the HTML file to write.
    """

    file: Path
    notebook: str
    student: str
    digest: str
    course: Path
    work: Path
    root: Path
    feedback: Path
    limits: Limits
    show_hidden_tests: bool = False


def autograde(job: Job) -> Result:
    """Grade one submission. Raises NotANotebook, and CourseError where nbgrader fails."""
    name, course = job.notebook, _GradedCourse(job)
    released = nbformat.read(job.course / "release" / name / f"{name}.ipynb", as_version=4)
    submission = read_submission(job.file, released)
    submitted = job.work / "submitted" / STUDENT / name / f"{name}.ipynb"
    submitted.parent.mkdir(parents=True)
    nbformat.write(submission.notebook, submitted)
    shutil.copytree(job.course / "source" / name, job.work / "source" / name)
    shutil.copy(job.course / "gradebook.db", job.work)
    _prepare_kernel(job)
    run(Autograde(coursedir=course.coursedir(name, STUDENT), config=course.config()))
    graded = job.work / "autograded" / STUDENT / name / f"{name}.ipynb"
    status, detail = _status(nbformat.read(graded, as_version=4), submission.changed)
    write_feedback(course, name, graded, job.feedback, show_hidden_tests=job.show_hidden_tests)
    points, most = _points(job.work / "gradebook.db", name)
    if status == TAMPERED and not submission.changed:
        points = dict.fromkeys(points)  # a kernel that hides failures has said nothing on any check
    return Result(job.student, name, job.digest, status, detail, points, most)


class _GradedCourse(NbgraderCourse):
    """The folder of one submission, with the limits of its execution."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.work)
        self.job = job

    def config(self):
        config = super().config()
        default = Autograde.class_traits()["autograde_preprocessors"].default()
        others = [step for step in default if step is not Execute]
        config.Autograde.autograde_preprocessors = [PlantCanaries, BoundedExecute, TakeCanaries, *others]
        config.BoundedExecute.scratch = str(self.job.work / "scratch")
        config.BoundedExecute.timeout = self.job.limits.cell_seconds
        config.BoundedExecute.iopub_timeout = self.job.limits.seconds
        config.KernelManager.transport = "ipc"  # the kernel has no network
        config.KernelManager.ip = str(self.job.work / "run" / "kernel")  # the start of its sockets' names
        return config


def _prepare_kernel(job: Job) -> None:
    """A folder to write to, the kernel's specification, and an environment without secrets."""
    scratch, runtime = job.work / "scratch", job.work / "run"
    for folder in (scratch / "tmp", runtime, job.work / "jupyter" / "kernels" / "python3"):
        folder.mkdir(parents=True)
    spec = {"argv": kernel_command(), "display_name": "Python 3", "language": "python"}
    (job.work / "jupyter/kernels/python3/kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    walls = Confinement(
        memory=job.limits.memory,
        cpu_seconds=job.limits.cpu_seconds,
        file_size=job.limits.file_size,
        scratch=(str(scratch), str(runtime)),
        readable=(str(job.root / "data"),),
    )
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= walls.environment()
    environment |= dict.fromkeys(("HOME", "IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_CONFIG_DIR"), str(scratch))
    environment |= {
        "JUPYTER_PATH": str(job.work / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "OMP_NUM_THREADS": "1",
        "TENFOLD_ROOT": str(job.root),
        "TMPDIR": str(scratch / "tmp"),
    }
    tempfile.tempdir = str(runtime)  # for the kernel's connection file, and the sockets beside it
    os.environ.clear()
    os.environ.update(environment)
    # What a submission sends arrives in this process.
    resource.setrlimit(resource.RLIMIT_AS, (job.limits.memory, job.limits.memory))


def _status(graded: nbformat.NotebookNode, changed: list[str]) -> tuple[str, str]:
    """How it went, by what the cells put out, and a sentence where there is more to say."""
    outputs = [output for cell in graded.cells for output in cell.get("outputs", [])]
    errors = [(output.ename, output.evalue) for output in outputs if output.output_type == "error"]
    names = {name for name, _ in errors}
    if DIED in names:
        return CRASHED, "its kernel died; what it had not run got no points"
    if TOO_LONG in names:
        return TIMED_OUT, "a cell took too long and was stopped"
    if "MemoryError" in names or any("can't allocate memory" in text for _, text in errors):
        return OUT_OF_MEMORY, "a cell asked for more memory than allowed"
    if graded.metadata.get(CANARY):
        return TAMPERED, "failing checks are hidden from the grader, so no points are given"
    if changed:
        return TAMPERED, f"changed cells that are locked, graded with the originals: {', '.join(changed)}"
    return GRADED, ""


def _points(database: Path, name: str) -> tuple[dict[str, float | None], dict[str, float]]:
    """Points given and the most there are, by exercise; None where people mark."""
    with Gradebook(f"sqlite:///{database}") as gradebook:
        grades = gradebook.find_submission_notebook(name, name, STUDENT).grades
        found = {grade.name.removesuffix("-check"): grade for grade in sorted(grades, key=lambda g: g.name)}
        points = {id: grade.auto_score for id, grade in found.items()}
        return points, {id: grade.max_score for id, grade in found.items()}
