"""Probes: what counts as leaked, and how gaps are made, on passages made here."""

import pytest

from tenfold.corpora.passages import Passage
from tenfold.lm import quality_probes
from tenfold.lm.quality_data import Scored
from tenfold.lm.quality_probes import all_choices, cloze, probe_passages, reasoning, word_runs

TRAINED = "alpha bravo candle delta ember forest garden harbor island jacket kettle lantern"
WORDS = TRAINED.split()


def passage(text: str) -> Passage:
    return Passage(text, "docs", "made")


@pytest.fixture
def seen(monkeypatch):
    """TRAINED is trained on, its words in reverse are graded; nothing else."""
    monkeypatch.setattr(quality_probes, "pool", lambda: Scored((passage(TRAINED),), None))
    monkeypatch.setattr(quality_probes, "docs_pool", lambda: Scored((), None))
    graded = " ".join(reversed(WORDS))
    monkeypatch.setattr(quality_probes, "graded_passages", lambda: ((passage(graded), 1),))
    quality_probes._seen_runs.cache_clear()
    yield
    quality_probes._seen_runs.cache_clear()


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        (" ".join(WORDS[:8]), True),
        ("Before: " + ", ".join(WORDS[2:10]).upper() + "; after", True),
        (" ".join(WORDS[:7]), False),
        (" ".join([*WORDS[:7], "other", *WORDS[7:12]]), False),
        (" ".join(reversed(WORDS[:8])), True),
    ],
    ids=["a run of eight", "in other case and signs", "seven alone", "a word between", "a graded passage"],
)
def test_a_run_of_eight_words_that_was_seen_is_a_leak(seen, monkeypatch, text, leaks):
    monkeypatch.setattr(quality_probes, "load_passages", lambda name: (passage(text),))
    assert bool(probe_passages.__wrapped__("explanations")) != leaks


def test_runs_of_words_are_consecutive():
    assert word_runs("a b c d e f g h i") == {tuple("abcdefgh"), tuple("bcdefghi")}
    assert word_runs("a b c") == set()


@pytest.fixture
def texts(monkeypatch):
    """40 passages: 80 bytes and more of one word, then words of five letters."""
    five = ["apple", "bread", "chair", "dance", "eagle", "flame", "grape", "house"]
    made = tuple(
        passage("stone " * 14 + " ".join(five[n % 8 :] + five[: n % 8]) + f". {n}") for n in range(40)
    )
    monkeypatch.setattr(quality_probes, "probe_passages", lambda text: made)
    return made


def test_a_gap_offers_four_words_of_one_length_and_the_right_one_first(texts):
    items = cloze.__wrapped__("explanations", 30)
    assert len(items) == 30
    for item, made in zip(items, texts, strict=False):
        assert made.text.startswith(item.prompt + item.endings[0])
        assert len(set(item.endings)) == 4
        assert {len(ending) for ending in item.endings} == {5}
        assert len(item.prompt) >= 80


def test_the_same_gaps_come_again(texts):
    assert cloze.__wrapped__("explanations", 10) == cloze.__wrapped__("explanations", 20)[:10]


def test_questions_come_in_pairs_of_each_kind():
    asked = reasoning(6)
    kinds = [choice.kind for choice in asked]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(
        ("reasoning.order", "reasoning.sum", "reasoning.place", "reasoning.rule"), 6
    )
    for first, mirror in zip(asked[::2], asked[1::2], strict=True):
        assert first.endings == mirror.endings[::-1]


def test_all_items_of_a_run_are_gaps_and_questions(texts):
    kinds = [choice.kind for choice in all_choices(8)]
    assert kinds.count("cloze.explanations") == kinds.count("cloze.other chat") == 8
    assert kinds.count("reasoning.order") == 4
