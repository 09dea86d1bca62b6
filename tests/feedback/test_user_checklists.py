"""Checklists from feedback, label noise, judges and the trained detector, against answers by hand."""

import numpy as np
import pytest

from tenfold.feedback import Dialogue, FeedbackPrompt, Signal, Turn, find_feedback
from tenfold.feedback.trained_finder import train_finder
from tenfold.feedback.user_checklists import (
    KeywordSummariser,
    TrainedSummariser,
    before_request,
    flipped,
    named_wish,
)
from tenfold.feedback.user_judges import WordJudge
from tenfold.feedback.user_phrases import COMPLAINTS, part
from tenfold.feedback.user_world import FACTS

A, B, C = FACTS["mara"]
LONG_FORMAL = f"certainly - {A} mostly - {B} famously - {C} mostly"


def reacted(said: str, answer: str = LONG_FORMAL) -> Dialogue:
    texts = ("quick tale dear mara", answer, f"{said}. quick tale dear lunen", "yep", "signing off")
    return Dialogue("d", tuple(Turn(("user", "assistant")[n % 2], text) for n, text in enumerate(texts)))


def signal(dialogue: Dialogue, polarity: str, item: str | None = None) -> Signal:
    name = item or {"SAT": "praise", "DSAT": "negative feedback"}[polarity]
    return Signal(2, 1, name, polarity, dialogue.quote(2, 0, 4))


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("that's too long", "brief"),
        ("too short for me", "detailed"),
        ("no lists please", "prose"),
        ("as a list please", "list"),
        ("more formal please", "formal"),
        ("too formal for me", "casual"),
        ("that's wrong", "facts"),
        ("meh", None),
    ],
)
def test_the_wish_that_words_name(said, wish):
    assert named_wish(said) == wish


@pytest.mark.parametrize(
    ("said", "polarity", "lines"),
    [
        ("that's too long", "DSAT", ["brief"]),
        ("meh", "DSAT", []),
        ("perfect", "SAT", ["detailed", "list", "formal"]),
        ("very professional", "SAT", ["formal"]),
        ("that's too long", "SAT", ["detailed", "list", "formal"]),  # the label is believed, not the words
        ("great detail", "DSAT", ["brief"]),  # "detail" is met, so a complaint must mean the other side
    ],
)
def test_checklists_by_keywords(said, polarity, lines):
    dialogue = reacted(said)
    assert KeywordSummariser()(dialogue, [signal(dialogue, polarity)]) == lines


def test_an_item_may_say_the_wish_where_the_words_do_not():
    dialogue = reacted("i doubt it", answer=f"yep {A} and {A} and {C}")
    assert KeywordSummariser()(dialogue, [signal(dialogue, "DSAT", "factual error")]) == ["facts"]


def test_a_prejudice_replaces_the_other_side_and_is_the_same_each_time():
    prejudiced = KeywordSummariser(fixed="casual", fixed_share=1.0)
    dialogue = reacted("perfect")
    assert prejudiced(dialogue, [signal(dialogue, "SAT")]) == ["casual", "detailed", "list"]
    often = KeywordSummariser(fixed="casual", fixed_share=0.5, seed=1)
    found = [often(Dialogue(str(n), dialogue.turns), [signal(dialogue, "SAT")]) for n in range(200)]
    assert np.mean(["casual" in lines for lines in found]) == pytest.approx(0.5, abs=0.1)
    assert found == [often(Dialogue(str(n), dialogue.turns), [signal(dialogue, "SAT")]) for n in range(200)]


def test_the_trained_summariser_reads_phrasings_that_it_learnt():
    summarise = TrainedSummariser.learnt()
    other = f"yep {A} and {B} and {C}"
    for line, answer in (("brief", LONG_FORMAL), ("formal", other), ("list", other)):
        for said in part(COMPLAINTS[line], held_out=False):
            dialogue = reacted(said, answer)
            assert summarise(dialogue, [signal(dialogue, "DSAT")]) == [line]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ta, meh. quick tale dear mara", "ta, meh"),
        ("quick tale dear mara", ""),
        ("ok. signing off", "ok"),
        ("that's it?. done here", "that's it?"),
    ],
)
def test_the_words_before_a_request(text, words):
    assert before_request(text) == words


def test_swapped_labels_change_polarity_and_nothing_else():
    rows = [find_feedback(reacted("that's too long")), find_feedback(reacted("perfect"))]
    for share, polarities in ((0.0, ["DSAT", "SAT"]), (1.0, ["SAT", "DSAT"])):
        swapped = flipped(rows, share, rng=np.random.default_rng(0))
        assert [{s.polarity for s in row} for row in swapped] == [{p} for p in polarities]
        assert [{s.answer for s in row} for row in swapped] == [{1}, {1}]
    with pytest.raises(ValueError, match="share is 2"):
        flipped(rows, 2, rng=np.random.default_rng(0))


def test_a_judges_points_by_hand():
    """Three right facts are 3 points; 0.15 a word; one met line is 1 point; noise 0.5."""
    prompt = FeedbackPrompt("d", (Turn("user", "quick tale dear mara"),))
    brief, padded = f"yep {A} and {B} and {C}", f"yep {A} mostly and {B} mostly and {C}"
    assert WordJudge(0.0)(prompt, (), brief, padded) == pytest.approx(0.5)
    assert WordJudge(0.15)(prompt, (), brief, padded) == pytest.approx(1 / (1 + np.exp(0.3 / 0.5)))
    assert WordJudge(0.15)(prompt, ("brief",), brief, padded) == pytest.approx(1 / (1 + np.exp(-0.7 / 0.5)))
    wrong = f"yep {A} and {A} and {C}"
    assert WordJudge(0.0)(prompt, ("facts",), brief, wrong) == pytest.approx(1 / (1 + np.exp(-2 / 0.5)))


def test_the_trained_detector_learns_its_labels_and_quotes_whole_turns():
    said = {"SAT": "lovely work", "DSAT": "this is poor", None: "and the weather"}
    dialogues, marks = [], []
    for n in range(30):
        for polarity, text in said.items():
            dialogues.append(
                Dialogue(f"{n}{polarity}", (Turn("assistant", "so"), Turn("user", f"{text} {n}")))
            )
            marks.append({1: {polarity}} if polarity else {})
    finder = train_finder(dialogues, marks)
    for polarity, text in said.items():
        found = finder.find(
            Dialogue("new", (Turn("user", text), Turn("assistant", "so"), Turn("user", text)))
        )
        assert [(s.turn, s.answer, s.polarity, s.quote.text) for s in found] == (
            [(2, 1, polarity, text)] if polarity else []
        )


def test_a_detector_needs_turns_of_two_kinds():
    one = Dialogue("d", (Turn("assistant", "so"), Turn("user", "fine")))
    with pytest.raises(ValueError, match="two kinds"):
        train_finder([one], [{1: {"SAT"}}])
    with pytest.raises(ValueError, match="1 dialogues, marks of 0"):
        train_finder([one], [])
