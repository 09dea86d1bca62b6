import json

import pytest

from tenfold.claims import Estimate, EvidenceError, NotTestable, judge

EXCLUDES = {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9}
ORDER = {"type": "ordering", "steps": ["b over a", "c over b"], "level": 0.9}
EXACT = {"type": "exact", "value": 1.0, "tolerance": 0.0}
GOOD = Estimate(0.5, 0.4, 0.6, 0.9, n=8)
WRONG_LEVEL = Estimate(0.5, 0.4, 0.6, 0.95)


@pytest.mark.parametrize(
    ("criterion", "evidence", "message"),
    [
        (EXCLUDES, 0.5, r"claim C1: its excludes criterion needs an interval; give an Estimate, got 0.5"),
        (EXCLUDES, (0.4, 0.6), r"claim C1: its excludes criterion needs an interval"),
        (EXCLUDES, None, r"claim C1: its excludes criterion needs an interval"),
        (EXCLUDES, {"a": GOOD}, r"claim C1: its excludes criterion needs an interval"),
        (EXCLUDES, WRONG_LEVEL, r"claim C1: .* has level 95%, the ledger asks for 90%"),
        (ORDER, GOOD, r"claim C1: its ordering needs a dictionary with one Estimate for each of"),
        (ORDER, {"b over a": GOOD}, r"claim C1: its ordering needs .*got \['b over a'\]"),
        (ORDER, {"b over a": GOOD, "c over b": GOOD, "d": GOOD}, r"claim C1: its ordering needs"),
        (ORDER, {"b over a": GOOD, "c over b": 0.1}, r"claim C1, step c over b: .*needs an interval"),
        (ORDER, {"b over a": GOOD, "c over b": WRONG_LEVEL}, r"claim C1, step c over b: .*95%"),
        (EXACT, GOOD, r"claim C1: its exact criterion takes a plain finite number, got Estimate"),
        (EXACT, float("nan"), r"claim C1: its exact criterion takes a plain finite number, got nan"),
        (EXACT, True, r"claim C1: its exact criterion takes a plain finite number, got True"),
    ],
)
def test_evidence_that_does_not_fit_its_criterion_is_refused(ledger_of, criterion, evidence, message):
    with pytest.raises(EvidenceError, match=message):
        judge(ledger_of(criterion), {"C1": evidence}, profile="laptop")


def test_a_claim_without_evidence_is_an_error(ledger_of):
    with pytest.raises(EvidenceError, match="no evidence for claim C2, C3 of ledger demo"):
        judge(ledger_of(EXCLUDES, EXCLUDES, EXCLUDES), {"C1": GOOD}, profile="laptop")


def test_evidence_for_an_unknown_claim_is_an_error(ledger_of):
    with pytest.raises(EvidenceError, match="unknown claim C9; ledger demo has C1"):
        judge(ledger_of(EXCLUDES), {"C1": GOOD, "C9": GOOD}, profile="laptop")


def test_an_unknown_profile_is_an_error(ledger_of):
    with pytest.raises(EvidenceError, match="profile must be one of smoke, laptop, gpu, got 'cluster'"):
        judge(ledger_of(EXCLUDES), {"C1": GOOD}, profile="cluster")


def test_a_profile_that_cannot_test_a_claim_gives_no_verdict_on_it(ledger_of):
    ledger = ledger_of(EXCLUDES, profiles=["laptop", "gpu"])
    with pytest.raises(EvidenceError, match="claim C1 is not testable in profile 'smoke'"):
        judge(ledger, {"C1": GOOD}, profile="smoke")
    verdict = judge(ledger, {"C1": GOOD} | ledger.untestable("smoke"), profile="smoke")["C1"]
    assert verdict.verdict == "not testable at this scale"
    assert verdict.reason == "Tested in profile laptop or gpu, not in smoke."


def test_a_claim_no_profile_can_test_says_so(ledger_of):
    ledger = ledger_of(EXCLUDES, profiles=[])
    assert ledger.untestable("gpu") == {"C1": NotTestable("No profile of this book can test it.")}


def test_verdicts_follow_the_ledger_and_are_found_by_id(ledger_of):
    ledger = ledger_of(EXCLUDES, EXACT)
    verdicts = judge(ledger, {"C2": 2, "C1": GOOD}, profile="laptop")
    assert [v.claim.id for v in verdicts] == ["C1", "C2"]
    assert verdicts["C2"].verdict == verdicts[1].verdict == "not reproduced"
    with pytest.raises(KeyError, match="no claim 'C3' in ledger demo; it has C1, C2"):
        verdicts["C3"]


def test_records_hold_everything_as_json(ledger_of):
    ledger = ledger_of(EXCLUDES, ORDER, EXACT, EXCLUDES)
    endless = Estimate(0.5, 0.4, float("inf"), 0.9)
    evidence = {
        "C1": GOOD,
        "C2": {"c over b": endless, "b over a": GOOD},
        "C3": 2,
        "C4": NotTestable("Too large."),
    }
    records = judge(ledger, evidence, profile="laptop").to_records()
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    first, second, third, fourth = records
    assert first["estimates"] == [{"name": "", "value": 0.5, "low": 0.4, "high": 0.6, "level": 0.9, "n": 8}]
    assert (first["chapter"], first["claim"], first["profile"]) == ("demo", "C1", "laptop")
    assert (first["verdict"], first["here"], first["paper"]) == (
        "reproduced",
        "0.50 [0.40, 0.60]",
        "about 0.32",
    )
    assert [(e["name"], e["high"]) for e in second["estimates"]] == [("b over a", 0.6), ("c over b", None)]
    assert (third["number"], third["estimates"]) == (2.0, [])
    assert (fourth["verdict"], fourth["reason"]) == ("not testable at this scale", "Too large.")
