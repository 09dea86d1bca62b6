import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from tenfold.feedback import (
    ITEMS,
    Dialogue,
    Signal,
    Turn,
    evaluate_feedback,
    find_feedback,
    find_feedback_many,
    polarities,
)

ANSWER = "The capital of Australia is Sydney."


def test_the_items_are_nine_of_each_polarity():
    assert sorted(ITEMS.values()) == ["DSAT"] * 9 + ["SAT"] * 9


def test_a_signal_is_about_the_answer_before_it(talk):
    dialogue = talk("What is the capital?", ANSWER, "That's wrong.", "It is Canberra.", "thank you!")
    found = [(s.turn, s.answer, s.item, s.quote.text) for s in find_feedback(dialogue)]
    assert found == [(2, 1, "factual error", "That's wrong"), (4, 3, "gratitude", "thank you")]


def test_what_is_said_before_any_answer_is_no_feedback(talk):
    assert find_feedback(talk("thanks in advance, this is terrible", "Sure.")) == []


def test_a_dialogue_without_turns_of_the_user_has_no_feedback(talk):
    assert find_feedback(talk("Hello", first="assistant")) == []
    assert find_feedback(Dialogue("empty", ())) == []


def test_asking_the_same_again_counts_as_ignored(talk):
    dialogue = talk("Which trains go to Rome today?", "I like trains.", "which trains go to rome today")
    assert [(s.turn, s.item, s.polarity) for s in find_feedback(dialogue)] == [(2, "ignored", "DSAT")]


def test_many_dialogues_at_once_give_what_each_gives(talk):
    dialogues = [talk("Hi", ANSWER, text) for text in ("thanks", "that is wrong", "so it is", "bye")]
    expected = [find_feedback(dialogue) for dialogue in dialogues]
    assert find_feedback_many(dialogues, at_once=3, progress=False) == expected
    assert [len(signals) for signals in expected] == [1, 1, 0, 1]


@pytest.mark.parametrize(("answer", "found"), [("Which one do you like?", ["no engagement"]), (ANSWER, [])])
def test_a_bare_ok_is_no_engagement_only_after_a_question(talk, answer, found):
    assert [s.item for s in find_feedback(talk("Hi", answer, "ok"))] == found


def test_a_turn_may_hold_both_polarities(talk):
    found = find_feedback(talk("Hi", ANSWER, "Thanks, but that is wrong."))
    assert polarities(found) == {2: {"SAT", "DSAT"}}


def test_a_signal_has_the_polarity_of_its_item(talk):
    quote = talk("Hi", ANSWER, "Thanks").quote(2, 0, 6)
    with pytest.raises(ValueError, match=r"gratitude \(SAT\)"):
        Signal(2, 1, "gratitude", "DSAT", quote)


def simulated(n: int, seed: int):
    """Dialogues of 6 user turns, labels, and predictions that are wrong more often in some dialogues."""
    rng = np.random.default_rng(seed)
    dialogue = Dialogue("d", tuple(Turn("user", "x") for _ in range(6)))
    labels, predicted = [], []
    for _ in range(n):
        truth = rng.random(6) < 0.3
        said = np.where(rng.random(6) < rng.choice([0.02, 0.4]), ~truth, truth)
        labels.append({int(t): {"DSAT"} for t in np.flatnonzero(truth)})
        predicted.append({int(t): {"DSAT"} for t in np.flatnonzero(said)})
    return [dialogue] * n, predicted, labels


def test_precision_recall_and_kappa_are_those_of_the_pooled_table():
    dialogues, predicted, labels = simulated(40, 0)
    result = evaluate_feedback(dialogues, predicted, labels, polarity="DSAT", rng=np.random.default_rng(0))
    table = np.zeros((2, 2))
    for ours, theirs in zip(predicted, labels, strict=True):
        for turn in range(6):
            table[int(turn not in ours), int(turn not in theirs)] += 1
    assert result.precision().value == pytest.approx(table[0, 0] / table[0].sum())
    assert result.recall().value == pytest.approx(table[0, 0] / table[:, 0].sum())
    assert result.kappa().value == pytest.approx(cohens_kappa(table).kappa)


def test_turns_of_one_dialogue_are_taken_as_dependent():
    """Forty dialogues that repeat themselves ten times tell no more than once: the interval is as wide."""
    one = [Dialogue("d", (Turn("user", "x"),) * 1)] * 40
    ten = [Dialogue("d", (Turn("user", "x"),) * 10)] * 40
    truth, said = np.arange(40) % 2 == 0, np.arange(40) % 3 == 0

    def marks(flags, turns):
        return [{t: {"SAT"} for t in range(turns)} if flag else {} for flag in flags]

    widths = []
    for dialogues, turns in ((one, 1), (ten, 10)):
        result = evaluate_feedback(
            dialogues, marks(said, turns), marks(truth, turns), polarity="SAT", rng=np.random.default_rng(0)
        )
        widths.append(result.kappa().high - result.kappa().low)
    assert widths[1] == pytest.approx(widths[0])


@pytest.mark.slow
def test_the_interval_covers_the_true_recall_nine_times_in_ten():
    covered = 0
    for seed in range(150):
        dialogues, predicted, labels = simulated(60, seed)
        rng = np.random.default_rng(seed)
        recall = evaluate_feedback(
            dialogues, predicted, labels, polarity="DSAT", n_boot=300, rng=rng
        ).recall()
        covered += recall.low <= 1 - (0.02 + 0.4) / 2 <= recall.high
    assert 0.83 <= covered / 150 <= 0.96


def test_nothing_predicted_has_no_precision_and_nothing_labelled_no_recall(talk):
    rng = np.random.default_rng(0)
    result = evaluate_feedback([talk("x", "y")], [{}], [{0: {"SAT"}}], polarity="SAT", rng=rng)
    assert result.precision() is None
    assert result.recall().value == 0
    result = evaluate_feedback([talk("x", "y")], [{}], [{}], polarity="SAT", rng=rng)
    assert (result.precision(), result.recall(), result.kappa()) == (None, None, None)


@pytest.mark.parametrize("place", [1, 9], ids=["assistant", "beyond"])
def test_labels_of_other_turns_are_refused(talk, place):
    with pytest.raises(ValueError, match="no turn of the user"):
        evaluate_feedback(
            [talk("x", "y")], [{}], [{place: {"SAT"}}], polarity="SAT", rng=np.random.default_rng(0)
        )


def test_numbers_that_differ_are_refused(talk):
    with pytest.raises(ValueError, match="1 dialogues, 0 predictions"):
        evaluate_feedback([talk("x")], [], [{}], polarity="SAT", rng=np.random.default_rng(0))
