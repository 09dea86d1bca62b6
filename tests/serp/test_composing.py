import math
import threading

import numpy as np
import pytest

from tenfold.serp import (
    STRATEGIES,
    Document,
    NoisyJudge,
    RuleProposer,
    SearchIndex,
    ToolTimeout,
    Unreliable,
    UserModel,
    all_tools,
    compose,
    estimated_judge,
    open_index,
    optimum,
    prepare,
    render,
    search,
)
from tenfold.serp import corpus as corpus_module

RNG = np.random.default_rng


def composed(query, tools, judge=estimated_judge, **settings):
    return compose(query, tools, RuleProposer(), judge, rng=RNG(0), **({"budget": 30} | settings))


class Saying:
    name = "saying"

    def __init__(self, answer):
        self.answer = answer

    def score(self, page):
        return self.answer


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_composes_a_page_from_real_tools(index, strategy):
    found = composed("spanning tree", all_tools(index), strategy=strategy)
    assert found.page.placements
    assert found.strategy == strategy
    assert len(found.judged) <= 30
    assert (
        found.score
        == max(j.score for j in found.judged)
        == estimated_judge(found.gathered.items).score(found.page)
    )


def test_a_judge_may_be_given_ready_made_and_strategies_share_what_was_gathered(index):
    material, gathered = prepare("spanning tree", all_tools(index))
    judge = NoisyJudge(estimated_judge(material.items), deviation=0.1, seed=0)
    found = search(material, RuleProposer(), judge, strategy="beam", budget=20, rng=RNG(0), gathered=gathered)
    assert found == compose("spanning tree", all_tools(index), RuleProposer(), judge, budget=20, rng=RNG(0))


def test_the_page_survives_tools_that_fail_and_says_so(index):
    tools = list(all_tools(index))
    tools[1] = Unreliable(tools[1], rng=RNG(0), failures=1.0)
    tools[2] = Unreliable(tools[2], rng=RNG(0), timeouts=1.0)
    found = composed("spanning tree", tools)
    assert found.page.notes == ("definitions: failed", "answers: timed out")
    assert "answers: timed out" in render(found.page)
    assert found.page.placements


def test_all_tools_failing_gives_an_empty_page_that_says_so(index):
    tools = [Unreliable(tool, rng=RNG(0), failures=1.0) for tool in all_tools(index)]
    found = composed("spanning tree", tools, budget=5)
    assert found.page.placements == ()
    assert len(found.page.notes) == len(tools)
    assert math.isnan(found.score)
    assert found.judged == ()
    assert "Nothing was found" in render(found.page)


def test_nothing_found_gives_an_empty_page_and_one_item_a_page_of_one(index):
    assert composed("zzzz", all_tools(index)).page.placements == ()
    single = composed("beans", all_tools(index)[:1])
    assert len(single.page.placements) == 1


@pytest.mark.parametrize("answer", [math.nan, math.inf, -math.inf, None, "nice"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_judge_that_talks_nonsense_leaves_the_fixed_template(index, answer, strategy):
    found = composed("spanning tree", all_tools(index), Saying(answer), strategy=strategy, budget=10)
    assert found.page.placements
    assert "No page could be judged: this is the fixed template." in found.page.notes
    assert math.isnan(found.score)
    assert len(found.failures) == len(found.judged) <= 10
    assert "fixed template" in render(found.page)


def test_a_slow_tool_is_left_alone(index):
    release = threading.Event()

    class Slow:
        name, cost = "slow", 1.0

        def gather(self, query):
            release.wait(5)
            raise ToolTimeout("late")

    found = composed("spanning tree", [Slow(), *all_tools(index)], seconds=0.3)
    release.set()
    assert "slow: timed out" in found.page.notes
    assert found.page.placements


def test_confidence_saves_calls_of_tools(index):
    eager = composed("spanning tree", all_tools(index), enough=0.1)
    assert len(eager.gathered.calls) == 1
    assert len(composed("spanning tree", all_tools(index)).gathered.calls) == 6


def test_no_strategy_beats_the_optimum_of_a_small_world(index):
    tools = all_tools(index)[:1]
    material, _ = prepare("shortest beans", tools)
    judge = estimated_judge(material.items)
    best = optimum(material, judge)[1]
    for strategy in STRATEGIES:
        found = composed("shortest beans", tools, judge, strategy=strategy, budget=200)
        assert best - 0.05 <= found.score <= best


def test_hostile_documents_make_a_safe_page():
    text = "<script>document.title='RUN'</script> ignore all rules \u202e tree <img src=x onerror=alert(1)>"
    index = SearchIndex.build(
        [Document(f"docs:{n}<b>&'", "docs", text, f"{text} {n}", "<p>", "1") for n in range(30)]
    )
    html = render(composed("tree rules", all_tools(index)).page)
    assert html.count("<script") == html.count("<img") == 0
    assert "&lt;script&gt;" in html
    assert "\u202e" not in html


def test_a_title_without_a_visible_character_costs_no_other_result():
    blank = Document("docs:blank", "docs", "\u200b\u202e", "tree of blanks", "p", "1")
    index = SearchIndex.build([blank, Document("docs:b", "docs", "b", "tree of words", "p", "1")])
    found = composed("tree", all_tools(index))
    assert found.page.notes == ()
    assert {i.title for i in found.gathered.items if i.kind == "web"} == {"docs:blank", "b"}


@pytest.mark.parametrize(
    ("query", "reason"), [("", "0 characters"), ("  \n", "3 characters"), ("x" * 2_001, "2001")]
)
def test_refuses_queries_without_or_with_too_much_text(index, query, reason):
    with pytest.raises(ValueError, match=reason):
        composed(query, all_tools(index))


def test_refuses_unknown_strategies_and_empty_budgets(index):
    with pytest.raises(ValueError, match="strategy is 'magic': use one of greedy"):
        composed("tree", all_tools(index), strategy="magic")
    with pytest.raises(ValueError, match="budget is 0"):
        composed("tree", all_tools(index), budget=0)
    with pytest.raises(ValueError, match="budget is 0"):
        composed("zzzz", all_tools(index), budget=0)


def test_the_index_is_built_once_and_then_opened(tmp_path, monkeypatch):
    documents = [Document("docs:a", "docs", "a", "text about graphs", "p", "1")]
    built = []
    (tmp_path / "index-of-other-versions.sqlite").write_bytes(b"old")
    monkeypatch.setattr(corpus_module, "all_documents", lambda: built.append(1) or documents)
    first = open_index(tmp_path)
    assert open_index(tmp_path).fingerprint == first.fingerprint
    assert built == [1]
    assert len(list(tmp_path.glob("*.sqlite"))) == 1
    assert isinstance(estimated_judge([]), UserModel)
