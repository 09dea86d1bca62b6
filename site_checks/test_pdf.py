"""The printed book."""

import re
import subprocess
import sys

PROGRAM = """
import sys
from pathlib import Path
from tenfold.book.pdf import print_pdf
print_pdf(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))


def test_a_page_is_printed_with_outline_and_page_breaks(tmp_path):
    html = tmp_path / "book.html"
    html.write_text(
        "<!doctype html><html lang=en><title>T</title>"
        "<style>h1 { break-before: page }</style><h1>One</h1><p>a</p><h1>Two</h1><p>b</p>"
    )
    # In a process of its own: playwright runs once in each, and here it opens the pages.
    subprocess.run([sys.executable, "-c", PROGRAM, html, tmp_path / "book.pdf"], check=True)
    assert pages(tmp_path / "book.pdf") == 2
    content = (tmp_path / "book.pdf").read_bytes()
    assert b"/Outlines" in content
    assert b"/StructTreeRoot" in content


def test_the_book_has_a_pdf_that_the_first_page_links_to(open_page, site):
    """`make pdf` puts it there; `make book` alone takes it out again, with the link."""
    link = open_page("index.html").locator('a[href="tenfold.pdf"]')
    assert link.count() == (site / "tenfold.pdf").is_file()
    if link.count():
        assert pages(site / "tenfold.pdf") > 20
