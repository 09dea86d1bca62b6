import json

import pytest

from tenfold.claims import Estimate, NotTestable, judge

EXCLUDES = {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9}
ORDER = {"type": "ordering", "steps": ["keep the LR: 0.32 rule", "0.32 rule: own beta"], "level": 0.9}
GOOD = Estimate(0.5, 0.4, 0.6, 0.9)
MEMORY = {"value": 4711.5, "mark": "memory"}

EXPECTED = """\
demo (arXiv 2409.19913, v3), profile laptop
id    | paper                    | here [interval]                    | verdict         | reason
------+--------------------------+------------------------------------+-----------------+-----------------------------------------------
C1    | about 0.32               | 0.50 [0.40, 0.60]                  | reproduced      | The 90% interval lies above 0.
------+--------------------------+------------------------------------+-----------------+-----------------------------------------------
C2    | about 0.32               | keep the LR: 0.32 rule:            | direction only  | 1 of 2 intervals (90%) lie above 0; not told
      |                          | 0.50 [0.40, 0.60]                  |                 | apart from 0: 0.32 rule: own beta.
      |                          | 0.32 rule: own beta:               |                 |
      |                          | 0.10 [-0.20, 0.40]                 |                 |
------+--------------------------+------------------------------------+-----------------+-----------------------------------------------
C3    | about 0.32               | -                                  | not testable at | Needs the paper's own checkpoints, which are
      |                          |                                    | this scale      | not public.
------+--------------------------+------------------------------------+-----------------+-----------------------------------------------
"""  # noqa: E501


@pytest.fixture
def verdicts(ledger_of):
    ledger = ledger_of(EXCLUDES, ORDER, EXCLUDES)
    steps = dict(zip(ORDER["steps"], [GOOD, Estimate(0.1, -0.2, 0.4, 0.9)], strict=True))
    reason = "Needs the paper's own checkpoints, which are not public."
    return judge(ledger, {"C1": GOOD, "C2": steps, "C3": NotTestable(reason)}, profile="laptop")


def test_the_table_is_the_one_laid_out_by_hand(verdicts):
    assert repr(verdicts) == EXPECTED.rstrip("\n")


def test_a_long_text_wraps_instead_of_widening_the_table(ledger_of):
    paper = {
        "values": {f"a model of {i} parameters": i / 7 for i in range(9)},
        "mark": "read",
        "source": "Table 1",
    }
    ledger = ledger_of(EXCLUDES, reported=paper)
    table = repr(judge(ledger, {"C1": NotTestable("A reason. " * 30)}, profile="laptop"))
    assert max(map(len, table.splitlines())) <= 140


def test_one_changed_verdict_leaves_all_other_rows_as_they_were(ledger_of):
    ledger = ledger_of(EXCLUDES, EXCLUDES, EXCLUDES)
    before = judge(ledger, {"C1": GOOD, "C2": GOOD, "C3": GOOD}, profile="laptop")
    changed = Estimate(-0.5, -0.6, -0.4, 0.9)
    after = judge(ledger, {"C1": GOOD, "C2": changed, "C3": GOOD}, profile="laptop")
    pairs = zip(repr(before).splitlines(), repr(after).splitlines(), strict=True)
    assert [a[:2] for a, b in pairs if a != b] == ["C2"]


@pytest.mark.parametrize("show", [repr, str, lambda v: json.dumps(v.to_records()), lambda v: repr(v.ledger)])
def test_a_memory_fact_is_never_shown_as_the_papers_number(ledger_of, show):
    verdicts = judge(ledger_of(EXCLUDES, reported=MEMORY), {"C1": GOOD}, profile="laptop")
    assert "4711" not in show(verdicts)


def test_a_memory_fact_says_that_it_was_not_read(ledger_of):
    assert str(ledger_of(EXCLUDES, reported=MEMORY).claim("C1").reported) == "not read at source"


@pytest.mark.parametrize(
    ("reported", "shown"),
    [
        ({"value": 0.995, "relation": ">=", "mark": "read", "source": "x"}, "at least 0.995"),
        ({"value": 2.76, "unit": "times", "mark": "derived", "source": "x"}, "2.76 times (derived)"),
        (
            {"values": {"50M": 0.7029, "2.7B": 0.4184}, "mark": "read", "source": "x"},
            "50M: 0.7029, 2.7B: 0.4184",
        ),
        ({"value": 0.0, "mark": "read", "source": "x"}, "0"),
        ({"unknown": "claimed in version 1 only"}, "unknown"),
    ],
)
def test_a_reported_number_reads_as_the_paper_states_it(ledger_of, reported, shown):
    assert str(ledger_of(EXCLUDES, reported=reported).claim("C1").reported) == shown
