"""A chapter as the slides see it, and a way to write and render one slide of it."""

from pathlib import Path

import pytest

from tenfold.book.papers import Paper
from tenfold.book.scoreboard import Executed
from tenfold.book.slides.blocks import slide_html
from tenfold.book.slides.material import Material, Picture
from tenfold.book.slides.source import read_slides

SVG = '<?xml version="1.0"?>\n<svg width="400pt" height="100pt" viewBox="0 0 400 100"><path d="M0 0"/></svg>'


def record(claim, verdict):
    return {
        "claim": claim,
        "text": f"The slope of {claim} is <positive>.",
        "paper": "about 0.5",
        "here": "0.4 [0.3, 0.5]",
        "verdict": verdict,
    }


@pytest.fixture
def material():
    """A chapter with two figures, two claims, a table of changes and one limit."""
    stamp = {"verdicts": [record("C1", "reproduced"), record("C2", "inconclusive")]}
    paper = Paper(chapter="01_a", topic="A", question="Does it?", title="T", arxiv="2401.00001", cite="a")
    return Material(
        chapter=Executed("01_a", Path("01_a.ipynb"), stamp),
        paper=paper,
        title="A",
        glued={"slope": "0.41666", "span": "0.42 (0.3 to 0.5)"},
        pictures=[Picture("Rising lines of three sizes.", SVG), Picture("Bars <by> kind.", SVG)],
        changed={"models": ("7 billion", "{glue:text}`slope:.1f` million")},
        limits={"Scale": "**Scale.** Ours is [small](x.md)."},
    )


@pytest.fixture
def rendered(tmp_path, material):
    """rendered(text): the body of the only slide of that source."""

    def render(text: str) -> str:
        file = tmp_path / "01_a.md"
        file.write_text(text, encoding="utf-8")
        (slide,) = read_slides(file, "book/slides/01_a.md")
        return str(slide_html(slide, material))

    return render
