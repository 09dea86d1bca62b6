import math
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.serp import (
    STRATEGIES,
    BiasedJudge,
    BudgetedJudge,
    Intent,
    JudgeFailure,
    Material,
    Need,
    NoisyJudge,
    Page,
    Placement,
    RuleProposer,
    TooManyPages,
    UserModel,
    all_pages,
    fixed_template,
    fullness,
    optimum,
    share_of_frames,
    share_of_images,
)
from tenfold.serp.strategies import BY_NAME, COARSE


def world(item, kinds, seed=0):
    rng = np.random.default_rng(seed)
    items = tuple(item(kind, str(n), score=float(rng.uniform(0.1, 0.9))) for n, kind in enumerate(kinds))
    relevance = {f"docs:{n}": float(rng.uniform(0.1, 0.9)) for n in range(len(kinds))}
    need = Need(intents=(Intent(share=1.0, relevance=relevance),))
    return Material("query", items), UserModel(need)


def run(strategy, material, judge, budget, *, seed=0, temperature=1.0):
    counted = BudgetedJudge(judge, budget)
    BY_NAME[strategy](material, RuleProposer(temperature=temperature), counted, np.random.default_rng(seed))
    return counted


def test_every_page_of_a_small_world_is_seen_once(item):
    material, _ = world(item, ("web", "web", "web"))
    pages = [page.arrangement for page in all_pages(material, sizes=("standard",), emphasis=(False,))]
    # ordered selections of 3: 1 + 3 + 6 + 6
    assert len(pages) == len(set(pages)) == 16
    # each placement may have 3 sizes and a frame or none: 1 + 3*6 + 6*36 + 6*216
    assert sum(1 for _ in all_pages(material)) == 1 + 3 * 6 + 6 * 36 + 6 * 216


def test_regions_multiply_the_pages_of_a_small_world(item):
    material, _ = world(item, ("answer", "image"))
    # the answer: nowhere, banner, main; the image: nowhere, main, rail; both in main: two orders
    assert sum(1 for _ in all_pages(material, sizes=("standard",), emphasis=(False,))) == 3 * 3 + 1


def test_the_optimum_is_the_largest_of_all(item):
    material, judge = world(item, ("web", "answer", "news"))
    page, score = optimum(material, judge, emphasis=(False,))
    assert score == max(judge.score(p) for p in all_pages(material, emphasis=(False,))) == judge.score(page)
    with pytest.raises(TooManyPages, match="3 items make more than 10 pages"):
        optimum(material, judge, most_pages=10)


@pytest.mark.parametrize("strategy", ["best-of-n", "beam", "coarse-to-fine beam"])
def test_a_large_budget_comes_near_the_optimum(item, strategy):
    gaps = []
    for seed in range(3):
        material, judge = world(item, ("web", "answer", "news"), seed)
        gaps.append(optimum(material, judge)[1] - run(strategy, material, judge, 1_500, seed=seed).best.score)
    assert max(gaps) < 0.02


def test_beam_search_keeps_what_greedy_gives_up(item):
    class Trap:
        """The best page begins with the item that is worst alone."""

        name = "trap"

        def score(self, page):
            if any(placement.size != "standard" or placement.emphasis for placement in page.placements):
                return 0.0
            names = [placement.item.id for placement in page.placements]
            return {("web:0",): 0.5, ("web:1",): 0.4, ("web:1", "web:2"): 1.0}.get(tuple(names), 0.3)

    material, _ = world(item, ("web", "web", "web"))
    assert run("greedy", material, Trap(), 500).best.score == 0.5
    assert run("beam", material, Trap(), 500).best.score == 1.0


def test_greedy_never_grows_a_page_that_gets_worse(item):
    material, judge = world(item, ("web", "web", "answer", "news"))
    counted = run("greedy", material, judge, 300)
    grown = counted.best
    longer = [j for j in counted.judged if len(j.page.placements) > len(grown.page.placements)]
    assert all(j.score <= grown.score for j in longer)


def test_coarse_to_fine_refines_within_the_skeletons_it_chose(item):
    material, judge = world(item, ("web", "web", "answer", "news", "definition"))
    judged = run("coarse-to-fine", material, judge, 100).judged
    coarse = judged[: round(COARSE * 100)]
    assert all(p.size == "standard" and not p.emphasis for j in coarse for p in j.page.placements)
    best = max(coarse, key=lambda j: j.score)
    assert {j.page.skeleton for j in judged[len(coarse) :]} == {best.page.skeleton}


@given(
    st.sampled_from(STRATEGIES),
    st.integers(1, 60),
    st.lists(
        st.sampled_from(["web", "answer", "definition", "image", "questions", "news"]), min_size=1, max_size=6
    ),
    st.integers(0, 5),
    st.sampled_from([0.0, 0.3, 2.0]),
)
def test_no_strategy_exceeds_its_budget(item, strategy, budget, kinds, seed, temperature):
    class Counting:
        name, calls = "counting", 0

        def score(self, page):
            Counting.calls += 1
            return math.nan if Counting.calls % 7 == 0 else model.score(page)

    Counting.calls = 0
    material, model = world(item, kinds, seed)
    counted = run(strategy, material, Counting(), budget, seed=seed, temperature=temperature)
    assert 1 <= Counting.calls == len(counted.judged) <= budget
    arrangements = [judged.page.arrangement for judged in counted.judged]
    assert len(set(arrangements)) == len(arrangements)
    assert counted.best is None or counted.best.score == model.score(counted.best.page)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_seed_gives_the_same_search(item, strategy):
    material, judge = world(item, ("web", "answer", "image", "web"))
    first, second = (run(strategy, material, judge, 40, seed=3) for _ in range(2))
    assert first.judged == second.judged
    assert run(strategy, material, judge, 40, seed=4).judged != first.judged


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_budget_is_spent_where_there_is_enough_to_judge(item, strategy):
    material, judge = world(item, ("web", "answer", "image", "web", "definition", "questions", "news", "web"))
    least = 50 if strategy == "coarse-to-fine" else 60  # one page may run out of changes
    assert len(run(strategy, material, judge, 64).judged) >= least


