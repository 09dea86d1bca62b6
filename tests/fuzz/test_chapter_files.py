"""Any notebook and any parameter given by hand: a chapter, values of the right type, or an error in words."""

import ast
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenfold.book.chapters import Chapter, ChapterError, load_chapter
from tenfold.book.copies import read_stamp, sealed
from tenfold.book.parameters import ParameterError, parse_values, read_parameters

DEFAULTS = {
    "profile": "laptop",
    "runs": "recorded",
    "seed": 0,
    "scale": 1.5,
    "label": "x",
    "on": True,
    "any": None,
}
CELL = {
    "cell_type": "code",
    "id": "a",
    "metadata": {"tags": ["parameters"]},
    "outputs": [],
    "execution_count": None,
}
CELL |= {"source": 'profile = "laptop"\nruns = "recorded"\nseed = 0'}
NOTEBOOK = {"cells": [CELL, CELL | {"metadata": {}, "source": ["x = 1\n", "y = 2"]}], "metadata": {}}
NOTEBOOK |= {"nbformat": 4, "nbformat_minor": 5}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def load(tmp_path_factory, attempt):
    """What becomes of a chapter with these bytes: loaded with its code parsed, or refused."""
    path = tmp_path_factory.mktemp("chapters") / "01_demo.ipynb"

    def load_whole() -> Chapter:
        chapter = load_chapter(path)
        assert chapter.code()
        assert isinstance(chapter.data, tuple)
        return chapter

    def load_bytes(content: bytes) -> Chapter | None:
        path.write_bytes(content)
        return attempt(load_whole, ChapterError, "01_demo")

    return load_bytes


def test_the_notebook_that_is_damaged_here_is_a_good_one(load):
    assert load(json.dumps(NOTEBOOK).encode()).parameters["seed"] == 0


@given(data=st.data())
def test_a_damaged_notebook_is_a_chapter_or_an_error_that_names_it(load, damaged, data):
    chapter = load(data.draw(damaged(json.dumps(NOTEBOOK).encode())))
    assert chapter is None or chapter.parameters["profile"] in ("smoke", "laptop", "gpu")


@given(data=st.data(), put=anything)
def test_any_value_in_a_notebook_is_taken_or_refused_in_words(load, data, put):
    changed = json.loads(json.dumps(NOTEBOOK))
    places = [(changed, key) for key in changed]
    places += [(changed["cells"], 0), (changed["cells"], 1)]
    places += [(cell, key) for cell in changed["cells"] for key in cell]
    inner, key = data.draw(st.sampled_from(places))
    inner[key] = put
    load(json.dumps(changed).encode())


@given(st.text(max_size=60))
@example("x = '\0'")
@example("(" * 3_000)
@example("-" * 10_000 + "1")
@example("profile = 'laptop'\nruns = 'recorded'\nseed = 10**10**10")
def test_any_parameters_cell_is_read_or_refused_in_words(load, source):
    load(json.dumps(NOTEBOOK | {"cells": [CELL | {"source": source}]}).encode())


@given(
    st.dictionaries(
        st.sampled_from([*DEFAULTS, "sede"]), st.text(max_size=30) | st.sampled_from(["1", "nan", "()"])
    )
)
@example({"scale": "1" * 400})
@example({"seed": "9" * 5_000})
@example({"any": "(" * 3_000})
@example({"any": "-" * 10_000 + "1"})
@example({"on": "\0"})
@example({"label": "\ud800"})
def test_any_text_given_for_a_parameter_is_a_value_of_its_type_or_refused_in_words(attempt, given_values):
    values = attempt(lambda: parse_values(given_values, DEFAULTS), ParameterError, " (")
    for name, value in (values or {}).items():
        assert DEFAULTS[name] is None or type(value) is type(DEFAULTS[name])


@given(
    st.dictionaries(
        st.text("abcxyz", min_size=1, max_size=5), st.none() | st.integers() | st.text(max_size=9)
    )
)
def test_the_parameters_of_a_cell_are_what_python_assigns(parameters):
    parameters = {"profile": "gpu", "runs": "fresh", "seed": 3} | parameters
    source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    assert read_parameters(ast.parse(source)) == parameters


@given(data=st.data())
def test_a_damaged_executed_copy_has_no_stamp(tmp_path_factory, damaged, data):
    path = tmp_path_factory.getbasetemp() / "executed.ipynb"
    stamp = {"fingerprint": "f", "inputs": {}, "seconds": 1.0, "verdicts": []}
    whole = sealed(json.dumps(NOTEBOOK | {"metadata": {"tenfold": stamp}}))
    path.write_text(whole)
    assert read_stamp(path) == stamp
    path.write_bytes(data.draw(damaged(whole.encode())))
    assert read_stamp(path) == (stamp if _says_the_same(path.read_bytes(), whole) else None)


def _says_the_same(content: bytes, whole: str) -> bool:
    """Whether only white space between the JSON's parts differs."""
    try:
        return json.loads(content) == json.loads(whole)
    except (ValueError, RecursionError):
        return False
