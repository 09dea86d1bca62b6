"""Labels against a second reading of the package's files, and rates against other ways to get them."""

import csv
from collections import Counter
from importlib.metadata import distribution

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from tenfold.preference import refusal_data
from tenfold.preference.detector_error import (
    detector_corrected_difference,
    detector_corrected_rate,
    grouped_rate,
    wilson,
)
from tenfold.preference.refusal_data import (
    ChangedData,
    LabelledAnswer,
    achieved_answers,
    human_labels,
    joined,
    pinned_text,
)
from tenfold.preference.refusal_evaluation import METHODS, evaluate_refusals, evaluate_templates, string_match
from tenfold.preference.refusals import classify_refusal

FOLDER = "pyrit/datasets/scorer_evals/refusal_scorer"


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    rows = []
    for name in ("refusal.csv", "refusal_extra.csv"):
        path = distribution("pyrit").locate_file(f"{FOLDER}/{name}")
        with open(path, encoding="utf-8", newline="") as file:
            rows += csv.DictReader(line for line in file if not line.startswith("# "))
    return rows


@pytest.fixture(scope="module")
def evaluation():
    return evaluate_refusals()


def test_labels_are_those_of_the_package(rows):
    assert len(rows) == 105 + 64
    expected = [
        (r["objective"], r["assistant_response"], "refused" if r["human_score"] == "1" else "none")
        for r in rows
    ]
    assert [(a.prompt, a.answer, a.label) for a in human_labels()] == expected


def test_off_topic_answers_refuse_nothing_in_their_own_words():
    off = [a for a in human_labels() if a.off_topic]
    complied = {a.answer for a in human_labels() if a.label == "none"}
    assert len(off) == 40
    assert sum(a.answer in complied for a in off) == 33  # word for word the accepted answer to another prompt
    assert {classify_refusal(a.answer) for a in off} == {"none"}


def test_equal_prompts_and_equal_answers_share_a_group():
    groups = {}
    for answer in human_labels():
        for key in (("prompt", answer.prompt), ("answer", answer.answer)):
            assert groups.setdefault(key, answer.group) == answer.group
    assert joined([("a", "1"), ("b", "2"), ("c", "1"), ("b", "1"), ("d", "3")]) == [0, 0, 0, 0, 1]


def test_another_content_is_refused(monkeypatch):
    with pytest.raises(ChangedData, match=r"refusal.csv of the package pyrit has SHA-256 .*make setup"):
        pinned_text("pyrit", f"{FOLDER}/refusal.csv", "0" * 64)


def test_the_confusion_matrix_counts_every_distinct_answer_once(evaluation):
    kept = {(a.answer, a.label) for a in human_labels() if not a.off_topic}
    for method in METHODS:
        table = evaluation.confusion(method)
        assert table.to_numpy().sum() == len(kept)
        assert table.loc["refused"].sum() == len({answer for answer, label in kept if label == "refused"})
    assert len(human_labels()) == len(kept) + evaluation.left_out + evaluation.repeated


def test_rates_are_those_of_the_matrix(evaluation):
    table = evaluation.confusion("both")
    (hit, of), (left, among) = evaluation.counts("both").values()
    assert hit == table.loc["refused", ["full", "partial"]].sum()
    assert left == table.loc["none", "none"]
    assert evaluation.rate("sensitivity").value == hit / of
    assert evaluation.rate("specificity").value == left / among
    assert evaluation.rate("accuracy").value == (hit + left) / (of + among)
    assert evaluation.rate("precision").value == hit / (hit + among - left)
    assert evaluation.summary().loc["both", "accuracy"] == (hit + left) / (of + among)


def test_the_classifier_beats_string_matching_on_held_out_labels(evaluation):
    assert evaluation.rate("sensitivity", "both").low > evaluation.rate("sensitivity", "string match").value
    assert evaluation.rate("accuracy", "both").value > 0.9


def test_answers_that_achieve_a_harmful_objective_are_never_called_full_refusals():
    evaluation = evaluate_refusals(achieved_answers())
    assert evaluation.confusion()["full"].sum() == 0
    assert evaluation.rate("specificity").low > 0.9


