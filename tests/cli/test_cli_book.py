import pytest


@pytest.fixture
def built(monkeypatch):
    """The roots that the site was built for; the building itself has tests of its own."""
    roots = []
    monkeypatch.setattr(
        "tenfold.book.site.build", lambda root, pdf: roots.append((root, pdf)) or root / "index.html"
    )
    return roots


@pytest.mark.parametrize("failed", [0, 1], ids=["all good", "one failed"])
def test_the_site_is_built_and_a_failed_chapter_still_shows_in_the_exit_status(
    tenfold, small_project, built, monkeypatch, failed
):
    calls = []
    monkeypatch.setattr(
        "tenfold.cli.run_chapters.run_chapters",
        lambda *args, **options: calls.append((args, options)) or failed,
    )
    status, out, _ = tenfold("book", "--jobs", "3")
    root = small_project.root
    assert calls == [((root, [], {}), {"jobs": 3, "force": False})]
    assert (status, built) == (failed, [(root, False)])
    assert f"site: {root / 'index.html'}" in out
