"""Slides are filled from the run, and refuse what the run does not have."""

import base64
import re

import pytest

from tenfold.book.errors import SiteError
from tenfold.book.slides.source import read_slides

PLACE = r"book/slides/01_a\.md, slide 1"


def drawn(html):
    """The SVG of the only picture."""
    (image,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    return base64.b64decode(image).decode()


def test_numbers_are_those_of_the_run_in_the_format_asked_for(rendered):
    html = rendered("## T\n\n- β is {glue:text}`slope:.2f`, or {glue:text}`span`")
    assert "β is 0.42, or 0.42 (0.3 to 0.5)" in html


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("## T\n\n{glue:text}`slop`", "glues no 'slop'; it has slope, span"),
        ("## T\n\n{glue:text}`span:.2f`", "cannot be formatted"),
        ("## T\n\n{figure} 3", "0 figures of the chapter are '3'"),
        ("## T\n\n{figure} Falling", "0 figures of the chapter are 'Falling'"),
        ("## T\n\n{figure} 1 | left 0.5", "is written"),
        ("## T\n\n{figure} 1 | middle 0.5 | What is left of the picture", "'middle 0.5' must be left"),
        ("## T\n\n{claims} C1, C3", r"\{claims\} names C3, which the chapter does not have; it has C1, C2"),
        ("## T\n\n{changed} tokens", "names tokens"),
        ("## T\n\n{limits} Time", "names Time"),
        ("## T\n\n{rests} C2 reproduced", "rests on C2 being 'reproduced', but the run says 'inconclusive'"),
        ("## T\n\n{picture} 1", r"unknown block \{picture\}"),
        ("No title", "must start with a line `## Title`"),
    ],
)
def test_what_the_chapter_does_not_have_stops_the_build_with_file_and_slide(rendered, text, complaint):
    with pytest.raises(SiteError, match=f"{PLACE}: .*{complaint}"):
        rendered(text)


def test_a_later_slide_is_named_by_its_number(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("## One\n---\n## Two\n---\nThree", encoding="utf-8")
    with pytest.raises(SiteError, match=r"book/slides/a\.md, slide 3"):
        read_slides(file, "book/slides/a.md")


def test_a_figure_is_found_by_number_and_by_the_start_of_its_alt(rendered):
    assert 'alt="Rising lines of three sizes."' in rendered("## T\n\n{figure} 1")
    assert 'alt="Bars &lt;by&gt; kind."' in rendered("## T\n\n{figure} Bars")


def test_a_part_of_a_figure_is_the_part_named_and_nothing_else(rendered):
    svg = drawn(rendered("## T\n\n{figure} 1 | right 0.5 | left 0.5 | top 0.25 | The third quarter, its top"))
    assert 'viewBox="200 0 100 25"' in svg
    assert 'width="100pt" height="25pt"' in svg
    assert '<path d="M0 0"/>' in svg


def test_verdicts_are_counted_and_shown_with_word_and_interval(rendered):
    html = rendered("## T\n\n{verdicts} C2")
    assert "<strong>2 claims:</strong>" in html
    assert re.search(r"1 <span[^>]*><span[^>]*>✓</span> reproduced", html)
    assert "The slope of C2 is &lt;positive&gt;." in html
    assert "0.4 [0.3, 0.5]" in html
    assert "C1</strong>" not in html


def test_rows_of_changes_and_bullets_of_limits_are_the_chapters_own(rendered):
    html = rendered("## T\n\n{changed} models\n{limits} Scale")
    assert "7 billion" in html
    assert "0.4 million" in html
    assert "<li><strong>Scale.</strong> Ours is small.</li>" in html


def test_words_stand_beside_a_narrow_figure_and_below_a_wide_one(rendered):
    assert 'class="body drawn"' in rendered("## T\n\n{figure} 1\n\nWords.")
    narrow = "## T\n\n{figure} 1 | left 0.4 | The left part of the lines\n\nWords."
    assert 'class="body beside"' in rendered(narrow)


def test_html_in_a_source_is_shown_and_not_run(rendered):
    assert "<script>" not in rendered("## T\n\n<script>alert(1)</script>")


def test_notes_are_not_part_of_the_slide(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("## One\n\nBody.\n\nNote: Ask first.\nThen wait.", encoding="utf-8")
    (slide,) = read_slides(file, "a.md")
    assert slide.notes == "Ask first.\nThen wait."
    assert [block.content for block in slide.blocks] == ["Body."]
