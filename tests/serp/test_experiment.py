import math

import numpy as np
import pytest

from tenfold.corpora import ChangedCorpus
from tenfold.serp import UserModel, estimated_need, fixed_template, fullness, make_queries, prepare
from tenfold.serp import experiment as module
from tenfold.serp.experiment import STRATEGIES, PageConfig, compose_pages, judge_of, small_world
from tenfold.serp.toolbox import all_tools

CLASSES = ("known-item", "informational", "multi-intent", "transactional")


@pytest.fixture(autouse=True)
def in_the_world(world, monkeypatch):
    """The experiment over forty docstrings and forty changelog entries."""
    monkeypatch.setattr(module, "_index", lambda: world)
    for cached in (module.tasks, module.gathered):
        cached.cache_clear()
    yield
    for cached in (module.tasks, module.gathered):
        cached.cache_clear()


def made(world, query_class="multi-intent", **settings):
    config = PageConfig(world.fingerprint, query_class, (0, 2), per_class=4, **settings)
    [result] = compose_pages([config.to_json()])
    return result["metrics"]


def task_of(world, query_class, number):
    tasks = make_queries(world, per_class=4, rng=np.random.default_rng(0))
    return [task for task in tasks if task.query_class == query_class][number]


@pytest.mark.parametrize("query_class", CLASSES)
def test_templates_are_scored_by_the_true_user_model(world, query_class):
    metrics = made(world, query_class, part="templates")
    assert {name.partition(" ")[0] for name in metrics} == {"0", "2"}
    task = task_of(world, query_class, 2)
    material, _ = prepare(task.query, all_tools(world))
    assert metrics["2 template"] == round(UserModel(task.need).score(fixed_template(material)), 5)
    assert metrics["2 items"] == len(material.items)
    shown = {document for item in material.items for document in item.documents}
    assert metrics["2 found"] == np.mean([target in shown for target in task.targets])


def test_every_strategy_gives_a_utility_and_no_strategy_beats_the_optimum(world):
    names = tuple(STRATEGIES)
    metrics = made(world, part="small world", strategies=names, budgets=(6,))
    for number in (0, 2):
        best = metrics[f"{number} optimum"]
        assert all(0 <= metrics[f"{number} {name}.6"] <= best + 1e-5 for name in names)


def test_an_honest_judge_finds_no_worse_pages_with_a_larger_budget_of_whole_pages(world):
    metrics = made(world, strategies=("best-of-n", "random"), budgets=(4, 16, 64))
    for number in (0, 2):
        for name in ("best-of-n", "random"):
            values = [metrics[f"{number} {name}.{budget}"] for budget in (4, 16, 64)]
            assert values == sorted(values)


def test_another_judge_reports_what_it_says_beside_what_is_true(world):
    metrics = made(world, judge="full 1", strategies=("best-of-n",), budgets=(8,))
    for number in (0, 2):
        difference = metrics[f"{number} best-of-n.8.judged"] - metrics[f"{number} best-of-n.8"]
        assert any(math.isclose(difference, items / 10, abs_tol=2e-5) for items in range(1, 11))


def test_gathering_counts_costs_and_ends_with_all_items(world):
    settings = {"judge": "several intents", "strategies": ("best-of-n",), "budgets": (8,)}
    metrics = made(world, part="gathering", **settings)
    assert [metrics[f"0 {n}.cost"] for n in range(1, 7)] == [1, 2, 4, 6, 7, 8]
    confidence = [metrics[f"0 {n}.best_score"] for n in range(1, 7)]
    assert confidence == sorted(confidence)
    whole = made(world, **settings)
    assert metrics["0 6.best-of-n.8"] == whole["0 best-of-n.8"]


def test_the_same_configuration_gives_the_same_numbers(world):
    settings = {"judge": "noise 0.1", "strategies": ("beam", "coarse-to-fine"), "budgets": (8,)}
    assert made(world, **settings) == made(world, **settings)


def test_judges_by_name(world):
    task = task_of(world, "multi-intent", 0)
    material, _ = prepare(task.query, all_tools(world))
    page = fixed_template(material)
    true = UserModel(task.need).score(page)
    judges = {name: judge_of(name, task, material.items, 0) for name in ("honest", "full 0.5", "noise 0.2")}
    assert judges["honest"].score(page) == true
    assert judges["full 0.5"].score(page) == pytest.approx(true + 0.5 * fullness(page))
    assert judges["noise 0.2"].score(page) != true
    assert judge_of("one intent", task, material.items, 0).need == estimated_need(material.items)
    assert len(judge_of("several intents", task, material.items, 0).need.intents) == 2
    with pytest.raises(ValueError, match="judge is 'kind'"):
        judge_of("kind", task, material.items, 0)


def test_a_small_world_has_the_best_item_of_each_of_three_kinds(world):
    material, _ = prepare(task_of(world, "informational", 1).query, all_tools(world))
    small = small_world(material)
    assert len({item.kind for item in small.items}) == len(small.items) <= 3
    for item in small.items:
        assert item.score == max(other.score for other in material.items if other.kind == item.kind)


def test_documents_that_changed_are_refused():
    config = PageConfig("0" * 16, "known-item", (0,), per_class=4)
    with pytest.raises(ChangedCorpus, match="make setup"):
        compose_pages([config.to_json()])


def test_a_configuration_comes_back_from_json():
    config = PageConfig("f", "known-item", (1, 2), strategies=("beam",), budgets=(8,))
    assert PageConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"part": "all"}, "part is 'all'"),
        ({"strategies": ("luck",)}, "unknown strategy 'luck'"),
        ({"numbers": (60,)}, "numbers hold 60: use 0 to 59"),
        ({"color": "red"}, "unknown settings of a run of pages: color"),
    ],
    ids=["part", "strategy", "number", "unknown"],
)
def test_a_wrong_configuration_is_named(wrong, message):
    config = {"index": "f", "query_class": "known-item", "numbers": (0,)} | wrong
    with pytest.raises(ValueError, match=message):
        PageConfig.from_json(config)
