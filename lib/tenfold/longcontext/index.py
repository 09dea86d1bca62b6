"""An index of one layer's hidden states in one text, searched by faiss."""

import faiss
import numpy as np
from numpy.typing import ArrayLike

KINDS = ("exact", "hnsw", "ivf")
FULL = ("error", "evict")
LINKS = 32
"""Links of a state in the graph of an "hnsw" index."""
LIST_SIZE = 64
"""States in a list of an "ivf" index, on average, at the time it is built."""


class EmptyIndex(ValueError):
    """Nothing is stored that a search could find."""


class IndexFull(ValueError):
    """More states than the capacity."""


class HiddenStateIndex:
    """States of tokens 0, 1, 2, … of a text, found by inner product with rewritten queries.

    kind: "exact" compares every state; "hnsw" walks a graph; "ivf" looks into the nearest of some lists,
    which are built at the first search and again whenever the states have doubled since.  capacity: the most
    states held; None for no limit.  full: what happens beyond it: "error" or "evict", which drops the oldest.
    Raises ValueError for a value out of range.
    """

    def __init__(self, width: int, *, kind: str = "exact", capacity: int | None = None, full: str = "error"):
        if width < 1 or (capacity is not None and capacity < 1):
            raise ValueError(f"width is {width} and capacity {capacity}; allowed: 1 or more")
        if kind not in KINDS or full not in FULL:
            raise ValueError(f"kind is {kind!r} and full {full!r}; allowed: {KINDS} and {FULL}")
        self.width, self.kind, self.capacity, self.full = width, kind, capacity, full
        self.first = 0
        """Place in the text of the oldest state that is still held."""
        self._flat = faiss.IndexFlatIP(width)
        self._approximate: faiss.Index | None = None
        self._built = 0

    def __len__(self) -> int:
        return self._flat.ntotal

    @property
    def states(self) -> np.ndarray:
        """All states held, [len, width], oldest first."""
        return self._flat.reconstruct_n(0, len(self)) if len(self) else np.zeros((0, self.width), np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes of the states, and of what an approximate kind keeps beside them."""
        own = len(self) * self.width * 4
        return own + (0 if self._approximate is None else faiss.serialize_index(self._approximate).nbytes)

    def append(self, states: ArrayLike) -> None:
        """Store the states [m, width] of the next m tokens.

        Raises ValueError for another width, nan or inf; IndexFull, with nothing stored.
        """
        rows = self._checked("states", states)
        excess = 0 if self.capacity is None else len(self) + len(rows) - self.capacity
        if excess > 0 and self.full == "error":
            raise IndexFull(
                f"{len(rows)} more states than the {len(self)} held exceed the capacity of {self.capacity}; "
                "raise it, or let the oldest go with full='evict'"
            )
        self._flat.add(rows)
        if excess > 0:
            self._flat.remove_ids(faiss.IDSelectorRange(0, excess))
            self.first += excess
            self._approximate = None
        elif self._approximate is not None:
            self._approximate.add(rows)

    def search(
        self, queries: ArrayLike, k: int, *, before: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scores and places of the k best states for every query [Q, width]: [Q, k] each, best first.

        before: only tokens before this place.  Where fewer than k states may be found, k larger than the
        index included, the rest of a row has the score -inf and the place -1.
        Raises EmptyIndex, ValueError.
        """
        if not len(self):
            raise EmptyIndex("the index is empty: append the states of a text before searching")
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise ValueError(f"k is {k!r}; allowed: a whole number from 1 on")
        asked = self._checked("queries", queries)
        allowed = len(self) if before is None else max(0, min(len(self), before - self.first))
        scores = np.full((len(asked), k), -np.inf, np.float32)
        places = np.full((len(asked), k), -1, np.int64)
        if allowed:
            taken = min(k, allowed)
            index, options = self._searched(allowed, taken)
            scores[:, :taken], rows = index.search(asked, taken, params=options)
            places[:, :taken] = np.where(rows < 0, -1, rows + self.first)
            scores[places < 0] = -np.inf
        return scores, places

    def _searched(self, allowed: int, k: int) -> tuple[faiss.Index, faiss.SearchParameters | None]:
        """The index to ask, and how, among the `allowed` oldest states."""
        chosen = None if allowed == len(self) else faiss.IDSelectorRange(0, allowed)
        if self.kind == "exact" or len(self) < 2 * LIST_SIZE:
            return self._flat, chosen and faiss.SearchParameters(sel=chosen)
        if self._approximate is None or (self.kind == "ivf" and len(self) >= 2 * self._built):
            self._build()
        if self.kind == "hnsw":
            return self._approximate, faiss.SearchParametersHNSW(sel=chosen, efSearch=max(2 * k, 64))
        lists = self._approximate.nlist
        return self._approximate, faiss.SearchParametersIVF(sel=chosen, nprobe=max(1, lists // 4))

    def _build(self) -> None:
        states, self._built = self.states, len(self)
        if self.kind == "hnsw":
            index = faiss.IndexHNSWFlat(self.width, LINKS, faiss.METRIC_INNER_PRODUCT)
        else:
            lists = len(self) // LIST_SIZE
            index = faiss.IndexIVFFlat(
                faiss.IndexFlatIP(self.width), self.width, lists, faiss.METRIC_INNER_PRODUCT
            )
            index.cp.min_points_per_centroid = 1
            index.train(states)
        index.add(states)
        self._approximate = index

    def _checked(self, name: str, rows: ArrayLike) -> np.ndarray:
        rows = np.ascontiguousarray(np.asarray(rows), dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"{name} have shape {list(rows.shape)}; allowed: [any, {self.width}]")
        if not np.isfinite(rows).all():
            raise ValueError(f"{name} hold nan or inf, which no search can rank")
        return rows
