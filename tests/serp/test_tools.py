import time

import numpy as np
import pytest

from tenfold.serp import (
    Changes,
    Definitions,
    ExtractedAnswer,
    Figures,
    Questions,
    ToolTimeout,
    Unreliable,
    WebSearch,
    all_tools,
    best_score,
    gather,
    noisy_or,
)
from tenfold.serp.figure_tool import draw
from tenfold.serp.sentences import sentences


class Fixed:
    """A tool that gives the same items, or raises."""

    def __init__(self, name, *items, cost=1.0, error=None):
        self.name, self.cost, self._items, self._error, self.calls = name, cost, items, error, 0

    def gather(self, query):
        self.calls += 1
        if self._error:
            raise self._error
        return self._items


def test_web_search_shows_the_passage_with_its_words_marked(index):
    best = WebSearch(index).gather("spanning tree")[0]
    assert best.id == "web:docs:graphs.spanning_tree"
    assert best.documents == ("docs:graphs.spanning_tree",)
    marked = [text for text, highlighted in best.passage.segments if highlighted]
    assert set(marked) == {"spanning", "tree"}
    assert best.passage.text.startswith("A spanning tree of a graph")


def test_the_answer_is_the_sentences_with_most_of_the_query(index):
    [answer] = ExtractedAnswer(index, limit=1).gather("Dijkstra weights negative")
    assert answer.passage.text.endswith("Dijkstra needs weights that are not negative.")
    assert answer.source == "graphs 1.0 · documentation"
    assert ExtractedAnswer(index).gather("zebra") == []


def test_a_definition_has_the_names_signature_and_first_paragraph(index):
    [found] = Definitions(index).gather("shortest path")
    assert found.title == "shortest_path(graph, source)"
    assert ("Module", "graphs") in found.facts


def test_questions_end_with_a_question_mark_and_hold_the_query(index):
    [found] = Questions(index).gather("tree house")
    assert found.questions == ("Do you like a tree house?",)
    assert Questions(index).gather("beans") == []


def test_changes_carry_their_date_and_figures_their_data_set(index):
    assert [(n.title, n.date) for n in Changes(index).gather("spanning")] == [("graphs 1.0", "2024-05-06")]
    [card] = Figures(index).gather("yearly sunspots")
    assert (card.figure, card.caption.text) == ("sunspots", "Sunspots counted each year.")


def test_draws_a_data_set_as_png_and_refuses_other_names():
    assert draw("sunspots").startswith(b"\x89PNG\r\n\x1a\n")
    assert draw("engel") != draw("sunspots")
    with pytest.raises(ValueError, match="no data set"):
        draw("no_such_data")


def test_sentences_leave_out_what_is_none():
    text = "First one is long enough. X : a number.\n\nA heading\n\nSecond sentence here, is it? Yes."
    assert sentences(text) == ["First one is long enough.", "Second sentence here, is it?"]


def test_gathers_from_every_tool_and_adds_up_cost(item):
    a, b = item(name="a"), item(name="b")
    found = gather("query", [Fixed("x", a, b, cost=1.5), Fixed("y", b, cost=2.0), Fixed("z")])
    assert found.items == (a, b)
    assert found.cost == 4.5
    assert [call.outcome for call in found.calls] == ["items", "items", "nothing"]


def test_failures_and_timeouts_leave_notes_and_other_tools_go_on(item):
    class Slow(Fixed):
        def gather(self, query):
            time.sleep(5)

    tools = [Fixed("broken", error=KeyError("x")), Fixed("late", error=ToolTimeout("late")), Slow("slow")]
    found = gather("query", [*tools, Fixed("works", item())], seconds=0.2)
    assert found.notes == ("broken: failed", "late: timed out", "slow: timed out")
    assert len(found.items) == 1
    assert found.calls[0].reason == "KeyError: 'x'"


def test_stops_as_soon_as_it_is_confident_enough(item):
    tools = [Fixed("a", item(name="a", score=0.4)), Fixed("b", item(name="b", score=0.6)), Fixed("c")]
    assert [c.tool for c in gather("q", tools, enough=0.6).calls] == ["a", "b"]
    assert [c.tool for c in gather("q", tools, enough=0.4).calls] == ["a"]
    assert len(gather("q", tools, enough=0.9).calls) == 3
    assert gather("q", tools).confidence == (0.4, 0.6, 0.6)


def test_passes_over_a_tool_that_costs_too_much(item):
    found = gather("q", [Fixed("a", cost=2.0), Fixed("b", cost=2.0), Fixed("c", item())], most_cost=3.0)
    assert [call.tool for call in found.calls] == ["a", "c"]


def test_confidences_are_the_largest_score_and_the_noisy_or_over_documents(item):
    items = [item("web", "a", score=0.5), item("answer", "a", score=0.4), item("web", "b", score=0.2)]
    assert best_score("q", items) == 0.5
    assert noisy_or("q", items) == pytest.approx(1 - 0.5 * 0.8)
    assert best_score("q", []) == noisy_or("q", []) == 0


def test_an_unreliable_tool_fails_at_its_rates(item):
    tool = Unreliable(Fixed("a", item()), rng=np.random.default_rng(0), failures=0.3, timeouts=0.2)
    outcomes = [gather("q", [tool]).calls[0].outcome for _ in range(400)]
    assert outcomes.count("failed") / 400 == pytest.approx(0.3, abs=0.07)
    assert outcomes.count("timed out") / 400 == pytest.approx(0.2, abs=0.06)
    with pytest.raises(ValueError, match="add up to at most 1"):
        Unreliable(Fixed("a"), rng=np.random.default_rng(0), failures=0.7, timeouts=0.7)


def test_refuses_bad_settings(index):
    with pytest.raises(ValueError, match="enough is 2"):
        gather("q", [], enough=2)
    with pytest.raises(ValueError, match="one name"):
        gather("q", [Fixed("a"), Fixed("a")])
    with pytest.raises(ValueError, match="seconds"):
        gather("q", all_tools(index), seconds=0)
