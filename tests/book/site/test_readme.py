import json
from pathlib import Path

import pytest

from tenfold.book.errors import SiteError
from tenfold.book.readme import BEGIN, END, claims_table, parse_table, with_table
from tenfold.claims import Estimate, Ledger, judge

REPOSITORY = Path(__file__).parents[3]


def test_table_in_the_readme_is_what_the_notebooks_store():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert text == with_table(text, claims_table(REPOSITORY)), "run `make readme`"


def test_table_takes_the_place_of_the_old_one_and_nothing_else():
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nz", "new") == f"a\n{BEGIN}\n\nnew\n\n{END}\nz"


@pytest.mark.parametrize("text", ["no marks", BEGIN, END])
def test_missing_mark_is_refused(text):
    with pytest.raises(SiteError, match=r"README\.md: needs the lines"):
        with_table(text, "new")


def test_printed_table_is_read_back():
    excludes = {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9}
    ordering = {"type": "ordering", "steps": ["small to medium", "medium to large"], "level": 0.9}
    same = {
        "text": "It falls.",
        "where": "Table 1",
        "reported": {"unknown": "the paper gives no number"},
        "prediction": "It is above zero.",
        "evidence": "simulator",
        "profiles": ["laptop"],
        "registered": "2026-01-02",
    }
    paper = {"title": "T", "authors": ["A"], "arxiv": "2401.00001", "version": "v1", "licence": "none"}
    claims = [{"id": "C1", "criterion": excludes, **same}, {"id": "C2", "criterion": ordering, **same}]
    ledger = Ledger.model_validate_json(json.dumps({"chapter": "demo", "paper": paper, "claims": claims}))
    steps = {
        "small to medium": Estimate(0.2, 0.1, 0.3, 0.9),
        "medium to large": Estimate(0.1, -0.1, 0.3, 0.9),
    }
    verdicts = judge(ledger, {"C1": Estimate(0.5, 0.4, 0.6, 0.9), "C2": steps}, profile="laptop")
    table = parse_table(repr(verdicts))
    assert {id: row["verdict"] for id, row in table.items()} == {"C1": "reproduced", "C2": "direction only"}
    assert table["C1"]["here [interval]"] == "0.50 [0.40, 0.60]"
    assert table["C2"]["paper"] == "unknown"
    assert table["C2"]["reason"] == verdicts["C2"].reason
    assert table["C2"]["here [interval]"] == (
        "small to medium: 0.20 [0.10, 0.30] medium to large: 0.10 [-0.10, 0.30]"
    )
