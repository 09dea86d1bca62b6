"""The whole book as one PDF, printed by Chromium from one long page."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tenfold.serp.screenshots import Browser

MINUTES = 10  # that loading and printing may take; a quiet laptop needs less than one
_FORMULAS = "!window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
_FOOTER = '<div style="width:100%;font-size:8px;text-align:center"><span class="pageNumber"></span></div>'


def print_pdf(page: Path, out: Path) -> None:
    """Print an HTML file to A4, with outline, page numbers and formulas as drawn by its scripts.

    Raises NoScreenshot where no Chromium is installed, and playwright's errors where it fails.
    """
    program = Browser().path
    limit = MINUTES * 60_000
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(color_scheme="light").new_page()
        tab.set_default_timeout(limit)
        tab.goto(page.resolve().as_uri(), wait_until="load")
        tab.wait_for_function(_FORMULAS)
        tab.pdf(
            path=out,
            format="A4",
            margin={"top": "16mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=_FOOTER,
            print_background=True,
            outline=True,
            tagged=True,
        )
        browser.close()
