"""Tools over the search index: web snippets, extracted answers, definitions, questions, changelog entries."""

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import quote

from tenfold.serp.display_text import displayable, shorten
from tenfold.serp.documents import Document, Kind
from tenfold.serp.index import SearchIndex
from tenfold.serp.items import Answer, Definition, News, QuestionList, WebSnippet, passage
from tenfold.serp.sentences import coverage, mark, sentences

TITLE = 200
SHORTEST_QUESTION = 12
_LEAD = re.compile(r"\n\s*\n|\nParameters\b|\nReturns\b")


class WebSearch:
    """The documents of all kinds but data that match best, each with its best passage."""

    name, cost = "web search", 1.0
    kinds: tuple[Kind, ...] = ("docs", "guide", "change", "dialogue")

    def __init__(self, index: SearchIndex, *, limit: int = 8) -> None:
        self._index, self._limit = index, limit

    def gather(self, query: str) -> Sequence[WebSnippet]:
        return [
            WebSnippet(
                id=identifier("web", hit.document),
                documents=(hit.document.id,),
                score=hit.score,
                title=title(hit.document),
                source=source(hit.document),
                passage=passage(hit.passage),
            )
            for hit in self._index.search(query, kinds=self.kinds, limit=self._limit)
        ]


class ExtractedAnswer:
    """The two neighbouring sentences of a document that hold most of the query; nothing below `share`.

    The score is the document's, times the share of the query's words (weighted by inverse document
    frequency) in the sentences.
    """

    name, cost = "answers", 2.0

    def __init__(self, index: SearchIndex, *, limit: int = 2, share: float = 0.4, read: int = 5) -> None:
        self._index, self._limit, self._share, self._read = index, limit, share, read

    def gather(self, query: str) -> Sequence[Answer]:
        terms = self._index.terms(query)
        found = []
        for hit in self._index.search(query, kinds=("docs", "guide"), limit=self._read):
            best, text = 0.0, ""
            parts = sentences(hit.document.text)
            for first in range(len(parts)):
                pair = " ".join(parts[first : first + 2])
                if (covered := coverage(pair, terms, self._index)) > best:
                    best, text = covered, pair
            if best >= self._share:
                found.append(
                    Answer(
                        id=identifier("answer", hit.document),
                        documents=(hit.document.id,),
                        score=hit.score * best,
                        title=title(hit.document),
                        source=source(hit.document),
                        passage=passage(mark(text, terms)),
                    )
                )
        return sorted(found, key=lambda item: -item.score)[: self._limit]


class Definitions:
    """What a name in the query means: the first paragraph of documents whose title has the query's words.

    The score is the share of the query's words in the title, weighted by inverse document frequency; nothing
    below `share`.
    """

    name, cost = "definitions", 1.0

    def __init__(self, index: SearchIndex, *, limit: int = 2, share: float = 0.3) -> None:
        self._index, self._limit, self._share = index, limit, share

    def gather(self, query: str) -> Sequence[Definition]:
        terms = self._index.terms(query)
        found = self._index.search(query, kinds=("docs", "data"), limit=self._limit, titles_only=True)
        hits = [hit for hit in found if coverage(hit.document.title, terms, self._index) >= self._share]
        return [
            Definition(
                id=identifier("definition", hit.document),
                documents=(hit.document.id,),
                score=coverage(hit.document.title, terms, self._index),
                title=short_name(hit.document),
                source=source(hit.document),
                passage=passage(mark(_LEAD.split(hit.document.text)[0], terms)),
                facts=_facts(hit.document),
            )
            for hit in hits
        ]


class Questions:
    """Questions that people asked in chats that match, one of each chat: the one with most of the query."""

    name, cost = "questions", 1.0

    def __init__(self, index: SearchIndex, *, limit: int = 5) -> None:
        self._index, self._limit = index, limit

    def gather(self, query: str) -> Sequence[QuestionList]:
        terms = self._index.terms(query)
        found: list[tuple[float, str, Document]] = []
        for hit in self._index.search(query, kinds=("dialogue",), limit=4 * self._limit):
            lines = map(displayable, [hit.document.title, *hit.document.text.split("\n")])
            asked = [line for line in lines if line.endswith("?") and SHORTEST_QUESTION <= len(line) <= TITLE]
            share, question = max(((coverage(q, terms, self._index), q) for q in asked), default=(0.0, ""))
            if share >= 0.3 and all(question.lower() != other.lower() for _, other, _ in found):
                found.append((hit.score * share, question, hit.document))
        if not found:
            return []
        best = sorted(found, key=lambda entry: -entry[0])[: self._limit]
        return [
            QuestionList(
                id=identifier("questions", best[0][2]),
                documents=tuple(document.id for _, _, document in best),
                score=best[0][0],
                title="Questions people asked",
                source="chitchat-dataset",
                questions=tuple(question for _, question, _ in best),
            )
        ]


class Changes:
    """Entries of changelogs that match, as news."""

    name, cost = "changelogs", 1.0

    def __init__(self, index: SearchIndex, *, limit: int = 3) -> None:
        self._index, self._limit = index, limit

    def gather(self, query: str) -> Sequence[News]:
        return [
            News(
                id=identifier("news", hit.document),
                documents=(hit.document.id,),
                score=hit.score,
                title=title(hit.document),
                source=f"changelog of {hit.document.package}",
                passage=passage(hit.passage),
                date=hit.document.date,
            )
            for hit in self._index.search(query, kinds=("change",), limit=self._limit, words=28)
        ]


def title(document: Document) -> str:
    """A document's title, at most 200 characters; its id where no character of the title can be shown."""
    return shorten(displayable(document.title) or document.id, TITLE)


def short_name(document: Document) -> str:
    """Of a docstring the last part of its dotted name, with its arguments; else the title."""
    name = document.title.rpartition(".")[2] if document.kind == "docs" else document.title
    return shorten(displayable(document.signature or name) or document.id, TITLE)


def source(document: Document) -> str:
    """Package, version and kind of document, in words."""
    kinds = {"docs": "documentation", "guide": "guide", "change": "changelog", "data": "data set"}
    if document.kind == "dialogue":
        return f"chat · {document.package}"
    return f"{document.package} {document.version} · {kinds[document.kind]}"


def _facts(document: Document) -> tuple[tuple[str, str], ...]:
    facts = [("Package", f"{document.package} {document.version}")]
    if document.kind == "docs" and "." in document.title:
        facts.append(("Module", shorten(document.title.rpartition(".")[0], TITLE)))
    return tuple(facts)


def identifier(kind: str, document: Document) -> str:
    """An item's id: kind and the document's id, with signs of markup and spaces percent-encoded.

    Ids beyond 150 characters are replaced by their hash.
    """
    name = quote(document.id, safe=":/+@,()")
    if len(name) > 150:
        name = hashlib.sha256(document.id.encode("utf-8", "replace")).hexdigest()
    return f"{kind}:{name}"
