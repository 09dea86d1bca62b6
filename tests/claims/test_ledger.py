import re
from datetime import date

import pytest
import yaml

from tenfold.claims import LedgerError, load_claims
from tenfold.claims.criteria import Excludes


def test_a_valid_ledger_is_read_in_full(make, raw):
    raw["claims"][0]["amended"] = [{"date": date(2026, 11, 21), "reason": "Level raised\nto 95 %."}]
    ledger = make(raw)
    claim = ledger.claim("C1")
    assert (ledger.chapter, ledger.paper.arxiv) == ("demo", "2409.19913")
    assert claim.criterion == Excludes(type="excludes", value=0.0, side="above", level=0.9)
    assert claim.reported.value == 0.32
    assert claim.profiles == ["laptop", "gpu"]
    assert claim.amended[0].reason == "Level raised to 95 %."


def test_numbers_without_a_decimal_point_are_numbers(make, raw):
    raw["claims"][0]["reported"]["value"] = 12345.0
    text = yaml.safe_dump(raw).replace("12345.0", "1e-4")
    assert make(text).claim("C1").reported.value == 1e-4


def change(path: str, value: object):
    """A change of one field: `criterion.level` of the claim, or `/paper.title` from the top."""

    def apply(raw):
        top, keys = (raw, path[1:]) if path.startswith("/") else (raw["claims"][0], path)
        *folders, last = keys.split(".")
        for key in folders:
            top = top[key]
        if value is DELETE:
            del top[last]
        else:
            top[last] = value

    return apply


DELETE = object()
INSIDE = {"type": "inside", "low": 0.2, "high": 0.4, "level": 0.9}
NUMBER = {"value": 0.3, "mark": "read", "source": "Table 1"}
BROKEN = [
    (change("colour", "red"), r"claim C1: colour: unknown field"),
    (change("text", DELETE), r"claim C1: text: field required"),
    (change("text", "  "), r"claim C1: text: "),
    (change("where", 5), r"claim C1: where: .* quotes.*got 5"),
    (change("id", DELETE), r"claim number 1: id: field required"),
    (change("id", "claim one"), r"claim claim one: id: "),
    (change("evidence", "opinion"), r"claim C1: evidence: .*'simulator'.*got 'opinion'"),
    (change("profiles", ["laptop", "cloud"]), r"claim C1: profiles\.1: .*'smoke'.*got 'cloud'"),
    (change("profiles", ["laptop", "laptop"]), r"claim C1: profiles: each profile stands once"),
    (change("registered", "yesterday"), r"claim C1: registered: .*got 'yesterday'"),
    (change("amended", [{"date": date(2026, 1, 1), "reason": "x"}]), r"claim C1: amended: dates must ascend"),
    (change("amended", [{"date": date(2026, 12, 1)}]), r"claim C1: amended\.0\.reason: field required"),
    (change("criterion", {"type": "vibes"}), r"claim C1: criterion: .*'vibes'.*'excludes'"),
    (change("criterion", {"level": 0.9}), r"claim C1: criterion: .*'type'"),
    (change("criterion.level", 90), r"claim C1: criterion\.level: .*got 90"),
    (change("criterion.level", DELETE), r"claim C1: criterion\.level: field required"),
    (change("criterion.value", "0.3"), r"claim C1: criterion\.value: .*number, got '0.3'"),
    (change("criterion.value", True), r"claim C1: criterion\.value: .*number, got True"),
    (change("criterion.value", float("nan")), r"claim C1: criterion\.value: .*finite"),
    (change("criterion.side", "over"), r"claim C1: criterion\.side: .*'above' or 'below'"),
    (change("criterion", INSIDE | {"high": 0.1}), r"claim C1: criterion: low must be smaller than high"),
    (
        change("criterion", INSIDE | {"direction": {"value": 0.3, "side": "above"}}),
        r"claim C1: criterion: the range 0.2 to 0.4 must lie above the direction's value 0.3",
    ),
    (
        change("criterion", INSIDE | {"direction": {"value": 0.3}}),
        r"claim C1: criterion\.direction\.side: field required",
    ),
    (
        change("criterion", {"type": "ordering", "steps": ["a", "a"], "level": 0.9}),
        r"claim C1: criterion\.steps: step names must be distinct",
    ),
    (
        change("criterion", {"type": "ordering", "steps": [], "level": 0.9}),
        r"claim C1: criterion\.steps: ",
    ),
    (
        change("criterion", {"type": "equivalence", "margin": 0.0, "level": 0.9}),
        r"claim C1: criterion\.margin: .*greater than 0",
    ),
    (
        change("criterion", {"type": "exact", "value": 1.0, "tolerance": -0.1}),
        r"claim C1: criterion\.tolerance: ",
    ),
    (change("reported", {}), r"claim C1: reported: give exactly one of value, values, unknown; got none"),
    (change("reported", NUMBER | {"unknown": "no"}), r"claim C1: reported: .*got value and unknown"),
    (change("reported", {"value": 0.3}), r"claim C1: reported: a number needs a mark"),
    (change("reported", {"value": 0.3, "mark": "read"}), r"claim C1: reported: .*marked read needs a source"),
    (change("reported", NUMBER | {"mark": "guess"}), r"claim C1: reported\.mark: .*'memory'.*got 'guess'"),
    (
        change("reported", {"unknown": "in a figure only", "unit": "nats"}),
        r"claim C1: reported: an unknown number has a reason only, no unit",
    ),
    (change("/paper.arxiv", 2409.19913), r"demo\.yaml: paper\.arxiv: .*quotes"),
    (change("/paper.arxiv", "arXiv:2409.19913v3"), r"demo\.yaml: paper\.arxiv: "),
    (change("/paper.authors", []), r"demo\.yaml: paper\.authors: "),
    (change("/paper.year", 2024), r"demo\.yaml: paper\.year: unknown field"),
    (change("/claims", []), r"demo\.yaml: claims: "),
    (change("/chapter", "other"), r"demo\.yaml: chapter: must be 'demo' like the file's name, got 'other'"),
]


