"""What a searcher needs: intents, the documents that meet each, and how well each kind of item serves it."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tenfold.serp.items import Frozen, Item, ItemKind, Score

QueryClass = Literal["known-item", "informational", "multi-intent", "transactional"]

SUITABLE: dict[QueryClass, dict[ItemKind, float]] = {
    "known-item": {
        "web": 0.9, "definition": 0.7, "answer": 0.6, "image": 0.5, "news": 0.5, "questions": 0.3
    },
    "informational": {
        "answer": 0.9, "definition": 0.9, "image": 0.7, "web": 0.6, "questions": 0.5, "news": 0.2
    },
    "multi-intent": {
        "web": 0.8, "answer": 0.7, "definition": 0.7, "image": 0.6, "news": 0.5, "questions": 0.5
    },
    "transactional": {
        "web": 0.9, "news": 0.9, "answer": 0.4, "definition": 0.3, "image": 0.2, "questions": 0.2
    },
}  # fmt: skip
"""How likely a relevant document satisfies, shown in full as an item of a kind: assumed, not measured."""


class Intent(Frozen):
    """One thing that some of those who send a query want.

    share: of the searchers.  relevance: document id -> probability that the document satisfies; others have
    none.  suitable: kind of item -> factor of that probability; 1 where a kind is not named.
    """

    share: Score
    relevance: Mapping[str, Score]
    suitable: Mapping[ItemKind, Score] = Field(default_factory=dict)

    def satisfies(self, item: Item) -> float:
        """The probability that a look at the whole item satisfies: its best document's, times the factor."""
        best = max(self.relevance.get(document, 0.0) for document in item.documents)
        return best * self.suitable.get(item.kind, 1.0)


class Need(Frozen):
    """The intents behind a query; their shares add up to 1."""

    intents: Annotated[tuple[Intent, ...], Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _whole(self) -> "Need":
        total = math.fsum(intent.share for intent in self.intents)
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ValueError(f"the shares of the intents add up to {total}: they must add up to 1")
        return self


def estimated_need(items: Sequence[Item]) -> Need:
    """What the tools' scores say of a need that nobody knows: one intent, documents as relevant as scored.

    A document counts with the best score of an item that shows it. It knows nothing of several intents, nor
    of which kind of item serves best.
    """
    relevance: dict[str, float] = {}
    for item in items:
        for document in item.documents:
            relevance[document] = max(relevance.get(document, 0.0), item.score)
    return Need(intents=(Intent(share=1.0, relevance=relevance),))
