"""The printed book."""

import re
import subprocess
import sys
import zlib

import pytest

PROGRAM = """
import sys
from pathlib import Path
from tenfold.book.pdf import print_pdf
print_pdf(Path(sys.argv[1]), Path(sys.argv[2]))
"""
# Boxes told apart in print by their colours: in a lazy frame far down, in a folded hint, in code.
BOOK = """<!doctype html><html lang=en><title>T</title>
<style>[id^="document-"] + section { break-before: page } p[style] { height: 50px }</style>
<h1>Book</h1>
<a href="chapters/one.html#verdict-C1">one</a> <a href="chapters/two.html?all#verdict-C1">two</a>
<a href="chapters/two.html">start of two</a> <a href="slides/two.html">not in the book</a>
<a href="https://example.org/">elsewhere</a>
<span id="document-chapters/one"></span><section><h2>One</h2><p id="verdict-C1">first</p></section>
<span id="document-chapters/two"></span><section><h2>Two</h2>
<div style="height: 9000px"></div>
<p id="verdict-C1">second <a href="#verdict-C1">here</a></p>
<details><summary>Hint</summary><p style="background: #0c0"></p></details>
<details><summary><p>Show code cell source</p></summary><p style="background: #00c"></p></details>
<iframe srcdoc="&lt;body style='background: #c00'&gt;" loading="lazy"></iframe></section>"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """A small book of two chapters as Chromium prints it."""
    folder = tmp_path_factory.mktemp("pdf")
    (folder / "book.html").write_text(BOOK, encoding="utf-8")
    # In a process of its own: playwright runs once in each, and here it opens the pages.
    subprocess.run([sys.executable, "-c", PROGRAM, folder / "book.html", folder / "book.pdf"], check=True)
    return (folder / "book.pdf").read_bytes()


def drawn(content):
    """The drawing commands of all pages."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    return b"".join(zlib.decompressobj().decompress(s) for s in streams if s[:1] == b"x")


def count_pages(content):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content))


def test_chapters_begin_on_a_page_and_are_in_the_outline(printed):
    """The long box of the second chapter takes eight pages."""
    assert count_pages(printed) == 10
    assert b"/Outlines" in printed
    assert b"/StructTreeRoot" in printed


def test_folded_hints_and_lazy_frames_are_printed_and_folded_code_is_not(printed):
    commands = drawn(printed)
    assert b" 0 .8 0 rg" in commands  # the hint
    assert b" .8 0 0 rg" in commands  # the frame
    assert b" 0 0 .8 rg" not in commands  # the code


def test_links_between_chapters_stay_and_others_become_text(printed):
    """Both chapters have a verdict-C1; the second one also links to its own."""
    places = re.findall(rb"/Dest /(place-\d)", printed)
    assert places == [b"place-1", b"place-2", b"place-3", b"place-2"]
    assert re.findall(rb"/URI \(([^)]*)", printed) == [b"https://example.org/"]


def test_the_book_has_a_pdf_that_the_first_page_links_to(open_page, site):
    """`make pdf` puts it there; `make book` alone takes it out again, with the link."""
    link = open_page("index.html").locator('a[href="tenfold.pdf"]')
    assert link.count() == (site / "tenfold.pdf").is_file()
    if link.count():
        content = (site / "tenfold.pdf").read_bytes()
        assert count_pages(content) > 100
        assert b"/URI (file" not in content
