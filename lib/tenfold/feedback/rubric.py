"""Rubrics of satisfaction and dissatisfaction, and what a dialogue scores by one."""

import json
from dataclasses import asdict, dataclass, field
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenfold.feedback.dialogue import Dialogue, Polarity, Quote, check_quotes

MOST = 10
"""The highest score of an item (SPUR, Section 3)."""

Text = Annotated[str, Field(min_length=1)]
_STRICT = ConfigDict(extra="forbid", frozen=True)


Kind = Literal["words", "act", "repetition", "meaning"]


class RubricError(ValueError):
    """A rubric that cannot be read, learnt or used."""


class Pattern(NamedTuple):
    """What the statistical extractor looks for: words, an act's name, a repeated turn, a meaning."""

    kind: Kind
    value: Text


class RubricItem(BaseModel):
    """One line of a rubric.

    text: what a user does, in plain words.  evidence: what users of the training dialogues said.
    patterns, log_odds: how the statistical extractor finds it, and the log odds ratio of the item's label
    given the first pattern in the training dialogues; empty and None for a language model.  support: reasons
    of training dialogues that it stands for.
    """

    model_config = _STRICT
    text: Text
    polarity: Polarity
    evidence: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    log_odds: float | None = Field(default=None, allow_inf_nan=False)
    support: int = Field(default=0, ge=0)


class Rubric(BaseModel):
    """Items of both polarities; one polarity may have none.  learnt: from what and how, in numbers."""

    model_config = _STRICT
    items: tuple[RubricItem, ...]
    learnt: dict[str, int | float | str | bool] = {}

    def of(self, polarity: Polarity) -> tuple[RubricItem, ...]:
        return tuple(item for item in self.items if item.polarity == polarity)

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Rubric":
        """Raises RubricError naming the field."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise RubricError(f"no rubric: {where}: {first['msg']}; allowed: what Rubric.to_json writes")


@dataclass(frozen=True)
class ItemScore:
    """score: 0 where the item does not apply, else 1 to 10.  quotes: the user's words that show it.

    refused: why a claim of a language model does not count; empty where nothing was refused.
    """

    item: RubricItem
    score: int
    quotes: tuple[Quote, ...] = ()
    refused: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.score, int) or not 0 <= self.score <= MOST:
            raise RubricError(
                f"score of {self.item.text!r:.60} is {self.score!r}; allowed: 0 to {MOST}, whole"
            )
        if bool(self.score) != bool(self.quotes):
            raise RubricError(f"{self.item.text!r:.60} scores {self.score} with {len(self.quotes)} quotes")


@dataclass(frozen=True)
class Score:
    """What a dialogue scores: the items in the rubric's order.

    unread: characters nobody looked at.  orders: passages that speak to the judge, which it was not shown.
    """

    dialogue: str
    items: tuple[ItemScore, ...]
    unread: int = 0
    orders: int = 0

    @property
    def total(self) -> int:
        """Sum over satisfaction less sum over dissatisfaction (SPUR, Section 3); -100 to 100 for 10 + 10."""
        return sum(scored.score if scored.item.polarity == "SAT" else -scored.score for scored in self.items)

    @property
    def features(self) -> list[int]:
        """The items' scores alone, for a model that weighs them itself (SPUR, Section 4.8)."""
        return [scored.score for scored in self.items]

    def check(self, dialogue: Dialogue) -> "Score":
        """Itself. Raises ValueError for a quotation that does not stand in the dialogue."""
        for scored in self.items:
            check_quotes(dialogue, scored.quotes)
        return self

    def to_record(self) -> dict:
        """For JSON: id, counts, and the items that score or were refused, with their quotations."""
        rows = [
            {"item": s.item.text, "polarity": s.item.polarity, "score": s.score, "refused": s.refused}
            | {"quotes": [asdict(quote) for quote in s.quotes]}
            for s in self.items
            if s.score or s.refused
        ]
        counts = {"total": self.total, "unread": self.unread, "orders": self.orders}
        return {"dialogue": self.dialogue} | counts | {"items": rows}


@dataclass(frozen=True)
class Reason:
    """Why a user of one training dialogue was content, or was not.  quote: their words, if any are named."""

    text: str
    polarity: Polarity
    quote: str = ""
    pattern: Pattern | None = None
    strength: float = 0.0
    log_odds: float | None = None


@dataclass(frozen=True)
class Extraction:
    """reasons: one tuple a dialogue of the label.  refused: reasons without words of the user."""

    reasons: list[tuple[Reason, ...]]
    refused: int = field(default=0)
