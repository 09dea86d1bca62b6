"""A rubric without a language model: reasons are patterns whose association with the label is counted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from rich.progress import track
from scipy import sparse

from tenfold.feedback.acts import ACTS
from tenfold.feedback.association import association, length_strata
from tenfold.feedback.dialogue import Dialogue, Polarity, Quote
from tenfold.feedback.pattern_index import PatternIndex
from tenfold.feedback.pattern_words import distinct, plain_words, same
from tenfold.feedback.patterns import Embed, alike, first_places
from tenfold.feedback.rubric import (
    MOST,
    Extraction,
    ItemScore,
    Pattern,
    Reason,
    Rubric,
    RubricError,
    RubricItem,
    Score,
)

SHOWN = 3
"""Quotations that an item keeps."""
MERGED = 6
"""Patterns of one item."""


class _Found(NamedTuple):
    """present: [N, P].  quote: where the dialogue of a row has the pattern of a column."""

    present: sparse.csr_matrix
    patterns: list[Pattern]
    quote: Callable[[int, int], Quote]


@dataclass(frozen=True)
class StatisticalExtractor:
    """Patterns of the user's own turns, contrasted by label on the training dialogues alone.

    longest: words of an n-gram, 0 for none.  acts: which rules of `ACTS` are used, None for all.
    least_dialogues: a pattern must occur in so many training dialogues.  least_z: the least association
    (`association`) of a reason.  strata: groups of dialogues of like length, in words of the user, within
    which the association is counted; 1 lets length explain it.  embed: a sentence encoder, texts to vectors;
    with it, user turns of the training dialogues (at most `meanings`, spread evenly) are patterns too, found
    where a turn comes as near as the cosine `near`.
    index: dialogues read before, with the same `longest` and `acts`, so that a corpus that many rubrics are
    learnt from or tried on is read once; the result is the same without.

    A reason of a dialogue is one of its patterns, the most associated first. Summarising counts reasons: each
    adds its log odds ratio to its item, n-grams that contain each other are one item, and the items with the
    largest sums stay. That is this book's form of the paper's second step. In the third, an item applies
    where one of its patterns occurs, and scores 1 to 10 in proportion to its log odds ratio, 10 for the
    largest of the rubric.
    """

    longest: int = 3
    acts: tuple[str, ...] | None = None
    least_dialogues: int = 3
    least_z: float = 2.0
    strata: int = 4
    embed: Embed | None = None
    meanings: int = 200
    near: float = 0.7
    index: PatternIndex | None = None

    def __post_init__(self) -> None:
        index = self.index
        if index is not None and (index.longest, index.acts) != (self.longest, self._acts):
            raise RubricError(
                f"the index holds n-grams of {index.longest} words and {len(index.acts)} acts; allowed: "
                f"what the extractor looks for, {self.longest} and {len(self._acts)}"
            )
        unknown = [name for name in self.acts or () if name not in ACTS]
        if unknown:
            raise RubricError(f"acts hold {unknown[0]!r}; allowed: {', '.join(ACTS)}")

    @property
    def name(self) -> str:
        return "statistical with embeddings" if self.embed else "statistical"

    def extract(
        self, dialogues: Sequence[Dialogue], labels: np.ndarray, *, most: int
    ) -> dict[Polarity, Extraction]:
        found = self._read(dialogues)
        lengths = np.array([sum(len(text.split()) for _, text in d.user_turns) for d in dialogues])
        satisfied = labels == 1
        z, log_odds = association(found.present, satisfied, length_strata(lengths, self.strata))
        patterns = found.patterns
        sizes = np.array([len(p.value) if p.kind == "words" else np.inf for p in patterns])
        extractions: dict[Polarity, Extraction] = {}
        for polarity, sign in (("SAT", 1), ("DSAT", -1)):
            order = np.lexsort((-sizes, -sign * z))  # of equals acts, then the longest n-gram
            rank = np.empty(len(order), dtype=int)
            rank[order] = np.arange(len(order))
            reasons = []
            for place in np.flatnonzero(labels == sign):
                here = found.present.indices[found.present.indptr[place] : found.present.indptr[place + 1]]
                strong = here[sign * z[here] >= self.least_z]
                strong = strong[np.argsort(rank[strong])]
                of = {patterns[at]: at for at in strong}
                reasons.append(
                    tuple(
                        Reason(
                            plain_words(p),
                            polarity,
                            found.quote(place, at).text,
                            p,
                            sign * z[at],
                            sign * log_odds[at],
                        )
                        for p in distinct(list(of), most)
                        for at in [of[p]]
                    )
                )
            extractions[polarity] = Extraction(reasons)
        return extractions

    def summarise(
        self, reasons: Sequence[Reason], previous: Sequence[RubricItem], polarity: Polarity, *, n_items: int
    ) -> list[RubricItem]:
        items = list(previous)
        weight = [item.support * abs(item.log_odds or 0) for item in items]
        for reason in sorted(reasons, key=lambda reason: -reason.strength):
            if reason.pattern is None or reason.log_odds is None:
                raise RubricError(f"reason {reason.text!r:.60} has no pattern; use reasons of `extract`")
            at = next((i for i, item in enumerate(items) if same(reason.pattern, item.patterns[0])), None)
            if at is None:
                items.append(_item(reason))
                weight.append(abs(reason.log_odds))
            else:
                items[at] = _with(items[at], reason)
                weight[at] += abs(reason.log_odds)
        order = sorted(range(len(items)), key=lambda i: -weight[i])
        return [items[i] for i in order[:n_items]]

    def estimate(self, dialogues: Sequence[Dialogue], rubric: Rubric, *, progress: bool) -> list[Score]:
        patterns = [pattern for item in rubric.items for pattern in item.patterns]
        if any(item.log_odds is None or not item.patterns for item in rubric.items):
            raise RubricError(
                "the rubric has items without patterns: a language model learnt it; use that one"
            )
        acts = list(dict.fromkeys(pattern.value for pattern in patterns if pattern.kind == "act"))
        meanings = list(dict.fromkeys(pattern.value for pattern in patterns if pattern.kind == "meaning"))
        if unknown := [name for name in acts if name not in ACTS]:
            raise RubricError(f"the rubric names the act {unknown[0]!r}; allowed: {', '.join(ACTS)}")
        if meanings and self.embed is None:
            raise RubricError("the rubric has meanings, and there is no encoder: give embed")
        near = (
            alike(dialogues, meanings, self.embed, least=self.near) if self.embed else [{}] * len(dialogues)
        )
        largest = max(abs(item.log_odds or 0) for item in rubric.items) or 1.0
        points = [max(1, round(MOST * abs(item.log_odds or 0) / largest)) for item in rubric.items]
        found = self._finder(dialogues, [p for p in patterns if p.kind != "meaning"], acts)
        scores = []
        for place, dialogue in enumerate(track(dialogues, "scoring", disable=not progress)):
            here = found(place) | near[place]
            scores.append(Score(dialogue.id, tuple(map(_scored, rubric.items, points, [here] * len(points)))))
        return scores

    def _read(self, dialogues: Sequence[Dialogue]) -> "_Found":
        """Which dialogue has which pattern, without rare ones and those that say what an act says."""
        index, rows = self.index, self.index.rows(dialogues) if self.index else None
        if index is None or rows is None:
            index = PatternIndex(dialogues, longest=self.longest, acts=self._acts)
            rows = index.rows(dialogues)
        present = index.present[rows]
        kept = np.flatnonzero(
            np.bincount(present.indices, minlength=len(index.patterns)) >= self.least_dialogues
        )
        kept = kept[~index.named(kept)]
        near = self._near(dialogues, self._meanings(dialogues))
        counts = Counter(pattern for found in near for pattern in found)
        meanings = sorted(pattern for pattern, n in counts.items() if n >= self.least_dialogues)
        alike_too = sparse.csr_matrix([[float(pattern in found) for pattern in meanings] for found in near])
        parts = [present[:, kept]] + ([alike_too] if meanings else [])

        def quote(place: int, at: int) -> Quote:
            if at < len(kept):
                return index.quote(rows[place], kept[at])
            return near[place][meanings[at - len(kept)]]

        patterns = [index.patterns[column] for column in kept] + meanings
        return _Found(sparse.hstack(parts, format="csr").sorted_indices(), patterns, quote)

    def _finder(
        self, dialogues: Sequence[Dialogue], patterns: Sequence[Pattern], acts: Sequence[str]
    ) -> Callable[[int], dict[Pattern, Quote]]:
        """Where the dialogue of a place has some patterns, from the index if it knows both."""
        index, rows = self.index, self.index.rows(dialogues) if self.index else None
        if index and rows is not None and all(pattern in index.column for pattern in patterns):
            columns = {pattern: index.column[pattern] for pattern in patterns}
            return lambda place: {
                pattern: quote
                for pattern, column in columns.items()
                if (quote := index.quote(rows[place], column))
            }
        words = frozenset(pattern.value for pattern in patterns if pattern.kind == "words")
        longest = max((len(value.split()) for value in words), default=0)

        def scan(place: int) -> dict[Pattern, Quote]:
            found = first_places(dialogues[place], longest=longest, acts=acts, words=words)
            return {Pattern(*key): dialogues[place].quote(*where) for key, where in found.items()}

        return scan

    def _near(self, dialogues: Sequence[Dialogue], meanings: Sequence[str]) -> list[dict[Pattern, Quote]]:
        if not meanings or self.embed is None:
            return [{} for _ in dialogues]
        return alike(dialogues, meanings, self.embed, least=self.near)

    def _meanings(self, dialogues: Sequence[Dialogue]) -> list[str]:
        """Turns of users that stand for what they mean."""
        if self.embed is None:
            return []
        turns = list(dict.fromkeys(text for d in dialogues for _, text in d.user_turns if text.strip()))
        return turns[:: max(1, -(-len(turns) // self.meanings))]

    @property
    def _acts(self) -> tuple[str, ...]:
        return tuple(ACTS) if self.acts is None else self.acts


def _scored(item: RubricItem, points: int, found: dict[Pattern, Quote]) -> ItemScore:
    quotes = tuple(dict.fromkeys(found[p] for p in item.patterns if p in found))
    return ItemScore(item, points if quotes else 0, quotes)


def _item(reason: Reason) -> RubricItem:
    return RubricItem(
        text=reason.text,
        polarity=reason.polarity,
        evidence=(reason.quote,),
        patterns=(reason.pattern,),
        log_odds=reason.log_odds,
        support=1,
    )


def _with(item: RubricItem, reason: Reason) -> RubricItem:
    evidence = tuple(dict.fromkeys((*item.evidence, reason.quote)))[:SHOWN]
    patterns = tuple(dict.fromkeys((*item.patterns, reason.pattern)))[:MERGED]
    new = {"evidence": evidence, "patterns": patterns, "support": item.support + 1}
    return item.model_copy(update=new)
