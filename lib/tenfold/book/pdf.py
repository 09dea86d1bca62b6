"""The whole book as one PDF, printed by Chromium from one long page."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tenfold.serp.screenshots import Browser

MINUTES = 10  # that loading and printing may take; a quiet laptop needs less than one
_FORMULAS = "!window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
# Paper unfolds nothing and knows one page.  So folded boxes are opened (code stays folded, and the style
# sheet leaves out what is folded), and links between pages lead to their place.  A name such as verdict-C1
# stands in every chapter: the page that is meant is searched first.
_PREPARE = """() => {
  for (const box of document.querySelectorAll("details")) {
    box.open = !box.querySelector("summary").textContent.includes("Show code cell");
    const title = box.querySelector("summary .expanded");
    const upper = (_, article, letter) => letter.toUpperCase();
    if (title) title.textContent = title.textContent.replace(/^Hide (a |the )?(.)/, upper);
  }
  let places = 0;
  for (const link of document.querySelectorAll("a[href]:not(.headerlink)")) {
    if (link.protocol !== "file:") continue;
    const [path, name] = link.getAttribute("href").split("#").map(decodeURIComponent);
    const file = path.split("?")[0].replace(/^(\\.\\.?\\/)*/, "").replace(/\\.html$/, "");
    const start = document.getElementById(`document-${file}`);
    const page = path ? start?.nextElementSibling : link.closest('[id^="document-"] + section');
    const place = name ? page?.querySelector(`[id="${name}"]`) ?? document.getElementById(name) : page;
    if (!place) { link.removeAttribute("href"); continue; }
    if (!place.dataset.place) {
      place.dataset.place = `place-${++places}`;
      place.prepend(Object.assign(document.createElement("span"), { id: place.dataset.place }));
    }
    link.setAttribute("href", `#${place.dataset.place}`);
  }
}"""
_FOOTER = '<div style="width:100%;font-size:8px;text-align:center"><span class="pageNumber"></span></div>'


def print_pdf(page: Path, out: Path) -> None:
    """Print an HTML file to A4, with outline, page numbers and formulas as drawn by its scripts.

    page: the whole book as one page; links between its parts stay, a link to another file becomes plain text.

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
        tab.evaluate(_PREPARE)
        tab.pdf(
            path=out,
            format="A4",
            scale=0.8,
            margin={"top": "16mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=_FOOTER,
            print_background=True,
            outline=True,
            tagged=True,
        )
        browser.close()
