import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from tenfold.longcontext.index import EmptyIndex, HiddenStateIndex, IndexFull
from tenfold.longcontext.index_files import DamagedIndex, load_index, save_index

RNG = np.random.default_rng(0)
STATES = RNG.normal(size=(400, 16)).astype(np.float32)
QUERIES = RNG.normal(size=(30, 16)).astype(np.float32)


def best(states, k):
    return np.argsort(-QUERIES @ states.T, axis=1, kind="stable")[:, :k]


def filled(**settings):
    index = HiddenStateIndex(16, **settings)
    for part in np.array_split(STATES, 7):
        index.append(part)
    return index


def test_exact_search_finds_what_sorting_all_products_finds():
    scores, places = filled().search(QUERIES, 9)
    assert np.array_equal(places, best(STATES, 9))
    np.testing.assert_allclose(scores, np.take_along_axis(QUERIES @ STATES.T, places, 1), rtol=1e-5)


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_only_tokens_before_the_place_are_found(kind):
    scores, places = filled(kind=kind).search(QUERIES, 5, before=150)
    assert places.max() < 150
    if kind == "exact":
        assert np.array_equal(places, best(STATES[:150], 5))
    assert np.isfinite(scores[places >= 0]).all()


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_approximate_kinds_find_the_best_far_more_often_than_chance(kind):
    index = filled(kind=kind)
    index.search(QUERIES, 1)
    index.append(STATES[:50] + 0.5)
    places = index.search(QUERIES, 10)[1]
    exact = best(np.concatenate([STATES, STATES[:50] + 0.5]), 10)
    shared = [len(set(a) & set(b)) for a, b in zip(places.tolist(), exact.tolist(), strict=True)]
    assert np.mean(shared) > 3  # chance: 10 of 450, so 0.2


def test_more_hits_than_states_leave_places_of_minus_one():
    index = HiddenStateIndex(16)
    index.append(STATES[:3])
    scores, places = index.search(QUERIES, 5)
    assert np.array_equal(np.sort(places[:, :3]), np.tile(np.arange(3), (30, 1)))
    assert (places[:, 3:] == -1).all()
    assert (scores[:, 3:] == -np.inf).all()
    assert (index.search(QUERIES, 5, before=0)[1] == -1).all()


def test_a_full_index_refuses_and_stores_nothing():
    index = HiddenStateIndex(16, capacity=10)
    index.append(STATES[:8])
    with pytest.raises(IndexFull, match="3 more states than the 8 held exceed the capacity of 10"):
        index.append(STATES[8:11])
    assert np.array_equal(index.states, STATES[:8])


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_eviction_drops_the_oldest_and_keeps_places_in_the_text(kind):
    index = filled(kind=kind, capacity=300, full="evict")
    assert (len(index), index.first) == (300, 100)
    assert np.array_equal(index.states, STATES[100:])
    places = index.search(QUERIES, 4)[1]
    assert places.min() >= 100
    if kind == "exact":
        assert np.array_equal(places, best(STATES[100:], 4) + 100)
        assert (index.search(QUERIES, 4, before=100)[1] == -1).all()


def test_bytes_are_those_of_the_states_and_grow_with_a_graph():
    assert filled().nbytes == 400 * 16 * 4
    graph = filled(kind="hnsw")
    graph.search(QUERIES, 1)
    assert graph.nbytes > 2 * 400 * 16 * 4


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
def test_a_saved_index_finds_the_same(kind, tmp_path):
    index = filled(kind=kind, capacity=300, full="evict")
    save_index(index, tmp_path)
    again = load_index(tmp_path)
    assert (again.first, again.capacity, again.full, again.kind) == (100, 300, "evict", kind)
    assert np.array_equal(again.states, index.states)
    assert np.array_equal(again.search(QUERIES, 6)[1], index.search(QUERIES, 6)[1])


def test_changed_files_are_refused(tmp_path):
    save_index(filled(), tmp_path)
    save_file({"states": STATES + 1}, tmp_path / "states.safetensors")
    with pytest.raises(DamagedIndex, match="save the index again"):
        load_index(tmp_path)
    settings = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps(settings | {"count": 3}))
    with pytest.raises(DamagedIndex):
        load_index(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"holds no states\.safetensors"):
        load_index(tmp_path / "elsewhere")


def test_bad_input_is_refused_with_its_name():
    index = HiddenStateIndex(16)
    with pytest.raises(EmptyIndex, match="append the states"):
        index.search(QUERIES, 1)
    with pytest.raises(ValueError, match=r"states have shape \[3, 15\]"):
        index.append(STATES[:3, :15])
    with pytest.raises(ValueError, match="states hold nan or inf"):
        index.append(np.full((1, 16), np.nan))
    index.append(STATES)
    with pytest.raises(ValueError, match=r"queries have shape \[30, 4\]"):
        index.search(QUERIES[:, :4], 1)
    with pytest.raises(ValueError, match="k is 0"):
        index.search(QUERIES, 0)
    for wrong in ({"width": 0}, {"width": 4, "kind": "other"}, {"width": 4, "full": "other"}):
        with pytest.raises(ValueError, match="allowed"):
            HiddenStateIndex(**wrong)
