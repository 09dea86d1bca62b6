"""Documentation prose. One package stands for all: its version does not depend on Python's."""

import ast
import inspect
from pathlib import Path

import pytest
import statsmodels
from statsmodels.stats.multitest import multipletests

from tenfold.corpora import docstrings


@pytest.fixture(scope="module")
def documents() -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docstrings, "PACKAGES", ("statsmodels",))
        return list(docstrings.package_docstrings())


def test_the_docstring_of_a_known_function_is_there_line_by_line(documents):
    expected = [" ".join(line.split()) for line in inspect.getdoc(multipletests).splitlines() if line.strip()]
    assert ">>>" not in inspect.getdoc(multipletests)
    assert "\n".join(expected) in documents


def test_examples_are_left_out_and_the_prose_around_them_is_kept(documents):
    assert not any(line.startswith(">>>") for document in documents for line in document.split("\n"))
    assert any("Examples\n--------" in document for document in documents)


def test_documents_are_long_enough_and_clean(documents):
    assert len(documents) > 1000
    assert min(map(len, documents)) >= 200
    for line in (line for document in documents for line in document.split("\n")):
        assert line
        assert line == " ".join(line.split())


def test_tests_of_the_package_are_not_read(documents):
    file = Path(statsmodels.__file__).with_name("tsa") / "statespace/tests/test_exponential_smoothing.py"
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8")))
    assert len(docstring) > 1000
    assert not {docstring.split("\n")[0]} & {line for document in documents for line in document.split("\n")}
