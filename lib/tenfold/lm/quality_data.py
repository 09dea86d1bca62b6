"""Training texts of the data-quality experiment: a raw pool, and selections from it of equal size."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tenfold.corpora.passages import Passage, load_passages
from tenfold.lm.quality_filter import educational_value, graded_passages
from tenfold.lm.reasoning import training_statements

POOL = {"docs": 700_000, "chat": 600_000, "code": 700_000, "strings": 200_000, "legal": 200_000}
"""Bytes of each source in the raw pool."""
DOCS_POOL = 2_400_000
SELECTED = 480_000
"""Bytes of a selection."""
LITTLE = 60_000
"""Bytes of a little of a selection."""
SEPARATOR = "\n\n"


@dataclass(frozen=True)
class Scored:
    """Passages with their educational value by the filter, [len(passages)]."""

    passages: tuple[Passage, ...]
    value: np.ndarray


@cache
def pool() -> Scored:
    """The raw pool: of each source the passages whose SHA-256 come first, graded ones left out."""
    return _scored(
        [p for source, size in POOL.items() for p in _up_to(_ungraded(source), size)],
    )


@cache
def docs_pool() -> Scored:
    """More documentation: DOCS_POOL bytes of it, graded passages left out."""
    return _scored(_up_to(_ungraded("docs"), DOCS_POOL))


def selected(text: str, seed: int) -> list[Passage]:
    """The passages of a training text; of equal size, but for "raw".  Raises ValueError.

    raw: the pool. filtered: what the filter values most, wherever it comes from. random: drawn from the pool.
    filtered within sources: what it values most in each source and package, each with its share in the pool.
    docs: drawn from more documentation. explanations, lists: what the filter values most and least in it.
    In these three each package keeps its share. little: LITTLE bytes drawn from "filtered".
    """
    if text not in TEXTS:
        raise ValueError(f"text is {text!r}; allowed: {', '.join(TEXTS)}")
    if text == "synthetic":
        return [Passage(statement, text, "tenfold") for statement in training_statements()]
    if text == "raw":
        return list(pool().passages)
    if text == "little":
        return _up_to(_drawn(selected("filtered", seed), seed), LITTLE)
    if text == "random":
        return _up_to(_drawn(pool().passages, seed), SELECTED)
    if text == "docs":
        return _by_stratum(docs_pool(), _noise(docs_pool(), seed))
    if text == "filtered":
        return _up_to(_best(pool().passages, pool().value), SELECTED)
    if text == "filtered within sources":
        return _by_stratum(pool(), pool().value)
    return _by_stratum(docs_pool(), docs_pool().value if text == "explanations" else -docs_pool().value)


TEXTS = (
    "raw", "filtered", "random", "filtered within sources", "docs", "explanations", "lists", "little",
    "synthetic",
)  # fmt: skip


def quality_data_config() -> dict[str, str]:
    """What a run's configuration says of its data: a fingerprint of passages, grades and selections."""
    digest = hashlib.sha256()
    for passage, grade in graded_passages():
        digest.update(f"{passage.sha256} {grade}\n".encode())
    for text in ("raw", "filtered", "filtered within sources", "explanations", "lists", "synthetic"):
        for sha in sorted(passage.sha256 for passage in selected(text, 0)):
            digest.update(sha.encode())
    return {"name": "passages", "fingerprint": digest.hexdigest()[:16]}


def _ungraded(source: str) -> list[Passage]:
    graded = {passage.sha256 for passage, _ in graded_passages()}
    return [passage for passage in load_passages(source) if passage.sha256 not in graded]


def _scored(passages: Sequence[Passage]) -> Scored:
    return Scored(tuple(passages), educational_value([passage.text for passage in passages]))


def _best(passages: Sequence[Passage], value: np.ndarray) -> list[Passage]:
    return [passages[at] for at in np.argsort(-value, kind="stable")]


def _drawn(passages: Sequence[Passage], seed: int) -> list[Passage]:
    return [passages[at] for at in np.random.default_rng(seed).permutation(len(passages))]


def _noise(scored: Scored, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(len(scored.passages))


def _up_to(passages: Sequence[Passage], size: int) -> list[Passage]:
    """The first passages, until they have `size` bytes."""
    taken, total = [], 0
    for passage in passages:
        if total >= size:
            break
        taken.append(passage)
        total += n_bytes(passage)
    return taken


def _by_stratum(scored: Scored, value: np.ndarray) -> list[Passage]:
    """The highest values of each source and package in proportion to its bytes, SELECTED bytes in all."""
    strata: dict[tuple[str, str], list[int]] = {}
    for at, passage in enumerate(scored.passages):
        strata.setdefault((passage.source, passage.package), []).append(at)
    size = [n_bytes(passage) for passage in scored.passages]
    chosen = []
    for members in strata.values():
        share = sum(size[at] for at in members) / sum(size)
        inside = [scored.passages[at] for at in members]
        chosen += _up_to(_best(inside, value[members]), round(share * SELECTED))
    return chosen


def n_bytes(passage: Passage) -> int:
    """Bytes that a passage takes in a training text."""
    return len((passage.text + SEPARATOR).encode())
