"""Every deck of slides, at the size of a projector: nothing too large, too small, foreign or unreachable."""

import re

import pytest
from test_pages import AXE, VIOLATIONS

FEWEST, MOST = 12, 18
SMALLEST_TEXT = 28  # px on a slide of 1280 by 720
SMALLEST_SCALE = 1.25  # px for each point of a figure as it was drawn
READY = "Reveal.isReady() && (!window.MathJax?.startup?.promise || MathJax.startup.promise.then(() => true))"
TROUBLE = """([smallest, scale]) => {
  const slide = document.querySelector("section.present .slide");
  const edge = slide.getBoundingClientRect();
  const found = [];
  const cutThrough = (image) => {  // whether something dark stands at the left or right edge
    const canvas = document.createElement("canvas");
    const [width, height] = [canvas.width, canvas.height] = [1000, 600];
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, width, height);
    pen.drawImage(image, 0, 0, width, height);
    return [0, width - 1].some((x) =>
      pen.getImageData(x, 0, 1, height).data.some((value, place) => place % 4 < 3 && value < 120));
  };
  for (const part of slide.querySelectorAll("*")) {
    if (part.closest("mjx-assistive-mml")) continue;
    const box = part.getBoundingClientRect();
    const words = [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const name = `${part.tagName} ${part.textContent.trim().slice(0, 40)}`;
    if (box.width && (box.right > edge.right - 20 || box.bottom > edge.bottom - 20 || box.left < edge.left))
      found.push(`sticks out: ${name}`);
    if (words && parseFloat(getComputedStyle(part).fontSize) < smallest) found.push(`too small: ${name}`);
    if (part.tagName === "IMG") {
      const points = { width: part.getAttribute("width"), height: part.getAttribute("height") };
      if (Math.min(box.width / points.width, box.height / points.height) < scale)
        found.push(`small figure: ${part.alt.slice(0, 40)}`);
      if (cutThrough(part)) found.push(`cut through: ${part.alt.slice(0, 40)}`);
      if (part.alt.trim().length < 20) found.push("figure without alt text");
    }
  }
  if (!slide.querySelector("h1, h2")?.textContent.trim()) found.push("no heading");
  return found;
}"""


@pytest.fixture
def open_deck(chromium, origin):
    """open_deck(name, query="", complaints=None): a deck at 1280 by 720, drawn to the end."""
    contexts = []

    def load(name: str, query: str = "", complaints: list[str] | None = None):
        context = chromium.new_context(viewport={"width": 1280, "height": 720})
        contexts.append(context)
        page = context.new_page()
        if complaints is not None:
            page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("response", lambda r: r.status >= 400 and complaints.append(f"{r.status} {r.url}"))
            page.on(
                "request",
                lambda r: r.url.startswith((origin, "data:")) or complaints.append(f"loads {r.url}"),
            )
        page.goto(f"{origin}{name}{query}", wait_until="load")
        page.wait_for_function(READY)
        return page

    yield load
    for context in contexts:
        context.close()


def test_every_slide_fits_and_is_read_from_afar(open_deck, deck_name):
    complaints = []
    page = open_deck(deck_name, complaints=complaints)
    count = page.evaluate("Reveal.getTotalSlides()")
    assert FEWEST <= count <= MOST
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title().startswith("Slides: ")
    page.evaluate(AXE)
    for number in range(1, count + 1):
        trouble = page.evaluate(TROUBLE, [SMALLEST_TEXT, SMALLEST_SCALE])
        complaints += [f"slide {number}: {text}" for text in [*trouble, *page.evaluate(VIOLATIONS, None)]]
        page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.isLastSlide()")
    assert complaints == []


def test_a_deck_prints_one_page_a_slide(open_deck, deck_name):
    page = open_deck(deck_name, query="?print-pdf")
    count = page.evaluate("Reveal.getTotalSlides()")
    page.wait_for_function("(n) => document.querySelectorAll('.pdf-page').length === n", arg=count)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == count


def test_every_chapter_has_a_deck_and_leads_to_it(open_page, site):
    chapters = sorted(page.stem for page in site.glob("chapters/[0-9]*.html"))
    assert sorted(deck.stem for deck in site.glob("slides/*.html")) == chapters
    page = open_page(f"chapters/{chapters[0]}.html")
    page.click("text=Slides of this chapter")
    page.wait_for_selector("section.present")
    assert page.title().startswith("Slides: ")
