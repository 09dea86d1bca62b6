"""A rubric without a language model: reasons are patterns whose association with the label is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from rich.progress import track
from scipy import sparse

from tenfold.feedback.acts import ACTS
from tenfold.feedback.association import association, length_strata
from tenfold.feedback.dialogue import Dialogue, Polarity, Quote
from tenfold.feedback.pattern_words import distinct, plain_words, same, says_an_act
from tenfold.feedback.patterns import Embed, alike, occurrences
from tenfold.feedback.rubric import (
    MOST,
    Extraction,
    ItemScore,
    Kind,
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


@dataclass(frozen=True)
class StatisticalExtractor:
    """Patterns of the user's own turns, contrasted by label on the training dialogues alone.

    longest: words of an n-gram, 0 for none.  acts: which rules of `ACTS` are used, None for all.
    least_dialogues: a pattern must occur in so many training dialogues.  least_z: the least association
    (`association`) of a reason.  strata: groups of dialogues of like length, in words of the user, within
    which the association is counted; 1 lets length explain it.  embed: a sentence encoder, texts to vectors;
    with it, user turns of the training dialogues (at most `meanings`, spread evenly) are patterns too, found
    where a turn comes as near as the cosine `near`.

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

    def __post_init__(self) -> None:
        unknown = [name for name in self.acts or () if name not in ACTS]
        if unknown:
            raise RubricError(f"acts hold {unknown[0]!r}; allowed: {', '.join(ACTS)}")

    @property
    def name(self) -> str:
        return "statistical with embeddings" if self.embed else "statistical"

    def extract(
        self, dialogues: Sequence[Dialogue], labels: np.ndarray, *, most: int
    ) -> dict[Polarity, Extraction]:
        present, patterns = self._present(dialogues)
        column = {pattern: at for at, pattern in enumerate(patterns)}
        lengths = np.array([sum(len(text.split()) for _, text in d.user_turns) for d in dialogues])
        satisfied = labels == 1
        z, log_odds = association(present, satisfied, length_strata(lengths, self.strata))
        sizes = np.array([len(p.value) if p.kind == "words" else np.inf for p in patterns])
        extractions: dict[Polarity, Extraction] = {}
        for polarity, sign in (("SAT", 1), ("DSAT", -1)):
            order = np.lexsort((-sizes, -sign * z))  # of equals acts, then the longest n-gram
            rank = np.empty(len(order), dtype=int)
            rank[order] = np.arange(len(order))
            reasons = []
            for place in np.flatnonzero(labels == sign):
                here = present.indices[present.indptr[place] : present.indptr[place + 1]]
                strong = here[sign * z[here] >= self.least_z]
                best = distinct([patterns[at] for at in strong[np.argsort(rank[strong])]], most)
                quotes = self._quotes(dialogues[place], best)
                at = [column[p] for p in best]
                reasons.append(
                    tuple(
                        Reason(plain_words(p), polarity, quotes[p].text, p, sign * z[i], sign * log_odds[i])
                        for p, i in zip(best, at, strict=True)
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
        words = frozenset(pattern.value for pattern in patterns if pattern.kind == "words")
        acts = list(dict.fromkeys(pattern.value for pattern in patterns if pattern.kind == "act"))
        meanings = list(dict.fromkeys(pattern.value for pattern in patterns if pattern.kind == "meaning"))
        if unknown := [name for name in acts if name not in ACTS]:
            raise RubricError(f"the rubric names the act {unknown[0]!r}; allowed: {', '.join(ACTS)}")
        if meanings and self.embed is None:
            raise RubricError("the rubric has meanings, and there is no encoder: give embed")
        longest = max((len(value.split()) for value in words), default=0)
        near = (
            alike(dialogues, meanings, self.embed, least=self.near) if self.embed else [{}] * len(dialogues)
        )
        largest = max(abs(item.log_odds or 0) for item in rubric.items) or 1.0
        points = [max(1, round(MOST * abs(item.log_odds or 0) / largest)) for item in rubric.items]
        scores = []
        for place, dialogue in enumerate(track(dialogues, "scoring", disable=not progress)):
            found = occurrences(dialogue, longest=longest, acts=acts, words=words) | near[place]
            scores.append(
                Score(dialogue.id, tuple(map(_scored, rubric.items, points, [found] * len(points))))
            )
        return scores

    def _present(self, dialogues: Sequence[Dialogue]) -> tuple[sparse.csr_matrix, list[Pattern]]:
        """[N, P]: which dialogue has which pattern, and the patterns; rare ones are left out."""
        numbers: dict[Pattern, int] = {}
        near = self._near(dialogues, self._meanings(dialogues))
        rows = []
        for place, dialogue in enumerate(dialogues):
            found = occurrences(dialogue, longest=self.longest, acts=self._acts) | near[place]
            rows.append(np.array([numbers.setdefault(p, len(numbers)) for p in found], dtype=int))
        columns = np.concatenate([*rows, np.zeros(0, dtype=int)])
        starts = np.cumsum([0, *map(len, rows)])
        shape = (len(dialogues), len(numbers))
        present = sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)
        often = np.bincount(columns, minlength=len(numbers)) >= self.least_dialogues
        patterns = list(numbers)
        kept = [at for at in np.flatnonzero(often) if not says_an_act(patterns[at], self._acts)]
        return present[:, kept].sorted_indices(), [patterns[at] for at in kept]

    def _quotes(self, dialogue: Dialogue, patterns: Sequence[Pattern]) -> dict[Pattern, Quote]:
        """Where a dialogue has each of some patterns, for those that it has."""
        of_kind = {kind: [p.value for p in patterns if p.kind == kind] for kind in get_args(Kind)}
        longest = max((len(words.split()) for words in of_kind["words"]), default=0)
        found = occurrences(dialogue, longest=longest, acts=of_kind["act"], words=frozenset(of_kind["words"]))
        return found | self._near([dialogue], of_kind["meaning"])[0]

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
