import json

import pytest

from tenfold.book.copies import sealed
from tenfold.book.execute import plan


@pytest.fixture
def executed(small_project, monkeypatch):
    """Write the copy that executing a chapter would leave, with verdicts, without a kernel."""
    monkeypatch.setenv("COLUMNS", "200")

    def write(chapter, verdicts=()):
        (task,) = plan([chapter], small_project.root, {}, force=True)
        stamp = task.stamp | {
            "seconds": 95.2,
            "executed": "2026-01-02T03:04:05+00:00",
            "verdicts": [{"verdict": verdict} for verdict in verdicts],
        }
        task.copy.parent.mkdir(parents=True, exist_ok=True)
        task.copy.write_text(sealed(json.dumps({"cells": [], "metadata": {"tenfold": stamp}})))

    return write


def rows(tenfold):
    status, out, err = tenfold("status")
    assert (status, err) == (0, "")
    return {line.split()[0]: line for line in out.splitlines()[1:]}


def test_status_shows_verdicts_and_time_of_a_fresh_chapter(tenfold, small_project, executed):
    executed(small_project.add("01_first"), ["reproduced", "inconclusive", "reproduced"])
    (row,) = rows(tenfold).values()
    for part in ("fresh", "2 reproduced, 1 inconclusive", "1 min 35 s", "2026-01-02T03:04:05"):
        assert part in row


def test_status_names_what_made_a_chapter_stale(tenfold, small_project, executed):
    executed(small_project.add("01_first"))
    executed(small_project.add("02_second", "x = 1"))
    small_project.add("02_second", "x = 2")
    small_project.add("03_third")
    found = rows(tenfold)
    assert "fresh" in found["01_first"]
    assert "stale (notebook changed)" in found["02_second"]
    assert "never executed" in found["03_third"]
    (small_project.root / "requirements.lock").write_text("other==1\n")
    assert "stale (notebook, requirements.lock changed)" in rows(tenfold)["02_second"]


def test_status_shows_a_broken_chapter_beside_the_others(tenfold, small_project, executed):
    executed(small_project.add("01_first"))
    small_project.add("02_second", data=["data/runs/gone.jsonl"])
    found = rows(tenfold)
    assert "fresh" in found["01_first"]
    assert "broken: 02_second declares the data file data/runs/gone.jsonl" in found["02_second"]


def test_status_remembers_a_failed_attempt(tenfold, small_project, executed):
    executed(small_project.add("01_first"))
    failed = small_project.copy("01_first").parent / "failed"
    failed.mkdir()
    (failed / "01_first.ipynb").write_text("{}")
    assert "fresh; the last attempt failed" in rows(tenfold)["01_first"]