def test_the_rule_proposer_is_greedy_at_temperature_zero_and_random_above(item):
    material, _ = world(item, ("web", "web", "news"))
    rng = np.random.default_rng(0)
    cold = RuleProposer(temperature=0.0)
    first = [next(cold.extensions(material, material.page(), rng)).arrangement for _ in range(3)]
    assert len(set(first)) == 1
    hot = RuleProposer(temperature=5.0)
    assert len({next(hot.extensions(material, material.page(), rng)).arrangement for _ in range(30)}) > 5
    with pytest.raises(ValueError, match="temperature is -1"):
        RuleProposer(temperature=-1)


def test_the_first_placement_is_drawn_in_proportion_to_its_weight(item):
    items = (item("web", "a", score=0.6), item("web", "b", score=0.2))
    material = Material("query", items)
    rng = np.random.default_rng(0)
    proposer = RuleProposer(temperature=1.0)
    drawn = [next(proposer.extensions(material, material.page(), rng)).placements[0] for _ in range(3_000)]
    assert np.mean([p.item.id == "web:a" for p in drawn]) == pytest.approx(0.75, abs=0.03)


def test_a_cue_in_the_query_doubles_a_kind(item):
    items = (item("web", "a", score=0.5), item("news", "b", score=0.4))
    for query, kind in (("graphs", "web"), ("graphs changes", "news")):
        material = Material(query, items)
        page = next(
            RuleProposer(temperature=0).extensions(material, material.page(), np.random.default_rng(0))
        )
        assert page.placements[0].item.kind == kind


def test_refinements_keep_the_skeleton_and_change_one_detail(item):
    material, _ = world(item, ("web", "web", "web"))
    page = material.page([Placement(item=i, region="main") for i in material.items[:2]])
    found = list(RuleProposer().refinements(material, page, np.random.default_rng(0)))
    # two other sizes, a frame and the third item for each of two placements, and one exchange
    assert len(found) == 2 * (2 + 1 + 1) + 1
    assert {p.skeleton for p in found} == {page.skeleton}


def test_the_fixed_template_takes_the_best_of_each_kind(one_of_each):
    page = fixed_template(Material("q", one_of_each))
    assert [(p.region, p.item.kind) for p in page.placements] == [
        ("banner", "answer"),
        ("main", "web"),
        ("main", "questions"),
        ("rail", "definition"),
        ("rail", "image"),
        ("rail", "news"),
    ]


class Constant:
    name = "constant"

    def score(self, page):
        return 0.5


def test_noise_is_normal_and_the_same_for_the_same_page(item):
    material, _ = world(item, ("web", "web", "web", "answer"))
    pages = list(islice(all_pages(material), 4_000))
    noise = np.array([NoisyJudge(Constant(), deviation=0.2, seed=1).score(p) - 0.5 for p in pages])
    assert noise.mean() == pytest.approx(0, abs=4 * 0.2 / math.sqrt(4_000))
    assert noise.std() == pytest.approx(0.2, rel=0.06)
    assert np.mean(np.abs(noise) < 0.2) == pytest.approx(0.683, abs=0.03)
    assert NoisyJudge(Constant(), deviation=0.2, seed=1).score(pages[5]) - 0.5 == noise[5]
    assert NoisyJudge(Constant(), deviation=0.2, seed=2).score(pages[5]) - 0.5 != noise[5]


def test_bias_adds_its_weight_times_the_feature(item):
    page = Page(
        query="q",
        placements=(
            Placement(item=item("image"), region="main", emphasis=True),
            Placement(item=item("web"), region="main"),
        ),
    )
    for feature, value in ((share_of_images, 0.5), (fullness, 0.2), (share_of_frames, 0.5)):
        assert BiasedJudge(Constant(), feature=feature, weight=0.4).score(page) == pytest.approx(
            0.5 + 0.4 * value
        )
    assert share_of_images(Page(query="q")) == 0


@pytest.mark.parametrize("answer", [math.nan, math.inf, None, "very good", JudgeFailure("gone")])
def test_nonsense_of_a_judge_spends_a_call_and_never_wins(item, answer):
    class Nonsense:
        name = "nonsense"

        def score(self, page):
            if isinstance(answer, Exception):
                raise answer
            return answer

    counted = BudgetedJudge(Nonsense(), 2)
    judged = counted.ask(Page(query="q"))
    assert math.isnan(judged.score)
    assert judged.failure
    assert (counted.best, counted.left) == (None, 1)


def test_refuses_bad_budgets_deviations_and_weights():
    with pytest.raises(ValueError, match="budget is 0"):
        BudgetedJudge(Constant(), 0)
    counted = BudgetedJudge(Constant(), 1)
    counted.ask(Page(query="q"))
    with pytest.raises(RuntimeError, match="is spent"):
        counted.ask(Page(query="r"))
    with pytest.raises(ValueError, match="deviation"):
        NoisyJudge(Constant(), deviation=-1, seed=0)
    with pytest.raises(ValueError, match="weight"):
        BiasedJudge(Constant(), feature=fullness, weight=math.nan)
