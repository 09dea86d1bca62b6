"""Every chapter runs from a fresh kernel in its smallest profile, with runs made anew."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_in_the_smoke_profile(chapter):
    tenfold = Path(sys.executable).with_name("tenfold")
    command = [tenfold, "run", chapter, "--profile", "smoke", "--runs", "fresh", "--force"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (copy,) = (
        path
        for path in ROOT.glob(f"build/executed-*/{chapter}.ipynb")
        if json.loads(path.read_text())["metadata"]["tenfold"]["parameters"]["profile"] == "smoke"
        and json.loads(path.read_text())["metadata"]["tenfold"]["parameters"]["runs"] == "fresh"
    )
    assert json.loads(copy.read_text())["metadata"]["tenfold"]["verdicts"]
