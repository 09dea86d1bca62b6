"""Selections from a small pool made here: size, order of value, shares of sources."""

from collections import Counter

import numpy as np
import pytest

from tenfold.corpora.passages import Passage
from tenfold.lm import quality_data
from tenfold.lm.quality_data import Scored, n_bytes, selected

SIZE = 100


def scored(count: int, sources: dict[str, int]) -> Scored:
    """Passages of SIZE bytes, in proportion to `sources`; their value is drawn."""
    names = [name for name, weight in sources.items() for _ in range(weight * count)]
    texts = [f"{name} {n} ".ljust(SIZE - 2, "x") for n, name in enumerate(names)]
    made = tuple(Passage(text, name, name) for text, name in zip(texts, names, strict=True))
    return Scored(made, np.random.default_rng(0).random(len(made)))


POOL = scored(50, {"docs": 1, "chat": 3})
DOCS = scored(100, {"docs": 1, "more docs": 3})


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(quality_data, "pool", lambda: POOL)
    monkeypatch.setattr(quality_data, "docs_pool", lambda: DOCS)
    monkeypatch.setattr(quality_data, "SELECTED", 40 * SIZE)
    monkeypatch.setattr(quality_data, "LITTLE", 5 * SIZE)


def values(passages: list[Passage], pool: Scored) -> list[float]:
    value = dict(zip(pool.passages, pool.value, strict=True))
    return [value[passage] for passage in passages]


@pytest.mark.parametrize(
    "text", ["filtered", "random", "filtered within sources", "docs", "explanations", "lists"]
)
def test_selections_have_one_size_and_no_passage_twice(text):
    chosen = selected(text, 0)
    assert sum(map(n_bytes, chosen)) == 40 * SIZE
    assert len(set(chosen)) == 40


def test_filtered_is_the_top_of_the_pool():
    rest = set(POOL.passages) - set(selected("filtered", 0))
    assert min(values(selected("filtered", 0), POOL)) > max(values(list(rest), POOL))


@pytest.mark.parametrize(
    ("text", "pool"), [("filtered within sources", POOL), ("docs", DOCS), ("lists", DOCS)]
)
def test_shares_of_sources_are_kept(text, pool):
    chosen = Counter(passage.source for passage in selected(text, 0))
    whole = Counter(passage.source for passage in pool.passages)
    assert {name: chosen[name] / 40 for name in chosen} == {
        name: whole[name] / whole.total() for name in whole
    }


def test_within_a_source_the_most_valued_are_taken_and_lists_are_the_least():
    for text, sign in (("filtered within sources", 1), ("explanations", 1), ("lists", -1)):
        pool = POOL if text == "filtered within sources" else DOCS
        chosen = selected(text, 0)
        for source in {passage.source for passage in pool.passages}:
            taken = [passage for passage in chosen if passage.source == source]
            rest = [p for p in pool.passages if p.source == source and p not in taken]
            assert min(sign * v for v in values(taken, pool)) > max(sign * v for v in values(rest, pool))


def test_drawn_selections_change_with_the_seed_and_chosen_ones_do_not():
    for text in ("random", "docs", "little"):
        assert selected(text, 0) == selected(text, 0)
        assert selected(text, 0) != selected(text, 1)
    for text in ("filtered", "raw", "lists"):
        assert selected(text, 0) == selected(text, 1)


def test_little_is_a_part_of_filtered():
    assert set(selected("little", 3)) < set(selected("filtered", 3))
    assert len(selected("little", 3)) == 5


def test_an_unknown_text_is_refused():
    with pytest.raises(ValueError, match="'poems'"):
        selected("poems", 0)