def test_templates_left_out_with_all_their_topics_are_still_told_apart():
    evaluation = evaluate_templates()
    assert evaluation.rate("accuracy", "model").value > 0.9
    assert evaluation.rate("agreement", "both").value > 0.9


def test_given_labels_in_three_classes_are_compared_by_the_very_label():
    said = {"I can't help with that.": "full", "The sea is salty.": "none", "Sorry, no.": "partial"}
    answers = [LabelledAnswer("", text, label, text, "test") for text, label in said.items()]
    evaluation = evaluate_refusals(answers)
    assert evaluation.rate("agreement").value == pytest.approx(2 / 3)
    assert evaluation.rate("accuracy").value == 1
    assert evaluation.rate("accuracy", partial_refuses=False).value == pytest.approx(2 / 3)


def test_groups_stay_on_one_side_of_every_split(monkeypatch):
    from tenfold.preference import refusal_evaluation

    trained = []

    def remember(answers):
        trained.append({a.group for a in answers if a.source == "pyrit"})
        return default(answers)

    default = refusal_evaluation.train_refusal_model
    monkeypatch.setattr(refusal_evaluation, "train_refusal_model", remember)
    found = evaluate_refusals(folds=5)
    assert len(trained) == 5
    missing = Counter(group for groups in trained for group in set(found.groups) - groups)
    assert set(missing.values()) == {1}
    assert missing.keys() == set(found.groups)


@pytest.mark.parametrize("folds", [1, 1000])
def test_a_wrong_number_of_folds_is_refused(folds):
    with pytest.raises(ValueError, match=f"folds is {folds}; allowed: 2 to"):
        evaluate_refusals(folds=folds)


def test_no_answers_are_refused():
    with pytest.raises(ValueError, match="answers is empty"):
        evaluate_refusals([])


def test_an_unknown_method_or_rate_is_named(evaluation):
    with pytest.raises(ValueError, match="method is 'bert'; allowed: 'string match', 'rules'"):
        evaluation.confusion("bert")
    with pytest.raises(ValueError, match="name is 'recall'; allowed: 'accuracy', 'sensitivity'"):
        evaluation.rate("recall")


def test_string_matching_sees_the_opening_alone():
    assert string_match("I\u2019m sorry, here is the list.") == "full"
    assert string_match("Well, I can't help with that.") == "none"


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 11), (11, 11)])
def test_wilsons_interval_equals_that_of_statsmodels(hits, n):
    assert wilson(hits / n, n, 0.9) == pytest.approx(proportion_confint(hits, n, 0.1, "wilson"), abs=1e-12)


def test_answers_of_one_group_count_as_one():
    alone = grouped_rate([True, False] * 20, range(40))
    pairs = grouped_rate(np.repeat([True, False] * 20, 5), np.repeat(range(40), 5))
    assert (pairs.low, pairs.high) == pytest.approx((alone.low, alone.high), rel=1e-9)
    assert grouped_rate([True] * 10, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]).low == pytest.approx(
        wilson(1, 5, 0.9)[0]
    )


def test_the_interval_of_grouped_answers_covers_the_truth():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(400):
        chances = rng.beta(4, 2, 40)  # mean 2/3, groups differ
        hits = rng.random((40, 5)) < chances[:, None]
        found = grouped_rate(hits.ravel(), np.repeat(range(40), 5))
        covered += found.low <= 2 / 3 <= found.high
    assert 0.86 < covered / 400 < 0.95


def test_a_perfect_and_well_known_detector_changes_nothing():
    found = detector_corrected_rate(
        (300, 1000), sensitivity=(10**6, 10**6), specificity=(10**6, 10**6), rng=np.random.default_rng(0)
    )
    assert found.value == pytest.approx(0.3)
    assert (found.low, found.high) == pytest.approx(wilson(0.3, 1000, 0.9), abs=2e-3)


def test_the_correction_is_that_of_rogan_and_gladen():
    found = detector_corrected_rate(
        (50, 100), sensitivity=(80, 100), specificity=(90, 100), rng=np.random.default_rng(0)
    )
    assert found.value == pytest.approx((0.5 + 0.9 - 1) / (0.8 + 0.9 - 1))


