"""What executed chapters found goes back into the sources: the verdict table as text, the figure, no more."""

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tenfold.book.errors import SiteError
from tenfold.book.readme import VERDICT_CELL
from tenfold.book.record import FIGURE_CELL, record_figure, record_verdicts

TABLE = "id | paper | here | verdict\nC1 | 1 | 2 | reproduced"
PICTURE = b"\x89PNG not really"


def write(path, *, outputs):
    cells = [new_code_cell("1 + 1"), new_code_cell("verdicts", metadata={"tags": [VERDICT_CELL]})]
    cells.append(new_code_cell("draw()", metadata={"tags": [FIGURE_CELL]}))
    for number, cell in enumerate(cells):
        cell.id = f"cell{number}"
        cell.outputs = outputs[number] if outputs else []
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture
def executed(tmp_path):
    rich = {"text/plain": TABLE, "text/html": "<table></table>"}
    picture = {"image/png": base64.b64encode(PICTURE).decode(), "text/html": "<img>"}
    outputs = [
        [new_output("execute_result", {"text/plain": "2"}, execution_count=1)],
        [new_output("execute_result", rich, execution_count=2)],
        [new_output("display_data", picture)],
    ]
    return write(tmp_path / "executed.ipynb", outputs=outputs)


def test_only_the_text_of_the_verdict_table_is_stored(tmp_path, executed):
    source = write(tmp_path / "source.ipynb", outputs=None)
    record_verdicts(source, executed)
    first, verdicts, last = nbformat.read(source, 4).cells
    assert verdicts.outputs[0]["data"] == {"text/plain": TABLE}
    assert verdicts.execution_count == verdicts.outputs[0]["execution_count"] == 1
    assert first.outputs == last.outputs == []


def test_storing_twice_changes_nothing(tmp_path, executed):
    source = write(tmp_path / "source.ipynb", outputs=None)
    record_verdicts(source, executed)
    once = source.read_bytes()
    record_verdicts(source, executed)
    assert source.read_bytes() == once


def test_the_tagged_picture_is_written(tmp_path, executed):
    record_figure(executed, tmp_path / "figures" / "readme.png")
    assert (tmp_path / "figures" / "readme.png").read_bytes() == PICTURE


def test_a_chapter_that_was_not_executed_is_named(tmp_path):
    source = write(tmp_path / "01_topic.ipynb", outputs=None)
    with pytest.raises(SiteError, match="tenfold run 01_topic"):
        record_verdicts(source, tmp_path / "executed" / "01_topic.ipynb")


def test_a_copy_without_a_verdict_table_is_refused(tmp_path):
    source = write(tmp_path / "01_topic.ipynb", outputs=None)
    with pytest.raises(SiteError, match="shows no table"):
        record_verdicts(source, write(tmp_path / "copy.ipynb", outputs=None))
