"""The cleaning rules, by example."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.corpora.clean import clean_line


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  a\t\tb \n c  ", "a b c"),
        ("e\u0301", "\u00e9"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bell\x07 and delete\x7f", "bell and delete"),
        ("non\u00a0breaking\u2003space", "non breaking space"),
        ("right\u202eto left\u202c", "rightto left"),
        ("\u200b \x00", ""),
        ("Grüße, 日本 🙂", "Grüße, 日本 🙂"),
    ],
    ids=[
        "white space",
        "composed",
        "invisible",
        "control",
        "wide spaces",
        "direction",
        "nothing left",
        "kept",
    ],
)
def test_rule(raw, clean):
    assert clean_line(raw) == clean


@given(st.text())
def test_no_control_character_or_double_space_is_left(text):
    clean = clean_line(text)
    assert clean == clean.strip()
    assert "  " not in clean
    assert all(unicodedata.category(character) != "Cc" for character in clean)


@given(st.text(st.characters(categories=["L", "N", "P"])))
def test_composed_letters_digits_and_punctuation_stay(text):
    assert clean_line(text) == unicodedata.normalize("NFC", text)
