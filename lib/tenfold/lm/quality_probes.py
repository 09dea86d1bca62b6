"""Probes of the data-quality experiment, fixed beforehand; the filter never sees their text."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from tenfold.corpora.passages import Passage, load_passages
from tenfold.lm.quality_data import docs_pool, pool
from tenfold.lm.quality_filter import graded_passages
from tenfold.lm.reasoning import questions

TEXTS = ("explanations", "lists", "readmes", "other chat", "other code")
CLOZE_TEXTS = ("explanations", "other chat")
MOST = 400
"""Passages of each probe text, those whose SHA-256 come first."""
RUN = 8
"""A probe passage that shares this many consecutive words with a training or graded passage is left out."""
CLOZE_AFTER = 80
"""Bytes of text before the missing word."""
FREQUENT = 1000
WRONG = 3
NEAR = 10
"""The wrong words of a cloze item are drawn from so many that are nearest in frequency."""
_WORD = re.compile(r"[A-Za-z]+")
_CANDIDATE = re.compile(r"(?<= )[a-z]{4,10}(?=[ .,;])")


@dataclass(frozen=True)
class Choice:
    """Endings of one prompt, the right one first."""

    kind: str
    prompt: str
    endings: tuple[str, ...]


def word_runs(text: str) -> set[tuple[str, ...]]:
    """Every run of RUN consecutive words of a text, in lower case."""
    words = _WORD.findall(text.lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


@cache
def _seen_runs() -> frozenset[int]:
    """Hashes of the word runs of everything that a model is trained on or the filter is fitted on."""
    seen = (*pool().passages, *docs_pool().passages, *(passage for passage, _ in graded_passages()))
    return frozenset(hash(run) for passage in seen for run in word_runs(passage.text))


def shares_words(passage: Passage) -> bool:
    """The passage has a run of RUN words that also stands in a training or graded passage."""
    return any(hash(run) in _seen_runs() for run in word_runs(passage.text))


@cache
def probe_passages(text: str) -> tuple[Passage, ...]:
    """Passages of a probe text, without those that share a run of words with what was trained on."""
    return tuple(passage for passage in load_passages(text)[:MOST] if not shares_words(passage))


@cache
def cloze(text: str, count: int) -> tuple[Choice, ...]:
    """Up to `count` items, one of a passage: a word is missing, and three others of its length are offered.

    The word is one of the FREQUENT commonest of the text, of 4 to 10 lower-case letters, CLOZE_AFTER bytes or
    more from the start; which one, the passage's hash decides. The wrong words are drawn by it from the NEAR
    of equal length that are nearest in rank.
    """
    counts = Counter(word for passage in probe_passages(text) for word in _CANDIDATE.findall(passage.text))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[:FREQUENT]
    rank = {word: at for at, word in enumerate(ranked)}
    items = []
    for passage in probe_passages(text):
        line = passage.text.replace("\n", " ")
        found = [m for m in _CANDIDATE.finditer(line) if m.start() >= CLOZE_AFTER and m.group() in rank]
        if not found:
            continue
        rng = np.random.default_rng(int(passage.sha256[:8], 16))
        match = found[rng.integers(len(found))]
        word = match.group()
        others = [o for o in ranked if len(o) == len(word) and o != word]
        near = sorted(others, key=lambda other: abs(rank[other] - rank[word]))[:NEAR]
        if len(near) < WRONG:
            continue
        wrong = (near[at] for at in rng.choice(len(near), WRONG, replace=False))
        items.append(Choice(f"cloze.{text}", line[: match.start()], (word, *wrong)))
        if len(items) == count:
            break
    return tuple(items)


def reasoning(count: int) -> tuple[Choice, ...]:
    """`count` held-out questions of each kind, in pairs of a question and its mirror."""
    by_kind: dict[str, list[Choice]] = {}
    for question in questions():
        by_kind.setdefault(question.kind, []).append(
            Choice(f"reasoning.{question.kind}", question.prompt, (question.right, question.wrong))
        )
    return tuple(choice for choices in by_kind.values() for choice in choices[:count])


def probes_config(passages: int, items: int) -> dict[str, str]:
    """What a run's configuration says of its probes."""
    digest = hashlib.sha256()
    for choice in all_choices(items):
        digest.update(repr(choice).encode())
    for text in TEXTS:
        for passage in probe_passages(text)[:passages]:
            digest.update(passage.sha256.encode())
    return {"name": "probes", "fingerprint": digest.hexdigest()[:16]}


def all_choices(items: int) -> Iterable[Choice]:
    """Every item of a run: `items` of each cloze text, and half as many questions of each kind."""
    yield from (choice for text in CLOZE_TEXTS for choice in cloze(text, items))
    yield from reasoning(items // 4 * 2)