@pytest.mark.parametrize(("break_it", "message"), BROKEN, ids=[m for _, m in BROKEN])
def test_a_malformed_ledger_is_refused_by_file_claim_and_field(make, raw, break_it, message):
    break_it(raw)
    with pytest.raises(LedgerError, match=message) as caught:
        make(raw)
    assert all("demo.yaml: " in line for line in str(caught.value).splitlines())


def test_every_problem_of_a_ledger_is_named_at_once(make, raw):
    raw["claims"].append(raw["claims"][0] | {"id": "C2", "where": 5})
    raw["claims"][0] = raw["claims"][0] | {"evidence": "opinion"}
    with pytest.raises(LedgerError) as caught:
        make(raw)
    assert re.findall(r"claim (\w+): (\w+)", str(caught.value)) == [("C1", "evidence"), ("C2", "where")]


def test_two_claims_cannot_share_an_id(make, raw):
    raw["claims"] *= 2
    with pytest.raises(LedgerError, match=r"claims: id C1 stands more than once"):
        make(raw)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chapter: [", "not readable as YAML"),
        ("chapter: demo\nchapter: demo2\n", "the key 'chapter' stands twice.*line 2"),
        ("- a\n- b\n", "must be a mapping with the fields chapter, paper, claims"),
        ("", "must be a mapping"),
        ("chapter: !!python/object/apply:os.getcwd []", "not readable as YAML"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused(make, text, message):
    with pytest.raises(LedgerError, match=message):
        make(text)


@pytest.fixture
def project(tmp_path, monkeypatch, make, raw):
    """A project with the one ledger `demo`."""
    (tmp_path / "data" / "claims").mkdir(parents=True)
    make(raw)
    (tmp_path / "demo.yaml").rename(tmp_path / "data" / "claims" / "demo.yaml")
    monkeypatch.setenv("TENFOLD_ROOT", str(tmp_path))


@pytest.mark.usefixtures("project")
def test_a_ledger_is_loaded_by_its_chapter():
    assert load_claims("demo").chapter == "demo"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", ["nothing", "../claims/demo", "demo.yaml"])
def test_an_unknown_chapter_is_refused_with_the_known_ones(name):
    with pytest.raises(LedgerError, match=f"no ledger '{re.escape(name)}' in data/claims; there is demo"):
        load_claims(name)
