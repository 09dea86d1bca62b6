"""Queries whose true need is known, made from documents by rule.

The words of the queries and the documents are real; who would send them, and what satisfies, follows from the
rules below and from the table `SUITABLE`: it is declared, not measured. Common to all rules: relevance is the
probability that a document, read in full, satisfies.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tenfold.serp.documents import Document, Kind
from tenfold.serp.index import SearchIndex
from tenfold.serp.items import Frozen
from tenfold.serp.needs import SUITABLE, Intent, Need, QueryClass

TARGET, TOPIC, RELATED = 0.95, 0.6, 0.3
LEAST, MOST = 2, 300
"""A word of a query stands in at least 2 and at most 300 documents."""
MOST_RELATED = 50
TRIES = 200
_WORD = re.compile(r"[a-z]{4,}")
_PART = re.compile(r"[A-Z]?[a-z]+")


class SearchTask(Frozen):
    """A query with its true need. targets: ids of the documents that it was made from."""

    query: str
    query_class: QueryClass
    need: Need
    targets: tuple[str, ...]


class TooFewQueries(ValueError):
    """The documents do not give as many queries as were asked for."""


def make_queries(index: SearchIndex, *, per_class: int, rng: np.random.Generator) -> tuple[SearchTask, ...]:
    """`per_class` different queries of each of the four classes, each by its rule.

    known-item: the three rarest words of a docstring, guide or data set. It satisfies with 0.95, others that
    have all the words with 0.3.
    informational: "what is …" with the words of a docstring's own name, at least two. The docstring satisfies
    with 0.95, others that have the words in their titles with 0.6, in their text with 0.3.
    multi-intent: the two rarest words of each of two documents of different packages. Each is an intent of
    half of the searchers, as in known-item.
    transactional: "changes in PACKAGE VERSION" from a changelog's entry, or "install PACKAGE" from a guide
    that says "install". It satisfies with 0.95, other entries, or guides, of the package with 0.3.
    Raises ValueError for per_class < 1, TooFewQueries.
    """
    if per_class < 1:
        raise ValueError(f"per_class is {per_class}: use at least 1")
    by_kind = {kind: list(index.documents([kind])) for kind in ("docs", "guide", "data", "change")}
    found: list[SearchTask] = []
    for query_class, rule in _RULES.items():
        tasks: dict[str, SearchTask] = {}
        for _ in range(TRIES * per_class):
            if len(tasks) == per_class:
                break
            task = rule(index, by_kind, rng)
            if task is not None:
                tasks.setdefault(task.query, task)
        if len(tasks) < per_class:
            raise TooFewQueries(
                f"the index gives only {len(tasks)} {query_class} queries, not {per_class}: "
                "index more documents, or ask for fewer"
            )
        found += tasks.values()
    return tuple(found)


ByKind = Mapping[Kind, Sequence[Document]]
Rule = Callable[[SearchIndex, ByKind, np.random.Generator], SearchTask | None]


def _known_item(index: SearchIndex, by_kind: ByKind, rng: np.random.Generator) -> SearchTask | None:
    document = _drawn(by_kind, ("docs", "guide", "data"), rng)
    words = rarest_words(index, document, 3) if document else []
    if len(words) < 3:
        return None
    intent = _intent(index, document, words, 1.0, "known-item")
    return _task(" ".join(words), "known-item", [intent], [document])


def _informational(index: SearchIndex, by_kind: ByKind, rng: np.random.Generator) -> SearchTask | None:
    document = _drawn(by_kind, ("docs",), rng)
    words = [part.lower() for part in _PART.findall(document.title.rpartition(".")[2])] if document else []
    if not 2 <= len(words) <= 4 or min(map(len, words)) < 3:
        return None
    relevance = dict.fromkeys(index.with_all(words, limit=MOST_RELATED), RELATED)
    relevance |= dict.fromkeys(index.with_all(words, titles_only=True, limit=MOST_RELATED), TOPIC)
    relevance[document.id] = TARGET
    intent = Intent(share=1.0, relevance=relevance, suitable=SUITABLE["informational"])
    return _task(f"what is {' '.join(words)}", "informational", [intent], [document])


def _multi_intent(index: SearchIndex, by_kind: ByKind, rng: np.random.Generator) -> SearchTask | None:
    pair = [_drawn(by_kind, ("docs", "guide", "data"), rng) for _ in range(2)]
    if None in pair or pair[0].package == pair[1].package:
        return None
    words = [rarest_words(index, document, 2) for document in pair]
    if any(len(part) < 2 for part in words) or set(words[0]) & set(words[1]):
        return None
    intents = [_intent(index, d, w, 0.5, "multi-intent") for d, w in zip(pair, words, strict=True)]
    return _task(" ".join(words[0] + words[1]), "multi-intent", intents, pair)


def _transactional(index: SearchIndex, by_kind: ByKind, rng: np.random.Generator) -> SearchTask | None:
    kind: Kind = "change" if rng.random() < 0.5 else "guide"
    document = _drawn(by_kind, (kind,), rng)
    if document is None or (kind == "guide" and "install" not in document.text.lower()):
        return None
    query = f"install {document.package}"
    if kind == "change":
        query = f"changes in {document.package} {document.version}"
    relevance = {other.id: RELATED for other in by_kind[kind] if other.package == document.package}
    relevance[document.id] = TARGET
    intent = Intent(share=1.0, relevance=relevance, suitable=SUITABLE["transactional"])
    return _task(query, "transactional", [intent], [document])


_RULES: dict[QueryClass, Rule] = {
    "known-item": _known_item,
    "informational": _informational,
    "multi-intent": _multi_intent,
    "transactional": _transactional,
}


def rarest_words(index: SearchIndex, document: Document, number: int) -> list[str]:
    """The document's different words of at least four letters that stand in 2 to 300 documents, the rarest
    first.

    Equally rare ones in the order of the alphabet; the words of the query in this order.
    """
    words = sorted(set(_WORD.findall(f"{document.title} {document.text}".lower())))
    counted = [(index.frequency(word), word) for word in words]
    return [word for count, word in sorted(counted) if LEAST <= count <= MOST][:number]


def _intent(
    index: SearchIndex, document: Document, words: Sequence[str], share: float, query_class: QueryClass
) -> Intent:
    relevance = dict.fromkeys(index.with_all(words, limit=MOST_RELATED), RELATED) | {document.id: TARGET}
    return Intent(share=share, relevance=relevance, suitable=SUITABLE[query_class])


def _drawn(by_kind: ByKind, kinds: Sequence[Kind], rng: np.random.Generator) -> Document | None:
    """A document of one of the kinds, each document equally likely; None where there is none."""
    sizes = [len(by_kind[kind]) for kind in kinds]
    at = int(rng.integers(sum(sizes))) if any(sizes) else 0
    for kind, size in zip(kinds, sizes, strict=True):
        if at < size:
            return by_kind[kind][at]
        at -= size
    return None


def _task(
    query: str, query_class: QueryClass, intents: Sequence[Intent], targets: Sequence[Document]
) -> SearchTask:
    ids = tuple(document.id for document in targets)
    return SearchTask(query=query, query_class=query_class, need=Need(intents=tuple(intents)), targets=ids)
