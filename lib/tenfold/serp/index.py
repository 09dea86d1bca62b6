"""A full-text index of documents: SQLite's FTS5 with its BM25."""

import math
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tenfold.serp.documents import KINDS, Document, Kind, content_fingerprint

OPENED, CLOSED = "\x02", "\x03"
"""What FTS5 puts around a matched word; neither can stand in a document's text."""
COMMON = 0.2
"""Words that stand in a larger share of the documents are left out of a query that has others."""
K1 = 1.2
MAX_WORDS = 16
_COLUMNS = ("id", "kind", "title", "text", "package", "version", "date", "signature")
_WORD = re.compile(r"[^\W_]+")
_WEIGHTS = {"title": 2.0, "text": 1.0}


@dataclass(frozen=True)
class Hit:
    """A document that matches.

    rank: BM25 with the title counted double; larger is better.  score: rank divided by the largest BM25 that
    any text could have for the query, at most 1.  passage: the part of the text with most matches, each
    matched word between OPENED and CLOSED.
    """

    document: Document
    rank: float
    score: float
    passage: str


class SearchIndex:
    """Documents in one SQLite file (or in memory), found by their words.

    Words are compared without case, accents and English endings (FTS5's porter tokenizer). Any text is a
    query: it is split into words, and no sign in it has a meaning.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises FileNotFoundError, ValueError where the file is no index of this module."""
        if path != ":memory:" and not Path(path).is_file():
            raise FileNotFoundError(f"no index at {str(path)!r}: build one with build_index")
        self._database = sqlite3.connect(path, check_same_thread=False)
        try:
            found = dict(self._database.execute("SELECT name, value FROM about"))
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"{str(path)!r} is no search index ({error}): delete it and build it again"
            ) from None
        self.fingerprint: str = found["fingerprint"]
        self.count: int = int(found["count"])
        self._prepare()

    def _prepare(self) -> None:
        self._frequencies: dict[str, int] = {}
        rows = self._database.execute("SELECT kind, first, last FROM kinds")
        self._rows = {kind: (first, last) for kind, first, last in rows}

    @classmethod
    def build(cls, documents: Iterable[Document], path: str | Path = ":memory:") -> "SearchIndex":
        """Write an index of the documents, whose ids must differ, to a file that must not exist.

        Raises ValueError for no document, a repeated id, or an existing file.
        """
        documents = sorted(documents, key=lambda document: KINDS.index(document.kind))
        if not documents:
            raise ValueError("documents is empty: an index needs at least one")
        if path != ":memory:" and Path(path).exists():
            raise ValueError(f"{str(path)!r} exists: open it with SearchIndex(path), or delete it first")
        if len({document.id for document in documents}) < len(documents):
            raise ValueError("documents hold one id twice: pass them through distinct()")
        index = cls.__new__(cls)
        index._database = sqlite3.connect(path, check_same_thread=False)
        index.fingerprint, index.count = content_fingerprint(documents), len(documents)
        with index._database as database:
            columns = ", ".join(name if name in _WEIGHTS else f"{name} UNINDEXED" for name in _COLUMNS)
            database.execute(
                f"CREATE VIRTUAL TABLE documents USING fts5({columns}, "
                "tokenize = 'porter unicode61 remove_diacritics 2')"
            )
            database.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT)")
            database.executemany(
                f"INSERT INTO documents VALUES ({', '.join('?' * len(_COLUMNS))})",
                ([_storable(getattr(document, name)) for name in _COLUMNS] for document in documents),
            )
            about = {"fingerprint": index.fingerprint, "count": str(index.count)}
            database.executemany("INSERT INTO about VALUES (?, ?)", about.items())
            database.execute("INSERT INTO documents(documents) VALUES ('optimize')")
            database.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
            database.execute("INSERT INTO ids SELECT id, rowid FROM documents")
            database.execute(  # rows are sorted by kind, so that a kind is a range, which needs no reading
                "CREATE TABLE kinds AS SELECT kind, min(rowid) AS first, max(rowid) AS last "
                "FROM documents GROUP BY kind"
            )
        index._prepare()
        return index

    def search(
        self,
        query: str,
        *,
        kinds: Sequence[Kind] = KINDS,
        limit: int = 10,
        titles_only: bool = False,
        words: int = 40,
    ) -> list[Hit]:
        """The best documents of some kinds for a query, the best first; ties in the order of the index.

        A document matches where it has one of the query's words (in its title, with titles_only). words: the
        longest passage. An empty list where nothing matches, or the query has no word.
        Raises ValueError for limit < 1, for words outside 1..64, and for an unknown kind.
        """
        if limit < 1 or not 1 <= words <= 64:
            raise ValueError(f"limit is {limit} and words {words}: use limit >= 1 and words in 1..64")
        if unknown := [kind for kind in kinds if kind not in KINDS]:
            raise ValueError(f"unknown kind {unknown[0]!r}: use some of {', '.join(KINDS)}")
        terms = self.terms(query)
        if not terms:
            return []
        expression = " OR ".join(f'"{term}"' for term in terms)
        if titles_only:
            expression = f"title : ({expression})"
        weights = ", ".join(str(_WEIGHTS.get(name, 0.0)) for name in _COLUMNS)
        ranges = [self._rows[kind] for kind in kinds if kind in self._rows]
        inside = " OR ".join("rowid BETWEEN ? AND ?" for _ in ranges) or "0"
        best = self._database.execute(
            f"SELECT rowid, -bm25(documents, {weights}) AS rank_ FROM documents "
            f"WHERE documents MATCH ? AND ({inside}) ORDER BY rank_ DESC, rowid LIMIT ?",
            (expression, *(end for pair in ranges for end in pair), limit),
        ).fetchall()
        most = sum(self.weight(term) for term in terms) * (K1 + 1)
        return [self._hit(row, rank, expression, most, words) for row, rank in best]

    def _hit(self, row: int, rank: float, expression: str, most: float, words: int) -> Hit:
        *fields, passage = self._database.execute(
            f"SELECT {', '.join(_COLUMNS)}, "
            f"snippet(documents, {_COLUMNS.index('text')}, char(2), char(3), '…', ?) "
            "FROM documents WHERE documents MATCH ? AND rowid = ?",
            (words, expression, row),
        ).fetchone()
        return Hit(Document(*fields), rank, min(1.0, max(0.0, rank / most)), passage)

    def terms(self, query: str) -> list[str]:
        """The query's different words in their order, lower case, at most 16, without very common ones."""
        words = list(dict.fromkeys(word.lower() for word in _WORD.findall(_storable(query)[:2_000])))
        rare = [word for word in words if self.frequency(word) <= COMMON * self.count]
        return (rare or words)[:MAX_WORDS]

    def with_all(self, words: Sequence[str], *, titles_only: bool = False, limit: int) -> list[str]:
        """Ids of the documents that have every word (in their titles), in the order of the index."""
        terms = [term for word in words for term in _WORD.findall(_storable(word))]
        if not terms:
            return []
        expression = " AND ".join(f'"{term}"' for term in terms)
        if titles_only:
            expression = f"title : ({expression})"
        rows = self._database.execute(
            "SELECT id FROM documents WHERE documents MATCH ? ORDER BY rowid LIMIT ?", (expression, limit)
        )
        return [row[0] for row in rows]

    def frequency(self, word: str) -> int:
        """The number of documents that have a word."""
        if word not in self._frequencies:
            found = self._database.execute(
                "SELECT count(*) FROM documents WHERE documents MATCH ?", (f'"{word}"',)
            ).fetchone()
            self._frequencies[word] = found[0]
        return self._frequencies[word]

    def weight(self, word: str) -> float:
        """Inverse document frequency as FTS5 takes it: log((N - n + 1/2) / (n + 1/2)), at least 1e-6."""
        n = self.frequency(word)
        return max(1e-6, math.log((self.count - n + 0.5) / (n + 0.5)))

    def get(self, identifier: str) -> Document:
        """Raises KeyError."""
        row = self._database.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM documents WHERE rowid = (SELECT row FROM ids WHERE id = ?)",
            (identifier,),
        ).fetchone()
        if row is None:
            raise KeyError(f"no document {identifier!r} in the index")
        return Document(*row)

    def documents(self, kinds: Sequence[Kind] = KINDS) -> Iterator[Document]:
        """All documents of some kinds, sorted by kind, else in the order in which they were given."""
        rows = self._database.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM documents WHERE kind IN ({', '.join('?' * len(kinds))}) "
            "ORDER BY rowid",
            tuple(kinds),
        )
        return (Document(*row) for row in rows)

    def close(self) -> None:
        self._database.close()


def _storable(text: str) -> str:
    """Without NUL and FTS5's marks; half surrogate pairs, which UTF-8 cannot hold, become U+FFFD."""
    if "\0" in text or OPENED in text or CLOSED in text:
        text = text.translate({0: None, ord(OPENED): None, ord(CLOSED): None})
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text
