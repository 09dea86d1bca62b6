import base64
import site
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tenfold.book.clean import clean_notebook

ROOT = Path("/srv/books/ten")


def cleaned(*outputs):
    notebook = new_notebook(cells=[new_code_cell("x", outputs=list(outputs))])
    clean_notebook(notebook, ROOT)
    nbformat.validate(notebook)
    return notebook.cells[0].outputs


def text(value):
    (output,) = cleaned(new_output("stream", name="stderr", text=value))
    return output.text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"{ROOT}/data/runs/a.jsonl", "data/runs/a.jsonl"),
        (f"in '{ROOT}' and {ROOT}.", "in '.' and .."),
        (f"file://{ROOT}/build/x", "file://build/x"),
        (f"c++ -I{ROOT}/include", "c++ -Iinclude"),
        (f"{site.getsitepackages()[0]}/torch/nn.py:3: UserWarning", "torch/nn.py:3: UserWarning"),
        (f"{sys.prefix}/bin/python", "$PREFIX/bin/python"),
        (f"{Path.home()}/.cache/x", "~/.cache/x"),
        (f"{tempfile.gettempdir()}/ipykernel_123/4567.py:2: Warning", "cell.py:2: Warning"),
        (f"{tempfile.gettempdir()}/tmpabc", "$TMPDIR/tmpabc"),
    ],
)
def test_folders_of_this_machine_are_replaced(written, kept):
    assert text(written) == kept


@pytest.mark.parametrize(
    "written", [f"{ROOT}er/x", f"{ROOT}-2/x", f"/mnt{ROOT}/x", "https://example.org/srv/x"]
)
def test_paths_that_only_look_alike_are_left_alone(written):
    assert text(written) == written


def test_every_kind_of_output_is_cleaned_and_images_are_not():
    png = base64.b64encode(b"\x89PNG" + bytes(range(256))).decode()
    html = f'<img src="data:image/png;base64,{png}"> from {ROOT}/x'
    data = {
        "text/html": html,
        "application/json": {"paths": [f"{ROOT}/y"]},
        "image/svg+xml": f"<svg>{ROOT}/z</svg>",
    }
    shown, error = cleaned(
        new_output("display_data", data=data),
        new_output("error", ename="E", evalue=f"{ROOT}/v", traceback=[f"at {ROOT}/w"]),
    )
    assert shown.data == {
        "text/html": html.replace(f"{ROOT}/", ""),
        "application/json": {"paths": ["y"]},
        "image/svg+xml": f"<svg>{ROOT}/z</svg>",
    }
    assert (error.evalue, error.traceback) == ("v", ["at w"])


def test_widgets_and_stamps_are_removed():
    widget = new_output(
        "display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "bar"}
    )
    cell = new_code_cell("x", outputs=[widget, new_output("stream", text="kept")])
    cell.metadata.update(papermill={"status": "completed"}, tags=["kept"])
    notebook = new_notebook(cells=[cell], metadata={"widgets": {}, "papermill": {}, "tenfold": {"data": []}})
    clean_notebook(notebook, ROOT)
    assert notebook.metadata == {"tenfold": {"data": []}}
    assert notebook.cells[0].metadata == {"tags": ["kept"]}
    assert [output.text for output in notebook.cells[0].outputs] == ["kept"]
