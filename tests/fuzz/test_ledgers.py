"""Any ledger file is a ledger or a LedgerError that names the file."""

import copy
from datetime import date

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tenfold.claims import Ledger, LedgerError, read_ledger

SMALL = """\
chapter: demo
paper: {title: A paper, authors: [A. Author], arxiv: "2409.19913", version: v3, licence: quoted in short}
claims:
  - id: C1
    text: The best learning rate falls.
    where: Table 5
    reported: {value: 0.32, mark: read, source: Table 5}
    prediction: The slope is negative.
    criterion: {type: inside, low: 0.2, high: 0.4, level: 0.9, direction: {value: 0.0, side: above}}
    evidence: real data
    profiles: [laptop, gpu]
    registered: 2026-11-20
    amended: [{date: 2026-11-21, reason: Level raised.}]
"""
HOSTILE = [
    "2026-13-45",
    "!!timestamp x",
    "!!int ''",
    "!!int x",
    "!!bool x",
    "!!float x",
    "!!binary é",
    "!!python/object/apply:os.system [true]",
    "&a [*a]",
    "? [1, 2]\n: 3",
    "{{}: 1}",
    "1e999",
    ".nan",
    "[" * 500,
    "<<: 3",
    "\ud7ff\x00",
]
value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def read(tmp_path_factory, attempt):
    """What becomes of a ledger file with these bytes."""
    path = tmp_path_factory.mktemp("ledgers") / "demo.yaml"

    def read_bytes(content: bytes) -> Ledger | None:
        path.write_bytes(content)
        return attempt(lambda: read_ledger(path), LedgerError, str(path))

    return read_bytes


def test_the_ledger_that_is_damaged_here_is_a_good_one(read):
    assert read(SMALL.encode()).claim("C1").reported.value == 0.32


@given(data=st.data())
def test_a_damaged_file_is_a_ledger_or_an_error_that_names_it(read, damaged, data):
    ledger = read(data.draw(damaged(SMALL.encode())))
    assert ledger is None or [claim.id for claim in ledger.claims]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
@pytest.mark.parametrize(
    "place", ["2026-11-20", "Table 5", "0.32", SMALL], ids=["date", "text", "number", "all"]
)
def test_hostile_yaml_is_an_error_that_names_the_file(read, text, place):
    assert read(SMALL.replace(place, text).encode("utf-8", "surrogatepass")) is None


@given(data=st.data(), put=value)
def test_any_value_in_any_field_is_taken_or_refused_by_file_and_place(read, data, put):
    raw = yaml.safe_load(SMALL)
    changed = copy.deepcopy(raw)
    inner, key = changed, data.draw(st.sampled_from(sorted(raw)))
    while isinstance(inner[key], dict | list) and inner[key] and data.draw(st.booleans()):
        inner = inner[key]
        key = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
    inner[key] = put
    ledger = read(yaml.safe_dump(changed, allow_unicode=True).encode())
    if ledger is not None:
        assert read(yaml.safe_dump(_plain(ledger), allow_unicode=True).encode()) == ledger


@given(st.text(max_size=200))
@example("chapter: demo\nclaims: {}")
def test_any_text_is_a_ledger_or_an_error_that_names_the_file(read, text):
    assert read(text.encode("utf-8", "surrogatepass")) is None


def _plain(ledger: Ledger) -> dict:
    plain = ledger.model_dump(exclude_none=True)
    assert isinstance(plain["claims"][0]["registered"], date)
    return plain
