import pytest

from tenfold.cli import result_page
from tenfold.serp import Document, SearchIndex
from tenfold.serp import screenshots as screenshots_module

TREE = "A spanning tree of a graph holds all its nodes. It has no cycle."


@pytest.fixture(autouse=True)
def small_index(monkeypatch):
    documents = [
        Document("docs:graphs.spanning_tree", "docs", "graphs.spanning_tree", TREE, "graphs", "1.0"),
        Document("docs:cooking.soup", "docs", "cooking.soup", "Boil the beans & stir.", "cooking", "2"),
    ]
    index = SearchIndex.build(documents)
    monkeypatch.setattr(result_page, "open_index", lambda: index)


def test_a_page_is_written_and_named(tenfold, small_project):
    status, out, _ = tenfold("serp", "spanning tree", "--budget", "20")
    assert status == 0
    [file] = (small_project.root / "build/serp/pages").glob("*.html")
    assert f"page: {file}" in out
    assert "graphs.<wbr>spanning_tree" in file.read_text("utf-8")
    assert "\ncoarse-to-fine: " in out
    assert "definition: spanning_tree" in out


@pytest.mark.parametrize("strategy", ["greedy", "best-of-n", "beam", "coarse-to-fine beam"])
@pytest.mark.parametrize("judge", ["intents", "one-intent"])
def test_strategy_judge_and_file_can_be_chosen(tenfold, tmp_path, strategy, judge):
    file = tmp_path / "folder" / "page.html"
    arguments = ("--strategy", strategy, "--judge", judge, "--budget", "9", "--out", str(file))
    status, out, _ = tenfold("serp", "spanning tree", *arguments)
    assert (status, file.is_file()) == (0, True)
    assert f"{strategy}: " in out


def test_a_query_without_results_gives_a_page_that_says_so(tenfold, tmp_path):
    file = tmp_path / "page.html"
    assert tenfold("serp", "zzz", "--out", str(file))[0] == 0
    assert "Nothing was found for this query." in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tree", "--strategy", "luck"), "--strategy is 'luck': use one of greedy"),
        (("tree", "--judge", "me"), "--judge is 'me': use one of intents"),
        ((" ",), "query has 1 characters"),
    ],
    ids=["strategy", "judge", "query"],
)
def test_what_no_page_can_be_made_with_is_one_line(tenfold, arguments, message):
    status, _, err = tenfold("serp", *arguments)
    assert status == 1
    assert f"error: {message}" in err


def test_a_judge_that_looks_needs_a_browser(tenfold, monkeypatch):
    monkeypatch.delenv("TENFOLD_BROWSER", raising=False)
    monkeypatch.setattr(screenshots_module.shutil, "which", lambda name: None)
    status, _, err = tenfold("serp", "tree", "--judge", "layout")
    assert status == 1
    assert "--judge layout looks at the page: no Chromium is installed" in err
