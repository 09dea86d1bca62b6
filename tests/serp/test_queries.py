import numpy as np
import pytest

from tenfold.serp import Document, SearchIndex, TooFewQueries, make_queries
from tenfold.serp.queries import rarest_words

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def tasks(world):
    return make_queries(world, per_class=6, rng=RNG(0))


def of_class(tasks, name):
    return [task for task in tasks if task.query_class == name]


def test_every_class_has_its_number_of_different_queries(tasks):
    assert len({task.query for task in tasks}) == 24
    for name in ("known-item", "informational", "multi-intent", "transactional"):
        assert len(of_class(tasks, name)) == 6


def test_a_known_item_is_asked_for_by_its_rarest_words(world, tasks):
    for task in of_class(tasks, "known-item"):
        document = world.get(task.targets[0])
        assert task.query.split() == rarest_words(world, document, 3)
        assert all(word in document.text for word in task.query.split())
        [intent] = task.need.intents
        assert intent.relevance[document.id] == 0.95
        # its partner in the other package has the same words, and nothing else has
        assert sorted(intent.relevance.values()) == [0.3, 0.95]
        assert intent.suitable["web"] == 0.9


def test_an_informational_query_asks_what_a_name_means(tasks):
    for task in of_class(tasks, "informational"):
        words = task.targets[0].rpartition(".")[2].split("_")
        assert task.query == f"what is {' '.join(words)}"
        assert sorted(task.need.intents[0].relevance.values()) == [0.6, 0.95]


def test_two_intents_have_a_target_each_in_different_packages(world, tasks):
    for task in of_class(tasks, "multi-intent"):
        assert [intent.share for intent in task.need.intents] == [0.5, 0.5]
        first, second = map(world.get, task.targets)
        assert first.package != second.package
        for intent, target in zip(task.need.intents, task.targets, strict=True):
            assert intent.relevance[target] == 0.95
        assert len(task.query.split()) == 4


def test_a_transactional_query_names_package_and_version(world, tasks):
    for task in of_class(tasks, "transactional"):
        target = world.get(task.targets[0])
        assert task.query == f"changes in {target.package} {target.version}"
        assert set(task.need.intents[0].relevance.values()) == {0.3, 0.95}
        assert len(task.need.intents[0].relevance) == 20


def test_the_same_seed_gives_the_same_queries(world, tasks):
    assert make_queries(world, per_class=6, rng=RNG(0)) == tasks
    assert make_queries(world, per_class=6, rng=RNG(1)) != tasks


def test_too_few_documents_are_named(index):
    with pytest.raises(TooFewQueries, match="known-item queries, not 50"):
        make_queries(index, per_class=50, rng=RNG(0))
    with pytest.raises(ValueError, match="per_class is 0"):
        make_queries(index, per_class=0, rng=RNG(0))


def test_install_queries_come_from_guides_that_say_how():
    documents = [
        Document(f"guide:p{n}-1", "guide", f"p{n}: Use", f"You install p{n} so.", f"p{n}", "1")
        for n in range(8)
    ]
    documents += [
        Document(
            f"docs:p{n}.do_thing{c}",
            "docs",
            f"p{n}.make_thing",
            f"wordone{c} wordtwo{c} wordthree{c}",
            f"p{n}",
            "1",
        )
        for n in (0, 1)
        for c in "abcdefgh"
    ]
    found = make_queries(SearchIndex.build(documents), per_class=1, rng=RNG(3))
    assert found[-1].query.startswith("install p")
