"""What is read from an executed chapter for its slides."""

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tenfold.book.papers import Paper
from tenfold.book.scoreboard import Executed
from tenfold.book.slides.material import read_material

PROSE = """# A law

## What we changed

| | Paper | Here | Why |
| --- | --- | --- | --- |
| models | 7 billion | **small** | cost |

## Limits and surprises

- **Scale.** Ours is small. Much
  smaller.
- **Grids are unknown to us**, and matter. So there.
- **A question?** Ask.

### After

- **Not this.** It is no limit.
"""


@pytest.fixture
def chapter(tmp_path):
    figure = base64.b64encode(b'<svg viewBox="0 0 1 1"/>').decode()
    html = f'<figure class="tf-figure"><img src="data:image/svg+xml;base64,{figure}" alt="A &lt; B"></figure>'
    glued = new_output(
        "display_data",
        data={"application/papermill.record/text/plain": "0.5"},
        metadata={"scrapbook": {"name": "slope"}},
    )
    shown = new_output("display_data", data={"text/html": html})
    cells = [new_markdown_cell(PROSE), new_code_cell("", outputs=[glued, shown])]
    copy = tmp_path / "01_a.ipynb"
    nbformat.write(new_notebook(cells=cells), copy)
    paper = Paper(chapter="01_a", topic="A", question="Q", title="T", arxiv="2401.00001", cite="a")
    return read_material(Executed("01_a", copy, {"verdicts": []}), paper)


def test_title_numbers_and_figures_are_the_chapters(chapter):
    assert chapter.title == "A law"
    assert chapter.glued == {"slope": "0.5"}
    assert [(picture.alt, picture.svg) for picture in chapter.pictures] == [
        ("A < B", '<svg viewBox="0 0 1 1"/>')
    ]


def test_changes_are_the_rows_of_their_table(chapter):
    assert chapter.changed == {"models": ("7 billion", "**small**")}


def test_limits_end_with_their_first_sentence_and_their_section(chapter):
    assert chapter.limits == {
        "Scale": "**Scale.** Ours is small.",
        "Grids are unknown to us": "**Grids are unknown to us**, and matter.",
        "A question?": "**A question?** Ask.",
    }
