"""Passages: cutting, sections of docstrings, and what is held out, on text made here."""

import hashlib

import pytest

from tenfold.corpora import passages as module
from tenfold.corpora.dialogues import Dialogue, Turn
from tenfold.corpora.passages import (
    CODE,
    DOCS,
    HELD_OUT_CODE,
    HELD_OUT_DOCS,
    LONGEST,
    SHORTEST,
    docstring_sections,
    load_passages,
    passages,
)


def test_lines_are_cut_at_their_ends_and_none_is_lost_between():
    lines = [f"line {n} " + "x" * (n % 70) for n in range(200)]
    found = list(passages(lines))
    assert all(SHORTEST <= len(text) <= LONGEST for text in found)
    assert "\n".join(found) == "\n".join(lines)[: len("\n".join(found))]


def test_a_rest_that_is_too_short_is_left_out():
    assert list(passages(["x" * (SHORTEST - 1)])) == []
    assert list(passages(["x" * SHORTEST])) == ["x" * SHORTEST]


def test_a_longer_line_is_cut():
    assert list(passages(["x" * (2 * LONGEST + 10)])) == ["x" * LONGEST] * 2


def test_sections_have_the_titles_that_stand_above_a_rule():
    docstring = """Sum   of values.

    More on it.

    Parameters
    ----------
    x : float
        A value.

    Notes
    -----
    It is a sum.
    >>> add(1)
    1

    After an example.
    """
    assert docstring_sections(docstring) == [
        ("", ["Sum of values.", "More on it."]),
        ("Parameters", ["x : float", "A value."]),
        ("Notes", ["It is a sum.", "After an example."]),
    ]


def test_a_docstring_without_titles_is_one_section():
    assert docstring_sections("One line.") == [("", ["One line."])]


def test_no_package_is_both_trained_on_and_tested():
    assert HELD_OUT_DOCS not in DOCS
    assert not set(CODE) & set(HELD_OUT_CODE)


def test_dialogues_are_held_out_by_their_own_hash(monkeypatch):
    chats = [Dialogue(str(n), None, (Turn("a", (f"chat {n} " * 80,)),), {}) for n in range(64)]
    monkeypatch.setattr(module, "load_dialogues", lambda: tuple(chats))
    kept, other = (
        {passage.text.split()[1] for passage in load_passages.__wrapped__(source)}
        for source in ("chat", "other chat")
    )
    first_bytes = {str(n): hashlib.sha256(chats[n].text.encode()).digest()[:4] for n in range(64)}
    expected = {n for n, four in first_bytes.items() if int.from_bytes(four, "big") / 2**32 < 1 / 16}
    assert other == expected
    assert kept == set(first_bytes) - expected
    assert expected


def test_passages_stand_in_the_order_of_their_hashes_and_once(monkeypatch):
    monkeypatch.setitem(
        module.SOURCES, "docs", lambda: iter([("p", "b"), ("p", "a"), ("q", "b"), ("p", "c")])
    )
    found = load_passages.__wrapped__("docs")
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in "abc"]
    assert [passage.sha256 for passage in found] == sorted(hashes)


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match="'poems'"):
        load_passages("poems")
