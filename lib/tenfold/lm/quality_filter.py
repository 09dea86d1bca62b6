"""A filter of educational value: few passages graded by hand, transparent features, ridge regression."""

import csv
import re
from functools import cache

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tenfold.corpora.passages import Passage, load_passages
from tenfold.corpora.text import ChangedCorpus
from tenfold.paths import project_root

LABELS = "data/labels/phi3_quality.csv"
"""Grades by SHA-256 of the passage: 0 nothing to learn, 1 names things, 2 explains one, 3 teaches an idea."""
PENALTY = 3.0


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words(
    "the of and to a in is that for it as was with be by on not he i this are or his from at which but have "
    "an had they you were their one all we can her has there been if more when will would who so no"
)
REASON = _words(
    "because therefore when where which if thus such used given each between both whether into over under "
    "than then however since while"
)
PERSON = _words("i you my me we your")
LAW = _words("license licence copyright software warranty liability redistribution notice rights")
FEATURES = (
    "letters", "capitals", "digits", "code signs", "line ends", "double spaces", "word length",
    "function words", "words of reasoning", "persons", "sentence ends", "distinct words", "words (log)",
    "words of licences", "line length",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z']+")
_END = re.compile(r"[.!?](?:\s|$)")


def features(text: str) -> list[float]:
    """The numbers that the filter sees of a passage, in the order of FEATURES."""
    words = _WORD.findall(text.lower())
    n, size, lines = max(1, len(words)), max(1, len(text)), text.split("\n")
    return [
        sum(map(str.isalpha, text)) / size,
        sum(map(str.isupper, text)) / size,
        sum(map(str.isdigit, text)) / size,
        sum(c in "(){}[]=_<>/\\\"'*#@|;" for c in text) / size,
        text.count("\n") / size,
        text.count("  ") / size,
        sum(map(len, words)) / n,
        sum(word in STOP for word in words) / n,
        sum(word in REASON for word in words) / n,
        sum(word in PERSON for word in words) / n,
        len(_END.findall(text)) / n,
        len(set(words)) / n,
        float(np.log(n)),
        sum(word in LAW for word in words) / n,
        sum(map(len, lines)) / len(lines),
    ]


@cache
def graded_passages() -> tuple[tuple[Passage, int], ...]:
    """The graded passages with their grades.  Raises ChangedCorpus where one is not at hand."""
    with open(project_root() / LABELS, newline="") as file:
        grades = {row["sha256"]: (row["source"], int(row["grade"])) for row in csv.DictReader(file)}
    sources = dict.fromkeys(source for source, _ in grades.values())
    found = {p.sha256: p for source in sources for p in load_passages(source) if p.sha256 in grades}
    missing = grades.keys() - found.keys()
    if missing:
        raise ChangedCorpus(
            f"{len(missing)} of {len(grades)} graded passages are not at hand, first {min(missing)[:16]}: "
            "the data packages are not the pinned ones; run make setup"
        )
    return tuple((found[digest], grade) for digest, (_, grade) in grades.items())


def new_filter() -> Pipeline:
    """An unfitted filter: standardised features, ridge regression on the grade."""
    return make_pipeline(StandardScaler(), Ridge(PENALTY))


@cache
def educational_filter() -> Pipeline:
    """The filter, fitted on all graded passages."""
    passages, grades = zip(*graded_passages(), strict=True)
    return new_filter().fit([features(p.text) for p in passages], grades)


def educational_value(texts: list[str]) -> np.ndarray:
    """Predicted grade of each text, [len(texts)]."""
    return educational_filter().predict(np.array([features(text) for text in texts]))
