import json

import pytest

from tenfold.book.copies import sealed
from tenfold.book.errors import SiteError
from tenfold.book.scoreboard import count_verdicts, read_executed


@pytest.fixture
def executed(tmp_path):
    """Write executed copies with these verdicts, (claim, verdict) by chapter; returns the project."""

    def write(**chapters: list[tuple[str, str]]):
        folder = tmp_path / "build" / "executed"
        folder.mkdir(parents=True)
        for name, verdicts in chapters.items():
            records = [{"claim": claim, "verdict": verdict} for claim, verdict in verdicts]
            stamp = {"fingerprint": "f", "verdicts": records}
            notebook = {"cells": [], "metadata": {"tenfold": stamp}}
            (folder / f"{name}.ipynb").write_text(sealed(json.dumps(notebook)), encoding="utf-8")
        return tmp_path

    return write


def test_rows_keep_the_order_of_chapters_and_claims(executed):
    root = executed(b=[("C2", "reproduced"), ("C1", "inconclusive")], a=[("C1", "direction only")])
    rows = [row for chapter in read_executed(root, ["a", "b"]) for row in chapter.rows]
    assert [(row.chapter, row.place) for row in rows] == [
        ("a", "verdict-C1"),
        ("b", "verdict-C2"),
        ("b", "verdict-C1"),
    ]


def test_counts_cover_the_whole_vocabulary(executed):
    root = executed(a=[("C1", "reproduced"), ("C2", "inconclusive"), ("C3", "reproduced")])
    (chapter,) = read_executed(root, ["a"])
    assert count_verdicts(chapter.rows) == {
        "reproduced": 2,
        "direction only": 0,
        "not reproduced": 0,
        "inconclusive": 1,
        "not testable at this scale": 0,
    }


def test_chapter_without_a_verdict_is_refused(executed):
    with pytest.raises(SiteError, match="chapter a shows no verdict"):
        read_executed(executed(a=[]), ["a"])


def test_claim_shown_twice_is_refused(executed):
    root = executed(a=[("C1", "reproduced"), ("C2", "reproduced"), ("C1", "not reproduced")])
    with pytest.raises(SiteError, match="chapter a shows C1 more than once"):
        read_executed(root, ["a"])


def test_all_chapters_that_are_not_ready_are_named_at_once(executed):
    root = executed(b=[])
    with pytest.raises(SiteError) as error:
        read_executed(root, ["a", "b"])
    first, second = str(error.value).splitlines()
    assert "tenfold run a" in first
    assert "chapter b shows no verdict" in second