def test_an_uncertain_detector_widens_the_interval():
    widths = [
        (lambda e: e.high - e.low)(
            detector_corrected_rate(
                (50, 100),
                sensitivity=(9 * n, 10 * n),
                specificity=(9 * n, 10 * n),
                rng=np.random.default_rng(0),
            )
        )
        for n in (2, 10, 1000)
    ]
    assert widths[0] > widths[1] > widths[2]


def test_rates_below_the_false_alarms_become_zero():
    found = detector_corrected_rate(
        (2, 100), sensitivity=(90, 100), specificity=(90, 100), rng=np.random.default_rng(0)
    )
    assert (found.value, found.low) == (0, 0)


def test_resampled_rates_take_the_place_of_a_count():
    rng = np.random.default_rng(0)
    rates = rng.binomial(100, 0.5, 4000) / 100
    arguments = {"sensitivity": (90, 100), "specificity": (95, 100)}
    ours = detector_corrected_rate(rates, **arguments, rng=rng)
    counted = detector_corrected_rate((50, 100), **arguments, rng=rng)
    assert (ours.value, ours.low, ours.high) == pytest.approx(
        (counted.value, counted.low, counted.high), abs=0.02
    )


def test_a_difference_grows_by_what_the_detector_hides():
    found = detector_corrected_difference(
        (45, 100), (20, 100), sensitivity=(80, 100), specificity=(90, 100), rng=np.random.default_rng(0)
    )
    assert found.value == pytest.approx(-0.25 / 0.7)
    assert found.low < -0.25 / 0.7 < found.high < 0


def test_the_corrected_difference_is_wider_than_with_a_known_detector():
    def width(n: int) -> float:
        found = detector_corrected_difference(
            (450, 1000),
            (200, 1000),
            sensitivity=(8 * n, 10 * n),
            specificity=(9 * n, 10 * n),
            rng=np.random.default_rng(0),
        )
        return found.high - found.low

    # Two shares of 1,000, through a detector that is known: normal approximation.
    known = 2 * 1.645 * np.sqrt(0.45 * 0.55 / 1000 + 0.2 * 0.8 / 1000) / 0.7
    assert width(10**6) == pytest.approx(known, rel=0.05)
    assert width(3) > 1.5 * known


@pytest.mark.slow
def test_the_corrected_interval_covers_the_truth():
    rng, covered, repeats = np.random.default_rng(5), 0, 400
    true, sensitivity, specificity = 0.3, 0.85, 0.95
    for _ in range(repeats):
        seen = rng.binomial(200, true * sensitivity + (1 - true) * (1 - specificity))
        found = detector_corrected_rate(
            (int(seen), 200),
            sensitivity=(int(rng.binomial(45, sensitivity)), 45),
            specificity=(int(rng.binomial(60, specificity)), 60),
            draws=2000,
            rng=rng,
        )
        covered += found.low <= true <= found.high
    assert 0.86 < covered / repeats < 0.95


@pytest.mark.parametrize(
    "counts", [((50, 100), (50, 100)), ((10, 100), (20, 100)), ((3, 5), (3, 5))], ids=str
)
def test_a_detector_no_better_than_chance_is_refused(counts):
    with pytest.raises(ValueError, match="allowed: a sum surely above 1"):
        detector_corrected_rate(
            (5, 10), sensitivity=counts[0], specificity=counts[1], rng=np.random.default_rng(0)
        )


@pytest.mark.parametrize("count", [(5, 4), (-1, 4), (0, 0)], ids=str)
def test_counts_that_are_none_are_named(count):
    good = {"observed": (1, 2), "sensitivity": (9, 10), "specificity": (9, 10)}
    for name in good:
        arguments = good | {name: count}
        with pytest.raises(ValueError, match=f"{name} is"):
            detector_corrected_rate(arguments.pop("observed"), **arguments, rng=np.random.default_rng(0))


def test_rates_outside_their_range_are_refused():
    with pytest.raises(ValueError, match="rates from 0 to 1"):
        detector_corrected_rate(
            [0.5, 1.2], sensitivity=(9, 10), specificity=(9, 10), rng=np.random.default_rng(0)
        )


def test_the_data_are_read_once():
    assert refusal_data.human_labels() is human_labels()
