import re

import pytest

from tenfold.book.page.strip import strips
from tenfold.claims import Estimate, judge

NUMBER = re.compile(r'([a-z0-9-]+)="([-\d.]+)"')


@pytest.fixture
def drawn(ledger_of):
    """The strips of one claim: a list of rectangle, marks, interval and point for each estimate."""

    def draw(criterion: dict, evidence: object) -> list[dict]:
        ledger = ledger_of({"id": "C1", "criterion": criterion})
        verdict = judge(ledger, {"C1": evidence}, profile="laptop")["C1"]
        return [_read(svg) for svg in strips(verdict).values()]

    return draw


def _read(svg: str) -> dict:
    def all_of(tag: str) -> list[dict]:
        return [{k: float(v) for k, v in NUMBER.findall(e)} for e in re.findall(f"<{tag} [^>]*>", svg)]

    lines = all_of("line")
    return {
        "width": all_of("svg")[0]["width"],
        "region": all_of("rect")[0],
        "marks": [line["x1"] for line in lines if line["x1"] == line["x2"]],
        "interval": next((line["x1"], line["x2"]) for line in lines if line["stroke-width"] == 3),
        "point": all_of("circle")[0]["cx"],
        "labels": re.findall("<text[^>]*>([^<]*)<", svg),
    }


def test_an_interval_stands_where_its_numbers_say(drawn):
    criterion = {"type": "inside", "low": 10.0, "high": 20.0, "level": 0.9}
    strip = drawn(criterion, Estimate(12.0, 5.0, 15.0, 0.9))[0]
    # the scale runs from 5 to 20 with a margin, so 15 units are drawn between the interval's left end and 20
    left, right = strip["interval"]
    unit = (strip["marks"][1] - left) / 15
    assert right == pytest.approx(left + 10 * unit, abs=0.2)
    assert strip["point"] == pytest.approx(left + 7 * unit, abs=0.2)
    assert strip["marks"][0] == pytest.approx(left + 5 * unit, abs=0.2)
    assert strip["region"]["x"] == strip["marks"][0]
    assert strip["region"]["x"] + strip["region"]["width"] == pytest.approx(strip["marks"][1], abs=0.2)
    assert 0 < left < strip["marks"][1] < strip["width"]
    assert strip["labels"] == ["10", "20"]


@pytest.mark.parametrize(("side", "edge"), [("above", "right"), ("below", "left")])
def test_an_open_region_reaches_the_edge(drawn, side, edge):
    criterion = {"type": "excludes", "value": 1.0, "side": side, "level": 0.9}
    strip = drawn(criterion, Estimate(2.0, 1.5, 2.5, 0.9))[0]
    mark, region = strip["marks"][0], strip["region"]
    ends = (mark, strip["width"]) if edge == "right" else (0, mark)
    assert (region["x"], region["x"] + region["width"]) == pytest.approx(ends, abs=0.2)


def test_an_endless_interval_reaches_the_edge(drawn):
    criterion = {"type": "excludes", "value": 1.0, "side": "above", "level": 0.9}
    strip = drawn(criterion, Estimate(2.0, 1.5, float("inf"), 0.9))[0]
    assert strip["interval"][1] == strip["width"]


def test_the_strips_of_one_claim_share_their_scale_and_one_set_of_labels(drawn):
    criterion = {"type": "ordering", "steps": ["a", "b"], "level": 0.9}
    first, last = drawn(criterion, {"a": Estimate(1, 0.5, 2, 0.9), "b": Estimate(-3, -9, 4, 0.9)})
    assert first["marks"] == last["marks"]
    assert (first["labels"], last["labels"]) == ([], ["0"])


def test_labels_do_not_run_into_each_other(drawn):
    criterion = {"type": "equivalence", "margin": 0.01, "level": 0.9}
    assert drawn(criterion, Estimate(5.0, -10.0, 20.0, 0.9))[0]["labels"] == ["-0.01"]


def test_a_point_on_its_only_mark_can_be_drawn(drawn):
    criterion = {"type": "excludes", "value": 1.0, "side": "above", "level": 0.9}
    strip = drawn(criterion, Estimate(1.0, 1.0, 1.0, 0.9))[0]
    assert strip["point"] == strip["marks"][0] == strip["width"] / 2


def test_a_plain_number_has_no_strip(drawn):
    assert drawn({"type": "exact", "value": 1.0, "tolerance": 0.0}, 2) == []
