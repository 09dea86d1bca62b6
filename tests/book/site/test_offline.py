"""Every way in which a page can load from elsewhere is seen; what merely names an address is not."""

import pytest

from tenfold.book.offline import site_problems

FOREIGN = {
    "script": '<script src="https://example.org/a.js"></script>',
    "script without scheme": '<script src="//example.org/a.js"></script>',
    "style sheet": '<link rel="stylesheet" href="https://example.org/a.css">',
    "preconnect": '<link rel="preconnect" href="https://example.org">',
    "icon": '<link rel="icon" href="https://example.org/a.ico">',
    "image": '<img alt="" src="http://example.org/a.png">',
    "image set": '<img alt="" srcset="https://example.org/a.png 2x">',
    "frame": '<iframe src="https://example.org"></iframe>',
    "embedded object": '<object data="https://example.org/a.svg"></object>',
    "image in svg": '<svg><image href="https://example.org/a.png"/></svg>',
    "video poster": '<video poster="https://example.org/a.png"></video>',
    "style attribute": '<p style="background: url(https://example.org/a.png)">x</p>',
    "style element": "<style>@import 'https://example.org/a.css';</style>",
    "address in a script": '<script>const where = "https://example.org/a.js"</script>',
    "base": '<base href="https://example.org/">',
}
HARMLESS = {
    "link to a paper": '<a href="https://arxiv.org/abs/2409.19913">paper</a>',
    "canonical address": '<link rel="canonical" href="https://example.org/index.html">',
    "data in the page": '<img alt="" src="data:image/png;base64,AAAA">',
    "text about a link": "<p>see https://example.org/a.js</p>",
    "own script": '<script src="own.js?v=1"></script>',
    "own place": '<h2 id="here">x</h2><a href="#here">x</a>',
    "own page": '<a href="other.html#there">x</a>',
}


@pytest.fixture
def problems_of(tmp_path):
    def check(html: str, **files: str) -> list[str]:
        (tmp_path / "page.html").write_text(f"<html><body>{html}</body></html>", encoding="utf-8")
        (tmp_path / "other.html").write_text('<p id="there">x</p>', encoding="utf-8")
        (tmp_path / "own.js").write_text("const x = 1", encoding="utf-8")
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
        return site_problems(tmp_path)

    return check


@pytest.mark.parametrize("html", FOREIGN.values(), ids=FOREIGN)
def test_load_from_another_origin_is_reported(problems_of, html):
    (problem,) = problems_of(html)
    assert problem.startswith("page.html: loads ")
    assert "example.org" in problem


@pytest.mark.parametrize("html", HARMLESS.values(), ids=HARMLESS)
def test_what_loads_nothing_foreign_passes(problems_of, html):
    assert problems_of(html) == []


@pytest.mark.parametrize(
    "css", ["@import url(https://example.org/a.css);", 'p { background: url("//example.org/a.png") }']
)
def test_style_sheet_that_loads_from_elsewhere_is_reported(problems_of, css):
    (problem,) = problems_of("", look_css=css)
    assert problem.startswith("look.css: loads ")


@pytest.mark.parametrize(
    "js",
    [
        'import "https://example.org/a.js"',
        'import x from "https://example.org/a.js"',
        'fetch("https://example.org/a.json")',
        'script.src = "https://example.org/a.js"',
        'new WebSocket("wss://example.org")',
    ],
)
def test_script_that_loads_from_elsewhere_is_reported(problems_of, js):
    (problem,) = problems_of("", more_js=js)
    assert problem.startswith("more.js: loads ")


def test_licence_notes_and_name_spaces_in_scripts_pass(problems_of):
    js = '/* https://example.org/licence */ const ns = "http://www.w3.org/2000/svg"'
    assert problems_of("", more_js=js) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="gone.html">x</a>', "links to gone.html, which does not exist"),
        ('<a href="other.html#gone">x</a>', "links to other.html#gone, but that page has no such place"),
        ('<a href="#gone">x</a>', "links to #gone, but that page has no such place"),
        ('<script src="gone.js"></script>', "loads gone.js, which does not exist"),
    ],
)
def test_dead_internal_link_is_reported(problems_of, html, problem):
    assert problems_of(html) == [f"page.html: {problem}"]
