import numpy as np
import pytest

from tenfold.serp import BudgetedJudge, Material, RuleProposer, UserModel, estimated_need
from tenfold.serp.controls import BlindProposer, random_pages, refined_pages, skeletons_only
from tenfold.serp.rule_proposer import CUES

RNG = np.random.default_rng


@pytest.fixture
def material(item):
    kinds = ("web", "web", "web", "answer", "definition", "news")
    return Material(
        "spanning tree", tuple(item(k, str(n), score=0.1 + 0.15 * n) for n, k in enumerate(kinds))
    )


def judged(strategy, material, budget=60, proposer=None):
    counted = BudgetedJudge(UserModel(estimated_need(material.items)), budget)
    strategy(material, proposer or RuleProposer(), counted, RNG(0))
    return counted.judged


@pytest.mark.parametrize("strategy", [random_pages, skeletons_only])
def test_a_control_spends_its_budget_and_no_more(strategy, material):
    assert len(judged(strategy, material)) == 60


def test_refining_ends_with_the_budget_or_where_no_change_is_left(material):
    assert len(judged(refined_pages, material, 30)) == 30
    assert 30 < len(judged(refined_pages, material, 1_000)) < 1_000


def test_random_pages_do_not_prefer_items_with_large_scores(material):
    first = [j.page.placements[0].item for j in judged(random_pages, material, 600)]
    webs = [item for item in first if item.kind == "web"]
    low = sum(item.score < 0.2 for item in webs) / len(webs)
    assert abs(low - 1 / 3) < 0.1
    assert not {"spanning", "tree"} & CUES["web"]


def test_refined_pages_begin_with_whole_pages_and_then_keep_one_skeleton(material):
    first, later = judged(refined_pages, material)[:12], judged(refined_pages, material)[12:]
    assert {p.size for j in first for p in j.page.placements} == {"compact", "standard", "full"}
    best = max(first, key=lambda j: j.score)
    assert {j.page.skeleton for j in later} == {best.page.skeleton}


def test_a_blind_skeleton_is_filled_with_any_item_of_its_kind(material):
    rng = RNG(1)
    skeleton = (("main", "web"), ("rail", "definition"))
    filled = [BlindProposer().filled(skeleton, material, rng) for _ in range(300)]
    shares = [sum(p[0].item.id == f"web:{n}" for p in filled) / 300 for n in range(3)]
    assert all(abs(share - 1 / 3) < 0.1 for share in shares)
    assert {p[1].item.id for p in filled} == {"definition:4"}
    informed = {RuleProposer().filled(skeleton, material, rng)[0].item.id for _ in range(20)}
    assert informed == {"web:2"}
