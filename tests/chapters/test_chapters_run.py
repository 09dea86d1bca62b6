"""Every chapter runs: on recorded runs, to the verdicts it stores, and in its smallest profile.

What was executed with the same inputs before, by `make book` say, is not executed again on the recorded runs.
"""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tenfold.book.readme import VERDICT_CELL
from tenfold.book.status import book_status

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def run(*options):
    """What the command says that runs all chapters, two at a time: this is the last file to be finished."""
    tenfold = Path(sys.executable).with_name("tenfold")
    done = subprocess.run(
        [tenfold, "run", *CHAPTERS, "--jobs", "2", *options], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def told_on_recorded_runs():
    return run()


@pytest.fixture(scope="module")
def told_in_smoke():
    return run("--profile", "smoke", "--runs", "fresh", "--force")


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
