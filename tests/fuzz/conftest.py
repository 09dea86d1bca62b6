"""Damage to a file, as hypothesis strategies: what a torn write or a bad disk leaves behind."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import strategies as st

Value = TypeVar("Value")


@pytest.fixture(scope="session")
def attempt():
    """Calls a function: its value; None where it refuses by the expected error, which holds the words."""

    def call(function: Callable[[], Value], expected: type[Exception], *words: str) -> Value | None:
        try:
            return function()
        except expected as error:
            message = str(error)
        assert [word for word in words if word not in message] == []
        return None

    return call


def cut(content: bytes) -> st.SearchStrategy[bytes]:
    return st.integers(0, len(content)).map(lambda end: content[:end])


def flipped(content: bytes) -> st.SearchStrategy[bytes]:
    """One to four bits of it changed."""
    bits = st.lists(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=4)

    def flip(places: list[int]) -> bytes:
        changed = bytearray(content)
        for place in places:
            changed[place // 8] ^= 1 << place % 8
        return bytes(changed)

    return bits.map(flip)


def spliced(content: bytes) -> st.SearchStrategy[bytes]:
    """Foreign bytes in place of a piece of it."""
    foreign = st.one_of(
        st.binary(max_size=40),
        st.text(max_size=20).map(str.encode),
        st.sampled_from([b"\0" * 64, b"\n", b"null\n", b"[]\n", b"{}\n", b"NaN", b"[" * 500, b"\xff\xfe"]),
    )
    places = st.tuples(st.integers(0, len(content)), st.integers(0, 60))
    return st.tuples(places, foreign).map(
        lambda drawn: content[: drawn[0][0]] + drawn[1] + content[sum(drawn[0]) :]
    )


@pytest.fixture(scope="session")
def damaged():
    """The strategy of what may become of a file with this content."""
    return lambda content: st.one_of(cut(content), flipped(content), spliced(content))
