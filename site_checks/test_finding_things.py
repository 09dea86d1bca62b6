"""The scoreboard's order and filters, the search, and the keyboard."""

import csv

import pytest

TERMS = (
    "learning rate", "family", "phi-3", "stride", "Unlimiformer", "margin", "overrefusal", "satisfaction",
    "checklist", "beam",
)  # fmt: skip
FOCUSABLE = "a[href], button:not([disabled]), input, select, summary, textarea"


@pytest.fixture
def claims(site):
    (file,) = site.glob("_downloads/*/scoreboard.csv")
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def rows(page):
    return page.locator("#scoreboard tbody tr:visible")


def test_scoreboard_shows_all_claims_and_filters_them(open_page, claims):
    page = open_page("scoreboard.html")
    assert rows(page).count() == len(claims)
    page.select_option('select[name="verdict"]', "not reproduced")
    wanted = [claim for claim in claims if claim["verdict"] == "not reproduced"]
    assert rows(page).count() == len(wanted)
    page.fill('input[name="words"]', "overrefusal SAFETY")
    both = [
        c for c in wanted if all(word in " ".join(c.values()).lower() for word in ("overrefusal", "safety"))
    ]
    assert rows(page).count() <= len(both)
    assert (
        page.locator("#scoreboard-filter output").inner_text()
        == f"{rows(page).count()} of {len(claims)} claims"
    )


def test_scoreboard_sorts_by_a_column_and_back(open_page):
    page = open_page("scoreboard.html")
    kinds = "[...document.querySelectorAll('#scoreboard tbody tr')].map((row) => row.dataset.evidence)"
    page.click("#scoreboard thead button:has-text('Evidence')")
    up = page.evaluate(kinds)
    page.click("#scoreboard thead button:has-text('Evidence')")
    assert up == sorted(up)
    assert page.evaluate(kinds) == sorted(up, reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Evidence")


def test_a_verdict_links_to_its_cell(open_page, claims):
    page = open_page("scoreboard.html")
    rows(page).nth(0).locator("td[data-label=Verdict] a").click()
    page.wait_for_load_state("load")
    callout = page.locator(f"#verdict-{claims[0]['claim']}")
    assert callout.is_visible()
    assert claims[0]["verdict"] in callout.inner_text()


@pytest.mark.parametrize("term", TERMS)
def test_search_finds(open_page, term):
    page = open_page(f"search.html?q={term}")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results li").count() > 0


@pytest.mark.parametrize("name", ["index.html", "calculators.html", "scoreboard.html"])
def test_keyboard_reaches_everything(open_page, name):
    page = open_page(name)
    count = page.evaluate(
        """(selector) => {
          const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0;
          window.wanted = [...document.querySelectorAll(selector)].filter(seen);
          window.reached = new Set();
          document.addEventListener("focusin", (event) => window.reached.add(event.target));
          return window.wanted.length;
        }""",
        FOCUSABLE,
    )
    for _ in range(count + 20):
        page.keyboard.press("Tab")
    missed = page.evaluate("wanted.filter((e) => !reached.has(e)).map((e) => e.outerHTML.slice(0, 100))")
    assert missed == []
