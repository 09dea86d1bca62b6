from urllib.error import URLError

import pytest

from tenfold.corpora import external_fetch
from tenfold.corpora.external import EXTERNAL


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a download was begun")

    monkeypatch.setattr(external_fetch.urllib.request, "build_opener", refuse)


def test_without_a_name_the_data_sets_are_listed_and_nothing_is_fetched(tenfold, small_project):
    status, out, _ = tenfold("fetch")
    assert status == 0
    for name, data in EXTERNAL.items():
        assert f"\n{name}\n" in "\n" + out
        assert f"licence: {data.licence}" in out
    assert "warning: holds harmful prompts" in out
    assert not (small_project.root / "data" / "external").exists()


@pytest.mark.parametrize("name", ["xtest", "or_bench"])
def test_an_unknown_name_is_one_line_with_a_guess(tenfold, name):
    status, _, err = tenfold("fetch", name)
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith(f"error: no external data '{name}', did you mean ")
    assert "allowed: xstest, xstest-completions, or-bench" in err


def test_a_failed_download_is_one_line_and_keeps_nothing(tenfold, small_project, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    class Opener:
        open = fail

    monkeypatch.setattr(external_fetch.urllib.request, "build_opener", lambda *_: Opener())
    status, out, err = tenfold("fetch", "xstest")
    assert (status, err.count("\n")) == (1, 1)
    assert "no route to host" in err
    assert "xstest_prompts.csv" in out  # what is fetched, from where and under which licence, is said before
    assert "CC-BY-4.0" in out
    assert [path for path in (small_project.root / "data" / "external").rglob("*") if path.is_file()] == []


def test_a_changed_file_is_one_line(tenfold, small_project):
    path = small_project.root / "data" / "external" / "xstest" / "xstest_prompts.csv"
    path.parent.mkdir(parents=True)
    path.write_text("id,prompt\n")
    status, _, err = tenfold("fetch", "xstest")
    assert (status, err.count("\n")) == (1, 1)
    assert "remove it and fetch anew" in err
    assert path.read_text() == "id,prompt\n"
