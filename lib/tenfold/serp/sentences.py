"""Sentences of a document, and those that answer a query best."""

import re
from collections.abc import Sequence

from tenfold.serp.index import CLOSED, OPENED, SearchIndex

_BREAK = re.compile(r"(?<=[.!?])\s+(?=[\"'(]?[A-Z0-9])|\n\s*\n")
_WORD = re.compile(r"[^\W_]+")
SHORTEST, LONGEST = 20, 400


def sentences(text: str) -> list[str]:
    """Sentences of 20 to 400 characters that end like one; headings and lists of parameters are none."""
    found = (" ".join(part.split()) for part in _BREAK.split(text))
    return [s for s in found if SHORTEST <= len(s) <= LONGEST and s[-1] in ".!?" and " : " not in s]


def stem(word: str) -> str:
    """A word's beginning, by which its forms count as equal: without a plural or verbal ending."""
    word = word.lower()
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def coverage(text: str, terms: Sequence[str], index: SearchIndex) -> float:
    """The share of the terms, weighted by inverse document frequency, that stand in the text."""
    words = {stem(word) for word in _WORD.findall(text)}
    total = sum(index.weight(term) for term in terms)
    return sum(index.weight(term) for term in terms if stem(term) in words) / total if total else 0.0


def mark(text: str, terms: Sequence[str]) -> str:
    """The text with each word that is a form of a term between OPENED and CLOSED."""
    wanted = {stem(term) for term in terms}
    return _WORD.sub(
        lambda match: f"{OPENED}{match[0]}{CLOSED}" if stem(match[0]) in wanted else match[0], text
    )
