"""Every verdict of every criterion, worked out by hand, with the boundary cases."""

import pytest

from tenfold.claims import Estimate, NotTestable, judge

ABOVE = {"type": "excludes", "value": 0.3, "side": "above", "level": 0.9}
BELOW = ABOVE | {"side": "below"}
RANGE = {"type": "inside", "low": 0.25, "high": 0.4, "level": 0.9}
RANGE_OR_POSITIVE = RANGE | {"direction": {"value": 0.0, "side": "above"}}
NEGATIVE_RANGE = {
    "type": "inside",
    "low": -2.0,
    "high": -1.0,
    "level": 0.9,
    "direction": {"value": -0.5, "side": "below"},
}
SAME = {"type": "equivalence", "margin": 0.5, "level": 0.9}

ONE_INTERVAL = [
    # criterion, low, high, verdict
    (ABOVE, 0.31, 0.5, "reproduced"),
    (ABOVE, 0.1, 0.29, "not reproduced"),
    (ABOVE, 0.2, 0.4, "inconclusive"),
    (ABOVE, 0.3, 0.5, "inconclusive"),  # touches the value from the right side
    (ABOVE, 0.1, 0.3, "inconclusive"),  # touches it from the wrong side
    (ABOVE, 0.3, 0.3, "inconclusive"),  # is the value
    (ABOVE, 0.2, float("inf"), "inconclusive"),
    (ABOVE, 0.4, float("inf"), "reproduced"),
    (BELOW, 0.1, 0.29, "reproduced"),
    (BELOW, 0.31, 0.5, "not reproduced"),
    (BELOW, 0.2, 0.4, "inconclusive"),
    (BELOW, 0.1, 0.3, "inconclusive"),
    (RANGE, 0.3, 0.35, "reproduced"),
    (RANGE, 0.25, 0.4, "reproduced"),  # is the range
    (RANGE, 0.25, 0.3, "reproduced"),  # touches it from inside
    (RANGE, 0.41, 0.6, "not reproduced"),
    (RANGE, 0.1, 0.2, "not reproduced"),
    (RANGE, 0.35, 0.45, "inconclusive"),
    (RANGE, 0.2, 0.5, "inconclusive"),  # wider than the range on both sides
    (RANGE, 0.4, 0.6, "inconclusive"),  # touches it from outside
    (RANGE, 0.1, 0.25, "inconclusive"),
    (RANGE_OR_POSITIVE, 0.3, 0.35, "reproduced"),
    (RANGE_OR_POSITIVE, 0.5, 0.7, "direction only"),  # disjoint, right sign
    (RANGE_OR_POSITIVE, 0.1, 0.3, "direction only"),  # overlapping, right sign
    (RANGE_OR_POSITIVE, -0.3, -0.1, "not reproduced"),  # disjoint, wrong sign
    (RANGE_OR_POSITIVE, -0.1, 0.1, "not reproduced"),  # disjoint, sign open
    (RANGE_OR_POSITIVE, 0.0, 0.2, "not reproduced"),  # disjoint, touches the direction's value
    (RANGE_OR_POSITIVE, -0.1, 0.3, "inconclusive"),  # overlapping, sign open
    (RANGE_OR_POSITIVE, 0.0, 0.3, "inconclusive"),  # overlapping, touches the direction's value
    (NEGATIVE_RANGE, -1.5, -1.2, "reproduced"),
    (NEGATIVE_RANGE, -0.9, -0.6, "direction only"),
    (NEGATIVE_RANGE, -0.4, 0.1, "not reproduced"),
    (NEGATIVE_RANGE, -1.1, -0.4, "inconclusive"),
    (SAME, -0.2, 0.3, "reproduced"),
    (SAME, 0.6, 0.9, "not reproduced"),
    (SAME, -0.9, -0.6, "not reproduced"),
    (SAME, 0.1, 0.6, "inconclusive"),
    (SAME, -0.7, 0.7, "inconclusive"),
    (SAME, -0.2, 0.5, "inconclusive"),  # touches the margin from inside
    (SAME, 0.5, 0.9, "inconclusive"),  # touches it from outside
    (SAME, -0.9, -0.5, "inconclusive"),
]

ORDER = {"type": "ordering", "steps": ["b over a", "c over b", "d over c"], "level": 0.9}
POSITIVE, NEGATIVE, OPEN, TOUCHING = (0.1, 0.3), (-0.3, -0.1), (-0.1, 0.2), (0.0, 0.2)
ORDERINGS = [
    ((POSITIVE, POSITIVE, POSITIVE), "reproduced"),
    ((POSITIVE, POSITIVE, NEGATIVE), "not reproduced"),
    ((NEGATIVE, OPEN, OPEN), "not reproduced"),
    ((POSITIVE, OPEN, OPEN), "direction only"),
    ((POSITIVE, POSITIVE, TOUCHING), "direction only"),
    ((OPEN, OPEN, OPEN), "inconclusive"),
    ((TOUCHING, TOUCHING, TOUCHING), "inconclusive"),
    ((POSITIVE, OPEN, (-0.2, 0.0)), "direction only"),
]

