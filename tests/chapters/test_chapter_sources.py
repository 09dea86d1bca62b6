"""What must hold of every chapter's source, its ledger and its recorded runs."""

import ast
from datetime import date
from pathlib import Path

import nbformat
import pytest

from tenfold.claims import load_claims
from tenfold.runs import RunStore, stale

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
STORES = sorted((ROOT / "data" / "runs").glob("*.jsonl"))

each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
each_store = pytest.mark.parametrize("path", STORES, ids=lambda path: path.stem)


def cells_of(path, tag=None):
    code = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [cell for cell in code if tag is None or tag in cell.metadata.get("tags", [])]


def test_there_are_chapters_and_recorded_runs_to_check():
    assert CHAPTERS
    assert STORES


@each_chapter
def test_first_code_cell_holds_the_parameters_and_nothing_else(path):
    (cell,) = cells_of(path, "parameters")
    assert cell == cells_of(path)[0]
    tree = ast.parse(cell.source)
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body}
    assert values == values | {"profile": "laptop", "runs": "recorded", "seed": 0}


@each_chapter
def test_only_the_verdict_cell_stores_an_output_and_that_is_text(path):
    for cell in cells_of(path):
        if "nbval-check-output" not in cell.metadata.get("tags", []):
            assert cell.execution_count is None
            assert not cell.outputs
    (verdicts,) = cells_of(path, "nbval-check-output")
    (output,) = verdicts.outputs
    assert set(output["data"]) == {"text/plain"}


@each_chapter
def test_every_claim_of_the_ledger_stands_in_the_recorded_verdicts(path):
    table = cells_of(path, "nbval-check-output")[0].outputs[0]["data"]["text/plain"]
    shown = [line.split("|")[0].strip() for line in table.splitlines()[3:] if "|" in line]
    assert [name for name in shown if name] == [claim.id for claim in load_claims(path.stem[3:]).claims]


@each_store
def test_recorded_runs_come_from_the_present_code(path):
    assert not stale(RunStore(path))


@each_store
def test_claims_were_registered_before_their_runs(path):
    first = min(run.recorded for run in RunStore(path).load().values())
    registered = max(claim.registered for claim in load_claims(path.stem).claims)
    assert registered <= date.fromisoformat(first[:10])
