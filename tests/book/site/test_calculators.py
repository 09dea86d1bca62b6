import json
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, new_output

from tenfold.book.calculators import fitted_values
from tenfold.book.cost import recorded_seconds

REPOSITORY = Path(__file__).parents[3]


def glued(name, text):
    return new_output(
        "display_data",
        data={"application/papermill.record/text/plain": text},
        metadata={"scrapbook": {"mime_prefix": "application/papermill.record/", "name": name}},
    )


def test_values_are_read_from_the_cells_that_stored_them(tmp_path):
    values = {"beta": [0.5, 0.25, 0.75]}
    outputs = [glued("slope", "0.5"), glued("calculator_lr_transfer", repr(json.dumps(values)))]
    copy = tmp_path / "a.ipynb"
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs), new_code_cell("")])
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    assert fitted_values([copy]) == {"lr_transfer": values}


def test_cost_sums_the_recorded_runs_and_nothing_else():
    lines = (REPOSITORY / "data" / "runs" / "porover.jsonl").read_text(encoding="utf-8").splitlines()
    expected = sum(json.loads(line)["seconds"] for line in lines)
    data = ["data/claims/porover.yaml", "data/runs/porover.jsonl"]
    assert abs(recorded_seconds(REPOSITORY, data) - expected) < 1e-6 * expected
    assert recorded_seconds(REPOSITORY, data[:1]) == 0
