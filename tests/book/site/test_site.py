import csv
import json
import re
from html.parser import HTMLParser

import nbformat
import pytest
import yaml

from tenfold.book.copies import sealed
from tenfold.book.errors import SiteError
from tenfold.book.offline import site_problems
from tenfold.book.site import build
from tenfold.book.staging import stage
from tenfold.claims import read_ledger


def page(site, name: str) -> str:
    return (site / name).read_text(encoding="utf-8")


def records(root) -> list[tuple[str, dict]]:
    """(chapter, record) straight from the files of the executed copies."""
    copies = sorted((root / "build" / "executed").glob("*.ipynb"))
    stamps = [json.loads(copy.read_text(encoding="utf-8"))["metadata"]["tenfold"] for copy in copies]
    return [(copy.stem, r) for copy, stamp in zip(copies, stamps, strict=True) for r in stamp["verdicts"]]


class Rows(HTMLParser):
    """Cell texts of the scoreboard, one list a claim."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[dict] = []
        self.cell: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "tr" and "data-verdict" in given:
            self.rows.append({"attributes": given, "links": []})
        elif self.rows and "data-label" in given:
            self.cell = given["data-label"]
            self.rows[-1][self.cell] = ""
        elif self.rows and tag == "a" and self.cell:
            self.rows[-1]["links"].append(given["href"])

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][self.cell] += data


def test_scoreboard_rows_equal_the_records_of_the_executed_chapters(site, executed_project):
    rows = Rows(page(site, "scoreboard.html")).rows
    expected = records(executed_project)
    assert [record["claim"] for _, record in expected] == ["C1", "C2", "C1", "C2", "C1", "C2", "C3"]
    assert len(rows) == len(expected)
    for row, (chapter, record) in zip(rows, expected, strict=True):
        assert row["attributes"]["data-chapter"] == chapter
        assert row["attributes"]["data-verdict"] == record["verdict"]
        assert row["Claim"].split()[0] == record["claim"]
        assert record["text"] in row["Claim"]
        assert row["The paper's number"] == record["paper"] + record["where"]
        assert row["Here [interval]"].replace("\u00a0", " ") == (record["here"] or "not tested")
        assert record["verdict"] in row["Verdict"]
        assert record["reason"] in row["Verdict"]
        assert row["links"] == [f"chapters/{chapter}.html#verdict-{record['claim']}"]


def test_known_verdicts_reach_the_scoreboard(site):
    rows = Rows(page(site, "scoreboard.html")).rows
    untestable = "not testable at this scale"
    verdicts = [row["attributes"]["data-verdict"] for row in rows]
    template = ["reproduced", "reproduced", untestable]
    assert verdicts == ["reproduced", untestable, "not reproduced", untestable, *template]


def test_scoreboard_file_holds_the_same_records(site, executed_project):
    (file,) = site.glob("_downloads/*/scoreboard.csv")
    with file.open(encoding="utf-8", newline="") as handle:
        lines = list(csv.DictReader(handle))
    names = ("claim", "text", "paper", "here", "verdict", "reason", "evidence")
    found = [(line["chapter"], *(line[name] for name in names)) for line in lines]
    assert found == [(chapter, *(r[name] for name in names)) for chapter, r in records(executed_project)]


def test_numbers_of_the_run_stand_in_the_sentences(site):
    assert re.search(r"The slope is <\w+[^>]*>0\.500</", page(site, "chapters/01_rising.html"))
    assert re.search(r"The slope is <\w+[^>]*>-0\.250</", page(site, "chapters/02_falling.html"))


def test_front_page_counts_verdicts_and_names_planned_papers(site):
    front = page(site, "index.html")
    alt = re.search(r'aria-label="(Claims by verdict[^"]*)"', front)[1]
    assert "On 01_rising: 1 reproduced, 1 not testable at this scale." in alt
    assert "On 02_falling: 1 not reproduced, 1 not testable at this scale." in alt
    assert front.count(">planned<") == 1


def test_front_page_withdraws_a_finding_whose_verdicts_moved(site):
    front = page(site, "index.html")
    assert '<p class="tf-finding">It rises.</p>' in front
    assert "It falls slowly." not in front
    assert re.search(r"withdrawn: .*others now\s+\(C1: not reproduced\)", front)


def test_simulator_that_is_not_declared_fails_the_build(project):
    file = project / "book" / "papers.yaml"
    papers = yaml.safe_load(file.read_text(encoding="utf-8"))
    del papers[0]["simulator"]
    file.write_text(yaml.safe_dump(papers), encoding="utf-8")
    with pytest.raises(
        SiteError, match="01_rising judges C1, C2 by a simulator; say under `simulator` what it"
    ):
        build(project)


def test_pages_have_no_icon_script_and_no_list_without_items(site):
    pages = list(site.rglob("*.html"))
    assert [page for page in pages if "fontawesome.js" in page.read_text(encoding="utf-8")] == []
    assert not list(site.rglob("fontawesome.js*"))
    assert 'class="citation-list"' in page(site, "bibliography.html")
    assert 'role="list"' not in page(site, "bibliography.html")


def test_chapters_link_the_glossary_at_first_use(site):
    html = page(site, "chapters/03_walk.html")
    assert html.count('href="../glossary.html#term-verdict"') == 1


def test_claims_are_text_and_not_markup(site):
    for name in ("scoreboard.html", "chapters/01_rising.html"):
        assert "The slope is &lt;positive&gt; &amp; stays so." in page(site, name)
        assert "<positive>" not in page(site, name)


def test_site_needs_no_other_origin(site):
    assert site_problems(site) == []
    assert (site / "_static" / "mathjax" / "tex-svg-full.js").is_file()
    assert 'src="../_static/mathjax/tex-svg-full.js' in page(site, "chapters/01_rising.html")


def test_every_page_lets_the_browser_refuse_other_origins(site):
    for name in ("index.html", "scoreboard.html", "chapters/01_rising.html", "search.html"):
        head = page(site, name).partition("</head>")[0]
        policy = head.index('http-equiv="Content-Security-Policy"')
        assert policy < head.index("<script")
        assert policy < head.index("<link")


def test_template_becomes_a_rendered_chapter(site, executed_project):
    html = page(site, "chapters/03_walk.html")
    for claim in read_ledger(executed_project / "data" / "claims" / "walk.yaml").claims:
        assert f'id="verdict-{claim.id}"' in html
    assert 'alt="Loss falls with the number of parameters' in html
    assert re.search(r"the fit gives <\w+[^>]*>0\.3400</", html)


def test_chapter_offers_its_executed_notebook(site):
    assert 'href="../_sources/chapters/01_rising.ipynb"' in page(site, "chapters/01_rising.html")
    offered = nbformat.read(site / "_sources" / "chapters" / "01_rising.ipynb", as_version=4)
    nbformat.validate(offered)
    assert offered.metadata.tenfold.verdicts[0].claim == "C1"


def test_wrong_glue_key_fails_the_build_and_leaves_the_last_site(project):
    copy = project / "build" / "executed" / "01_rising.ipynb"
    text = copy.read_text(encoding="utf-8")
    copy.write_text(sealed(text.replace("`rising_slope:", "`rising_slop:")), encoding="utf-8")
    old = project / "build" / "site" / "index.html"
    old.parent.mkdir()
    old.write_text("the last good site", encoding="utf-8")
    with pytest.raises(SiteError, match=r"01_rising\.ipynb.*rising_slop"):
        build(project)
    assert old.read_text(encoding="utf-8") == "the last good site"


def test_page_that_loads_from_elsewhere_is_not_published(project, monkeypatch):
    def foreign_page(root, source, out, builder, *, log):
        html = out / "_build" / "html"
        html.mkdir(parents=True)
        (html / "index.html").write_text('<script src="https://example.org/a.js"></script>')

    monkeypatch.setattr("tenfold.book.site._run_jupyter_book", foreign_page)
    with pytest.raises(SiteError, match=r"index\.html: loads https://example\.org/a\.js from another origin"):
        build(project)
    assert not (project / "build" / "site").exists()


def test_a_chapter_links_to_its_slides_which_show_its_numbers(site):
    assert 'href="../slides/01_rising.html"' in page(site, "chapters/01_rising.html")
    assert "slides/" not in page(site, "chapters/02_falling.html")
    deck = page(site, "slides/01_rising.html")
    assert "It rises by 0.500" in deck
    assert "Ask first." in deck
    assert (site / "slides" / "reveal" / "dist" / "reveal.js").is_file()


def test_slides_that_name_what_the_run_lacks_leave_the_last_site(project):
    (project / "book" / "slides" / "02_falling.md").write_text("## {glue:text}`slope`", encoding="utf-8")
    with pytest.raises(SiteError, match=r"book/slides/02_falling\.md, slide 1: .* no 'slope'"):
        build(project)
    assert not (project / "build" / "site").exists()


def test_slides_of_no_chapter_are_named(project):
    (project / "book" / "slides" / "09_gone.md").write_text("## Gone", encoding="utf-8")
    with pytest.raises(SiteError, match="no chapter for 09_gone"):
        build(project)


def test_missing_executed_chapter_says_what_to_run(project):
    (project / "build" / "executed" / "02_falling.ipynb").unlink()
    with pytest.raises(SiteError, match="02_falling has no executed copy: run `tenfold run 02_falling`"):
        build(project)


def test_a_chapter_that_printed_a_key_is_not_published(project):
    copy = project / "build" / "executed" / "01_rising.ipynb"
    text = copy.read_text(encoding="utf-8")
    copy.write_text(sealed(text.replace("drawn offline", "drawn by sk-" + "a1B2" * 6)), encoding="utf-8")
    with pytest.raises(SiteError, match=r"executed/01_rising\.ipynb, line \d+: a key of a language-model"):
        build(project)
    assert not (project / "build" / "site").exists()


def test_damaged_executed_chapter_says_what_to_run(project):
    copy = project / "build" / "executed" / "02_falling.ipynb"
    copy.write_text(copy.read_text(encoding="utf-8").replace("-0.25", "0.25"), encoding="utf-8")
    with pytest.raises(SiteError, match="02_falling has a damaged executed copy: run `tenfold"):
        build(project)


def test_chapter_without_entry_among_the_papers_is_refused(project):
    (project / "notebooks" / "01_rising.ipynb").rename(project / "notebooks" / "04_rising.ipynb")
    with pytest.raises(SiteError, match=r"papers\.yaml: no entry for 04_rising"):
        build(project)


def test_chapter_that_was_not_executed_again_keeps_its_last_good_page(project, tmp_path):
    source = project / "notebooks" / "01_rising.ipynb"
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[2].source += "\nraise ZeroDivisionError('broken on purpose')"
    nbformat.write(notebook, source)
    stage(project, tmp_path / "staged")
    staged = (tmp_path / "staged" / "chapters" / "01_rising.ipynb").read_text(encoding="utf-8")
    assert "broken on purpose" not in staged
    assert "This page shows an earlier execution. Changed since: notebook." in staged
    other = (tmp_path / "staged" / "chapters" / "02_falling.ipynb").read_text(encoding="utf-8")
    assert "earlier execution" not in other
