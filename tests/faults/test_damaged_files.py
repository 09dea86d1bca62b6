"""A truncated, changed or foreign file where the book keeps something: an error in words, or made anew."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.book.errors import SiteError
from tenfold.book.papers import read_papers
from tenfold.corpora.published import DataFormatError
from tenfold.feedback.json_rows import array_rows, line_rows
from tenfold.feedback.uss import read_uss

REPOSITORY = Path(__file__).parents[2]
PAPERS = (REPOSITORY / "book" / "papers.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        PAPERS[: len(PAPERS) // 2].encode(),
        PAPERS.encode()[:400] + b"\xff" + PAPERS.encode()[400:],
        PAPERS.replace("arxiv:", "arxvi:", 1).encode(),
        b"\0" * 100,
        b"",
        b"a foreign file",
        b"[" * 300,
    ],
    ids=["truncated", "not UTF-8", "field misspelt", "zeros", "empty", "foreign", "nested"],
)
def test_a_damaged_list_of_papers_is_named(tmp_path, content):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "papers.yaml").write_bytes(content)
    chapters = [path.stem for path in (REPOSITORY / "notebooks").glob("[0-9]*.ipynb")]
    with pytest.raises(SiteError, match=r"book/papers\.yaml"):
        read_papers(tmp_path, chapters)


def test_a_build_folder_that_is_gone_is_made_again(small_project):
    small_project.add("01_first", "print(1)")
    assert small_project.command("run").returncode == 0
    shutil.rmtree(small_project.root / "build")
    done = small_project.command("run")
    assert done.returncode == 0, done.stderr
    assert small_project.copy("01_first").is_file()


ROWS = b'[{"a": 1}, {"a": "x"}]'
LINES = b'{"a": 1}\n{"a": "x"}\n'
USS = b"USER\thello\t\t3,4\nSYSTEM\thi\nUSER\tOVERALL\t\t3\n\n"


@given(data=st.data(), kind=st.sampled_from(["rows", "lines", "uss"]))
def test_a_damaged_data_file_is_read_as_far_as_it_is_whole_or_named(tmp_path_factory, data, kind):
    content, read = {"rows": (ROWS, array_rows), "lines": (LINES, line_rows), "uss": (USS, read_uss)}[kind]
    place, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    put = data.draw(st.binary(max_size=8) | st.sampled_from([b"[" * 3_000, b"9" * 5_000, b'{"a":' * 3_000]))
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    path.write_bytes(content[:place] + put + content[end:])
    try:
        found = list(read(path))
    except DataFormatError as error:
        message = str(error)
    else:
        assert found
        return
    assert str(path) in message
