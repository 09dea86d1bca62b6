"""Which dialogue has which pattern, and where: read once, so that many rubrics can be learnt and tried."""

from collections.abc import Sequence

import numpy as np
from rich.progress import track
from scipy import sparse

from tenfold.feedback.acts import ACTS
from tenfold.feedback.dialogue import Dialogue, Quote
from tenfold.feedback.pattern_words import says_an_act
from tenfold.feedback.patterns import first_places
from tenfold.feedback.rubric import Pattern


class PatternIndex:
    """patterns: in alphabetical order.  present: [N, P], 1 where a dialogue has a pattern, else 0.

    places: int32 [entries, 3], turn, start and end of the first place of each entry of `present`.
    column: of each pattern.
    """

    def __init__(
        self,
        dialogues: Sequence[Dialogue],
        *,
        longest: int,
        acts: Sequence[str] | None = None,
        least_dialogues: int = 1,
        progress: bool = False,
    ) -> None:
        """dialogues: equal ones share a row.  longest: words of an n-gram, 0 for none.

        acts: names of ACTS, None for all.  least_dialogues: patterns of fewer dialogues are left out.
        """
        self.longest, self.acts = longest, tuple(ACTS) if acts is None else tuple(acts)
        self.least_dialogues = least_dialogues
        self.dialogues = tuple(dict.fromkeys(dialogues))
        self._rows = {dialogue: row for row, dialogue in enumerate(self.dialogues)}
        numbers: dict[tuple[str, str], int] = {}
        columns, places, starts = [], [], [0]
        for dialogue in track(self.dialogues, "reading", disable=not progress):
            found = first_places(dialogue, longest=longest, acts=self.acts)
            columns.append(np.array([numbers.setdefault(key, len(numbers)) for key in found], dtype=np.int32))
            places.append(np.array(list(found.values()), dtype=np.int32).reshape(-1, 3))
            starts.append(starts[-1] + len(found))
        at = np.concatenate([*columns, np.zeros(0, np.int32)])
        keys = list(numbers)
        often = np.bincount(at, minlength=len(keys)) >= least_dialogues
        kept = sorted(np.flatnonzero(often).tolist(), key=keys.__getitem__)
        rank = np.full(len(keys), -1, dtype=np.int32)
        rank[kept] = np.arange(len(kept), dtype=np.int32)
        rows = np.repeat(np.arange(len(self.dialogues)), np.diff(starts))
        new = rank[at]
        order = np.lexsort((new, rows))
        order = order[new[order] >= 0]
        self.patterns = [Pattern(*keys[number]) for number in kept]
        self.places = np.concatenate([*places, np.zeros((0, 3), np.int32)])[order]
        pointers = np.concatenate([[0], np.cumsum(np.bincount(rows[order], minlength=len(self.dialogues)))])
        self.present = sparse.csr_matrix(
            (np.ones(len(order)), new[order], pointers), shape=(len(self.dialogues), len(kept))
        )
        self.column = {pattern: number for number, pattern in enumerate(self.patterns)}
        self._named = np.full(len(kept), -1, dtype=np.int8)

    def rows(self, dialogues: Sequence[Dialogue]) -> np.ndarray | None:
        """int [N]: their rows; None where one of them is not in the index."""
        rows = [self._rows.get(dialogue) for dialogue in dialogues]
        return None if None in rows else np.array(rows, dtype=int)

    def named(self, columns: np.ndarray) -> np.ndarray:
        """bool [len(columns)]: n-grams that say what the rule of an act finds anyway."""
        for column in columns[self._named[columns] < 0].tolist():
            self._named[column] = says_an_act(self.patterns[column], self.acts)
        return self._named[columns] == 1

    def quote(self, row: int, column: int) -> Quote | None:
        """The first place of a pattern in a dialogue; None where it does not occur."""
        start, end = self.present.indptr[row : row + 2]
        at = start + np.searchsorted(self.present.indices[start:end], column)
        if at == end or self.present.indices[at] != column:
            return None
        return self.dialogues[row].quote(*self.places[at].tolist())
