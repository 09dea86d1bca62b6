"""Every chapter runs: on recorded runs, to the verdicts it stores, and in its smallest profile.

What was executed with the same inputs before, by `make book` say, is not executed again on the recorded runs.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from torch._inductor.runtime.runtime_utils import default_cache_dir

from tenfold.book.readme import VERDICT_CELL
from tenfold.book.status import book_status
from tenfold.course.landlock import landlock_version, restrict_files

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))

CACHES = {".cache", ".config", ".ipython", ".jupyter", ".local", ".matplotlib", ".triton"}
KERNELS = Path.home() / ".triton"
STEPS = Path(default_cache_dir())  # of training, compiled

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def run(*options, **how):
    """What the command says that runs all chapters, two at a time: this is the last file to be finished."""
    tenfold = Path(sys.executable).with_name("tenfold")
    command = [tenfold, "run", *CHAPTERS, "--jobs", "2", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **how)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def confined(home, tmp_path_factory):
    """How a process is started that writes to build/, to a folder for temporary files and to this home alone.

    Compiled kernels, which take long to make, are kept where they always are.
    """
    temporary = tmp_path_factory.mktemp("tmp")
    for folder in (KERNELS, STEPS):
        folder.mkdir(exist_ok=True)
    writable = [ROOT / "build", temporary, home, KERNELS, STEPS, Path("/dev")]

    def confine():
        if landlock_version():
            restrict_files(readable=[Path("/")], writable=writable)

    own = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "TRITON_CACHE_DIR": str(KERNELS / "cache"),
        "TORCHINDUCTOR_CACHE_DIR": str(STEPS),
    }
    return {"env": os.environ | own, "preexec_fn": confine}


@pytest.fixture(scope="module")
def told_on_recorded_runs():
    return run()


@pytest.fixture(scope="module")
def told_in_smoke(confined):
    return run("--profile", "smoke", "--runs", "fresh", "--force", **confined)


def verdict_table(path):
    """The text of the verdict cell's last output."""
    cells = nbformat.read(path, 4).cells
    (cell,) = (cell for cell in cells if VERDICT_CELL in cell.metadata.get("tags", []))
    shown = [output.data for output in cell.outputs if "data" in output]
    return [data["text/plain"] for data in shown if "text/plain" in data][-1]


@pytest.mark.slow
@each_chapter
def test_chapter_comes_to_the_verdicts_that_it_stores(chapter, told_on_recorded_runs):
    (status,) = (status for status in book_status(ROOT) if status.name == chapter)
    assert (status.state, status.failed) == ("fresh", False), told_on_recorded_runs
    stored = verdict_table(ROOT / "notebooks" / f"{chapter}.ipynb")
    assert verdict_table(ROOT / "build" / "executed" / f"{chapter}.ipynb") == stored


@pytest.mark.slow
@each_chapter
def test_chapter_runs_in_the_smoke_profile(chapter, told_in_smoke):
    assert f"{chapter}: done in" in told_in_smoke, told_in_smoke
    (copy,) = (
        path
        for path in ROOT.glob(f"build/executed-*/{chapter}.ipynb")
        if json.loads(path.read_text())["metadata"]["tenfold"]["parameters"]["profile"] == "smoke"
        and json.loads(path.read_text())["metadata"]["tenfold"]["parameters"]["runs"] == "fresh"
    )
    assert json.loads(copy.read_text())["metadata"]["tenfold"]["verdicts"]


def test_what_runs_in_the_smoke_profile_cannot_write_outside_the_work_folder(confined):
    program = (
        "import pathlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    file = pathlib.Path(name, 'written-by-a-test')\n"
        "    try:\n"
        "        file.touch()\n"
        "        file.unlink()\n"
        "        print('written')\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
    )
    folders = [ROOT / "build", ROOT, ROOT / "data", ROOT / "notebooks", Path.home()]
    command = [sys.executable, "-c", program, *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=True, **confined)
    outside = "refused" if landlock_version() else "written"  # a kernel without Landlock confines nothing
    assert done.stdout.split() == ["written", *[outside] * 4]


@pytest.mark.slow
def test_chapters_leave_nothing_but_caches_in_the_home_folder(told_in_smoke, home):
    assert told_in_smoke
    assert {path.name for path in home.iterdir()} <= CACHES
