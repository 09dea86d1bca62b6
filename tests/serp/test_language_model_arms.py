import json

import numpy as np
import pytest

from tenfold.chat import Reply
from tenfold.serp import JudgeFailure, UserModel, fixed_template, make_queries, prepare
from tenfold.serp import experiment as module
from tenfold.serp.language_model_arms import judge_agreement, proposer_gains
from tenfold.serp.toolbox import all_tools


class Model:
    name = "scripted"

    def __init__(self, answer):
        self.answer = answer

    def complete(self, request):
        return Reply(json.dumps(self.answer), self.name, None, None, None, 0.0, "stop")


class Lookup:
    """A judge that scores a page by a function of the true utility of the task it belongs to."""

    name = "lookup"

    def __init__(self, tasks, of):
        self.needs, self.of = {task.query: task.need for task in tasks}, of

    def score(self, page):
        return self.of(UserModel(self.needs[page.query]).score(page))


@pytest.fixture
def asked(world, monkeypatch):
    monkeypatch.setattr(module, "_index", lambda: world)
    module.gathered.cache_clear()
    yield make_queries(world, per_class=2, rng=np.random.default_rng(0))[:3]
    module.gathered.cache_clear()


def test_a_model_that_proposes_nothing_usable_is_as_good_as_the_template(asked, world):
    gains = proposer_gains(asked, Model({"placements": []}), budget=4)
    for task, gain in zip(asked, gains, strict=True):
        material, _ = prepare(task.query, all_tools(world))
        template = UserModel(task.need).score(fixed_template(material))
        assert -1 <= gain - template <= 0  # what rules reach is taken off


def test_a_model_that_proposes_one_good_page_gains_what_that_page_is_worth(asked, world):
    task = asked[0]
    material, _ = prepare(task.query, all_tools(world))
    target = next(item for item in material.items if item.kind == "web" and task.targets[0] in item.documents)
    bad = next(
        item for item in material.items if task.targets[0] not in item.documents and item.kind == "web"
    )

    def gain(item):
        answer = {"placements": [{"item": item.id, "region": "main", "size": "full"}]}
        return proposer_gains([task], Model(answer), budget=4)[0]

    assert gain(target) - gain(bad) == pytest.approx(0.95 * 0.9 - UserModel(task.need).score(page(bad, task)))


def page(item, task):
    from tenfold.serp import Page, Placement

    return Page(query=task.query, placements=(Placement(item=item, region="main", size="full"),))


def test_agreement_is_one_for_the_truth_and_minus_one_for_its_opposite(asked):
    assert judge_agreement(asked, Lookup(asked, lambda u: u), pages=8) == pytest.approx([1.0] * 3)
    assert judge_agreement(asked, Lookup(asked, lambda u: -u), pages=8) == pytest.approx([-1.0] * 3)


def test_a_judge_that_fails_or_likes_all_alike_agrees_with_nothing(asked):
    def fail(_):
        raise JudgeFailure("no picture")

    assert judge_agreement(asked, Lookup(asked, fail), pages=5) == [0.0] * 3
    assert judge_agreement(asked, Lookup(asked, lambda u: 0.5), pages=5) == [0.0] * 3
