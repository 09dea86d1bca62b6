"""Every page at three widths, in the light and in the dark theme."""

import gzip
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WIDTHS = (360, 768, 1440)
MOST_BYTES = 2_000_000  # of a page with all it loads, as a web server compresses it
MOST_SHIFT = 0.1  # cumulative layout shift that still counts as good
COMPRESSED = {".html", ".js", ".css", ".svg", ".json"}
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
VIOLATIONS = """async (rules) => {
  const options = rules ? { runOnly: rules, resultTypes: ["violations"] } : { resultTypes: ["violations"] };
  const found = await axe.run(document, options);
  return found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).flatMap(
    ({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}"""


def violations(page, rules=None):
    page.evaluate(AXE)
    return page.evaluate(VIOLATIONS, rules)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page(open_page, origin, site, page_name, dark):
    complaints, loaded = [], set()

    def watch(page):
        page.add_init_script(SHIFTS)
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda r: r.status >= 400 and complaints.append(f"{r.status} {r.url}"))
        page.on("request", lambda request: loaded.add(request.url))

    page = open_page(page_name, dark=dark, watch=watch)
    assert complaints == []
    assert {url for url in loaded if not url.startswith((origin, "data:"))} == set()
    assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    assert page.evaluate("window.shift") < MOST_SHIFT

    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, f"wider than {width} px"
        if width == min(WIDTHS) and not dark:  # here tables and figures scroll
            page.evaluate(TWO_FRAMES)
            assert violations(page, ["scrollable-region-focusable"]) == []

    missing = (
        "[...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src.slice(0, 80))"
    )
    assert page.evaluate(missing) == []
    local = {urlsplit(url).path.lstrip("/") for url in loaded if url.startswith(origin)}
    weights = {path: weight(site / path) for path in local if "searchindex" not in path}
    assert sum(weights.values()) < MOST_BYTES, weights

    # The dark theme changes colours alone.
    assert violations(page, ["color-contrast"] if dark else None) == []


def weight(file):
    content = file.read_bytes()
    return len(gzip.compress(content)) if file.suffix in COMPRESSED else len(content)


def test_every_figure_says_what_it_shows(open_page, page_name):
    silent = "[...document.querySelectorAll('main img')].filter((i) => i.alt.trim().length < 20).length"
    assert open_page(page_name).evaluate(silent) == 0