EXACT = {"type": "exact", "value": 1.0, "tolerance": 0.1}
EXACTS = [
    (EXACT, 1.0, "reproduced"),
    (EXACT, 0.95, "reproduced"),
    (EXACT, 1.1, "reproduced"),  # 1.1 - 1.0 > 0.1 in binary floats, not in decimals
    (EXACT, 0.9, "reproduced"),
    (EXACT, 1.1001, "not reproduced"),
    (EXACT, 0.8999, "not reproduced"),
    (EXACT | {"value": 3, "tolerance": 0}, 3, "reproduced"),
    (EXACT | {"value": 3, "tolerance": 0}, 4, "not reproduced"),
]


def outcome(ledger, evidence):
    return judge(ledger, {"C1": evidence}, profile="laptop")["C1"].verdict


def interval(low, high):
    middle = low if high == float("inf") else (low + high) / 2
    return Estimate(value=middle, low=low, high=high, level=0.9)


@pytest.mark.parametrize(("criterion", "low", "high", "verdict"), ONE_INTERVAL)
def test_one_interval_gives_the_verdict_worked_out_by_hand(ledger_of, criterion, low, high, verdict):
    assert outcome(ledger_of(criterion), interval(low, high)) == verdict


@pytest.mark.parametrize(("bounds", "verdict"), ORDERINGS)
def test_an_ordering_gives_the_verdict_worked_out_by_hand(ledger_of, bounds, verdict):
    evidence = {step: interval(*b) for step, b in zip(ORDER["steps"], bounds, strict=True)}
    assert outcome(ledger_of(ORDER), evidence) == verdict


@pytest.mark.parametrize(("criterion", "number", "verdict"), EXACTS)
def test_exact_arithmetic_gives_the_verdict_worked_out_by_hand(ledger_of, criterion, number, verdict):
    assert outcome(ledger_of(criterion), number) == verdict


@pytest.mark.parametrize("criterion", [ABOVE, RANGE, SAME, ORDER, EXACT], ids=lambda c: c["type"])
def test_a_reason_why_not_makes_any_criterion_not_testable(ledger_of, criterion):
    verdict = judge(ledger_of(criterion), {"C1": NotTestable("Needs 8 GPUs.")}, profile="laptop")["C1"]
    assert (verdict.verdict, verdict.reason) == ("not testable at this scale", "Needs 8 GPUs.")


REASONS = [
    (ABOVE, (0.31, 0.5), "The 90% interval lies above 0.3."),
    (ABOVE, (0.1, 0.2), "The 90% interval lies below 0.3, not above."),
    (ABOVE, (0.1, 0.3), "The 90% interval touches 0.3."),
    (ABOVE, (0.1, 0.5), "The 90% interval contains 0.3."),
    (RANGE, (0.3, 0.4), "The 90% interval lies within 0.25 to 0.4."),
    (RANGE, (0.5, 0.6), "The 90% interval lies outside 0.25 to 0.4."),
    (
        RANGE_OR_POSITIVE,
        (0.1, 0.3),
        "The 90% interval lies only partly within 0.25 to 0.4, but above 0.",
    ),
    (RANGE_OR_POSITIVE, (-0.2, 0.1), "The 90% interval lies outside 0.25 to 0.4 and contains 0."),
    (SAME, (-0.1, 0.1), "The 90% interval lies between -0.5 and 0.5."),
    (SAME, (0.6, 0.9), "The 90% interval lies above 0.5."),
    (SAME, (-0.6, 0.9), "The 90% interval reaches the margin at -0.5 and 0.5."),
]


@pytest.mark.parametrize(("criterion", "bounds", "reason"), REASONS)
def test_the_reason_says_where_the_interval_lies(ledger_of, criterion, bounds, reason):
    assert judge(ledger_of(criterion), {"C1": interval(*bounds)}, profile="laptop")["C1"].reason == reason


def test_the_reason_of_an_ordering_names_the_steps_that_do_not_hold(ledger_of):
    evidence = {"b over a": interval(*POSITIVE), "c over b": interval(*OPEN), "d over c": interval(*POSITIVE)}
    verdict = judge(ledger_of(ORDER), {"C1": evidence}, profile="laptop")["C1"]
    assert verdict.reason == "2 of 3 intervals (90%) lie above 0; not told apart from 0: c over b."


def test_the_reason_of_an_exact_criterion_gives_the_difference(ledger_of):
    verdict = judge(ledger_of(EXACT), {"C1": 1.25}, profile="laptop")["C1"]
    assert verdict.reason == "The number lies 0.25 above 1, beyond the tolerance of 0.1."
