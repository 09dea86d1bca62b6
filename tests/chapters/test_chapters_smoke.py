"""Every chapter runs from a fresh kernel in its smallest profile, with runs made anew."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


@pytest.fixture(scope="module")
def told():
    """What the command says that runs all chapters, two at a time: this is the last file to be finished."""
    tenfold = Path(sys.executable).with_name("tenfold")
    options = ["--profile", "smoke", "--runs", "fresh", "--force", "--jobs", "2"]
    done = subprocess.run([tenfold, "run", *CHAPTERS, *options], cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_in_the_smoke_profile(chapter, told):
    assert f"{chapter}: done in" in told, told
    (copy,) = (
        path
        for path in ROOT.glob(f"build/executed-*/{chapter}.ipynb")
        if json.loads(path.read_text())["metadata"]["tenfold"]["parameters"]["profile"] == "smoke"
        and json.loads(path.read_text())["metadata"]["tenfold"]["parameters"]["runs"] == "fresh"
    )
    assert json.loads(copy.read_text())["metadata"]["tenfold"]["verdicts"]
