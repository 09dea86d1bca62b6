import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.chat.json_text import MAX_STARTS, json_values

numbers = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=10)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
containers = st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3)
prose = st.text(st.characters(exclude_characters='{["'), max_size=30)


@given(prose, containers, prose, st.booleans(), st.sampled_from([None, 2]))
def test_a_value_between_prose_is_found(before, value, after, fenced, indent):
    text = json.dumps(value, indent=indent)
    inside = f"```json\n{text}\n```" if fenced else text
    assert list(json_values(f"{before}{inside}{after}")) == [text]


@given(st.text())
def test_whatever_is_found_stands_in_the_text_and_is_json(text):
    for value in json_values(text):
        assert value in text
        assert isinstance(json.loads(value), dict | list)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("no JSON here", []),
        ('{"a": 1', []),
        ('{"a": 1}', ['{"a": 1}']),
        ('Use {braces} like so: {"a": "}"}.', ['{"a": "}"}']),
        ('{"a": 1} or rather {"a": 2}', ['{"a": 1}', '{"a": 2}']),
        ('[{"a": 1}]', ['[{"a": 1}]']),
        ('see [1]: {"a": {"b": []}}', ["[1]", '{"a": {"b": []}}']),
        ("{'a': 1}", []),
        ('{"a": NaN}', []),
        ('{"a": -Infinity}', []),
        ('{"a": 1, "a": 2}', []),
        ('{"a": 1,}', []),
        ('{"a": "line\nbreak"}', []),
        ('<think>maybe {"a": 1}?</think>{"a": 2}', ['{"a": 2}']),
        ('\n<think>{"a": 1} never ends', ['{"a": 1}']),
        ('{"a": "<think>"} </think> {"a": 2}', ['{"a": "<think>"}', '{"a": 2}']),
        ('{"a": ' + "9" * 5000 + "}", []),
    ],
)
def test_these_texts_hold_these_values(text, found):
    assert list(json_values(text)) == found


@pytest.mark.parametrize("bracket", ["[", "{", '{"a":', '[{"b":'])
def test_hostile_nesting_takes_few_attempts_and_finds_nothing(bracket, monkeypatch):
    attempts = []
    decode = json.JSONDecoder.raw_decode
    monkeypatch.setattr(
        json.JSONDecoder,
        "raw_decode",
        lambda self, text, start: attempts.append(start) or decode(self, text, start),
    )
    assert list(json_values((bracket * 200_000)[:200_000])) == []
    assert len(attempts) == MAX_STARTS


def test_only_so_many_brackets_are_tried():
    assert list(json_values("{x " * (MAX_STARTS - 1) + "[1]")) == ["[1]"]
    assert list(json_values("{x " * MAX_STARTS + "[1]")) == []
