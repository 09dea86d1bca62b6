"""What the front page says of a chapter, beside the verdicts that the chapter's notebook stores."""

from pathlib import Path

import nbformat
import pytest

from tenfold.book.papers import read_papers
from tenfold.book.readme import VERDICT_CELL, parse_table

REPOSITORY = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PAPERS = {paper.chapter: paper for paper in read_papers(REPOSITORY, CHAPTERS)}


def stored_verdicts(chapter):
    notebook = nbformat.read(REPOSITORY / "notebooks" / f"{chapter}.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if VERDICT_CELL in cell.metadata.get("tags", []))
    table = parse_table(cell.outputs[-1].data["text/plain"])
    return {claim: row["verdict"] for claim, row in table.items()}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_finding_rests_on_the_verdicts_as_they_are(chapter):
    paper = PAPERS[chapter]
    assert paper.finding.endswith(".")
    assert len(paper.rests_on) >= 2
    assert paper.moved(stored_verdicts(chapter)) == {}
