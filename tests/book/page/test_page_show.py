import pandas as pd
import pytest

from tenfold.book.page import show
from tenfold.claims import VERDICTS_MIME, Estimate, judge

HOSTILE = '<script>alert(1)</script> & "quoted"'
MEMORY = {"value": 4711.5, "mark": "memory"}


def test_claims_are_shown_with_number_place_prediction_and_rule(shown, ledger_of):
    show(ledger_of({"id": "C1"}, {"id": "C2", "reported": {"unknown": "in a figure only"}}))
    for part in (
        "Claim number C1.",
        "about 0.32",
        "Table 5",
        "Prediction of C1.",
        "the 90% interval lies above 0",
    ):
        assert part in shown.page.text
        assert part in shown.text
    assert "about 0.32 Table 5; quoted in a report" in shown.page.text
    assert "unknown Table 5; in a figure only" in shown.page.text
    assert max(map(len, shown.text.splitlines())) <= 110


def test_an_amended_claim_shows_when_and_why(shown, ledger_of):
    change = {"date": ledger_of({"id": "C1"}).claims[0].registered, "reason": "A wider range."}
    show(ledger_of({"id": "C1", "amended": [change]}))
    assert "amended 2026-11-20 : A wider range." in shown.page.text
    assert "Amended 2026-11-20: A wider range." in shown.text


def test_every_verdict_is_a_callout_with_icon_and_word(shown, verdicts):
    show(verdicts)
    callouts = {e["id"]: e["class"] for e in shown.page.all("div") if "id" in e}
    assert callouts == {
        "verdict-C1": "tf-verdict tf-reproduced",
        "verdict-C2": "tf-verdict tf-direction-only",
        "verdict-C3": "tf-verdict tf-not-reproduced",
        "verdict-C4": "tf-verdict tf-inconclusive",
        "verdict-C5": "tf-verdict tf-not-testable-at-this-scale",
    }
    for badge in ("✓ reproduced", "↗ direction only", "✗ not reproduced", "? inconclusive"):
        assert badge in shown.page.text
    assert "\N{EN DASH} not testable at this scale" in shown.page.text


def test_a_callout_gives_both_numbers_and_the_reason(shown, verdicts):
    show(verdicts)
    assert (
        "about 0.32 Table 5 Here 0.50 [0.40, 0.60] n = 12 Why The 90% interval lies above 0."
        in shown.page.text
    )
    assert "Here not tested Why Needs 8 GPUs." in shown.page.text


def test_the_records_stand_beside_the_bundle_where_no_renderer_warns(shown, verdicts):
    show(verdicts)
    assert set(shown.bundles[-1]) == {"text/plain", "text/html"}
    assert shown.metadata[-1] == {VERDICTS_MIME: verdicts.to_records()}
    assert shown.text == repr(verdicts)


def test_verdicts_carry_their_provenance(shown, verdicts, run_of):
    show(verdicts, runs=[run_of()], params={"seed": 3})
    assert "Provenance Code run by hand" in shown.page.text
    assert "Parameters seed = 3" in shown.page.text


@pytest.mark.parametrize("part", ["text", "where", "prediction"])
def test_markup_in_a_claim_is_shown_not_obeyed(shown, ledger_of, part):
    ledger = ledger_of({"id": "C1", part: HOSTILE})
    show(ledger)
    assert HOSTILE in shown.page.text
    assert not shown.page.all("script")
    show(judge(ledger, {"C1": Estimate(0.5, 0.4, 0.6, 0.9)}, profile="laptop"))
    assert not shown.page.all("script")


def test_markup_in_the_name_of_a_step_is_shown_not_obeyed(shown, ledger_of):
    criterion = {"type": "ordering", "steps": ["<script>a</script>"], "level": 0.9}
    ledger = ledger_of({"id": "C1", "criterion": criterion})
    evidence = {"C1": {"<script>a</script>": Estimate(0.5, 0.4, 0.6, 0.9)}}
    show(judge(ledger, evidence, profile="laptop"))
    assert not shown.page.all("script")
    assert "<script>a</script>: 0.50 [0.40, 0.60]" in shown.page.text


def test_a_memory_fact_is_never_shown_as_the_papers_number(shown, ledger_of):
    ledger = ledger_of({"id": "C1", "reported": MEMORY})
    show(ledger)
    show(judge(ledger, {"C1": Estimate(0.5, 0.4, 0.6, 0.9)}, profile="laptop"))
    assert "4711" not in str(shown)
    assert all("not read at source" in bundle["text/html"] for bundle in shown.bundles)


def test_a_table_has_a_caption_and_rounded_numbers(shown):
    show(pd.DataFrame({"size": ["30k", "100k"], "loss": [2.0123456, 1.9]}), caption="Loss <by> size")
    assert shown.page.text == "Loss <by> size size loss 30k 2.012 100k 1.9"
    assert shown.page.all("caption") == [{}]
    assert "Loss <by> size" in shown.text
    assert "2.012" in shown.text


def test_a_table_shows_row_labels_only_where_they_say_something(shown):
    frame = pd.DataFrame({"x": [7, 8]}, index=["first", "second"])
    show(frame)
    assert shown.page.text == "x first 7 second 8"
    show(frame.reset_index(drop=True))
    assert shown.page.text == "x 7 8"


def test_markup_in_a_table_is_shown_not_obeyed(shown):
    show(pd.DataFrame({HOSTILE: [HOSTILE]}))
    assert shown.page.text.count(HOSTILE) == 2
    assert not shown.page.all("script")


def test_a_table_has_a_provenance_box_when_it_is_given_one(shown, run_of):
    frame = pd.DataFrame({"x": [1]})
    show(frame)
    assert not shown.page.all("details")
    show(frame, runs=[run_of()])
    assert shown.page.all("details") == [{"class": "tf-provenance"}]


@pytest.mark.parametrize("thing", [3, "text", {"C1": 1}, None])
def test_anything_else_is_refused_by_type(thing):
    with pytest.raises(TypeError, match=f"Ledger, Verdicts or a DataFrame, got {type(thing).__name__}"):
        show(thing)
