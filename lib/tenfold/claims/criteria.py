"""How a claim is decided: a small set of typed criteria, written into the ledger before the runs.

One rule for boundaries. Intervals are closed: an end point belongs to its interval. An interval that touches
the value of `excludes`, the zero of `ordering` or the margin of `equivalence` therefore still contains it and
decides nothing. The range of `inside` is closed too: an interval that touches it from inside is within, one
that touches it from outside overlaps it. `exact` includes its tolerance.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from tenfold.claims.evidence import SMALLEST_LEVEL, Estimate, Evidence
from tenfold.claims.numbers import exact_text as text
from tenfold.claims.numbers import number_text, percent
from tenfold.claims.schema import Name, Record

REPRODUCED = "reproduced"
DIRECTION_ONLY = "direction only"
NOT_REPRODUCED = "not reproduced"
INCONCLUSIVE = "inconclusive"
NOT_TESTABLE = "not testable at this scale"
VERDICTS = (REPRODUCED, DIRECTION_ONLY, NOT_REPRODUCED, INCONCLUSIVE, NOT_TESTABLE)

Side = Literal["above", "below"]
Level = Annotated[float, Field(ge=SMALLEST_LEVEL, lt=1)]
Position = Literal["above", "below", "touches", "contains"]


class Decision(NamedTuple):
    verdict: str
    reason: str


def position(estimate: Estimate, value: float) -> Position:
    """Where the interval lies relative to a value."""
    if estimate.low > value:
        return "above"
    if estimate.high < value:
        return "below"
    return "contains" if estimate.low < value < estimate.high else "touches"


def _lies(where: Position, value: float) -> str:
    return f"lies {where} {text(value)}" if where in ("above", "below") else f"{where} {text(value)}"


class Criterion(Record, ABC):
    """level: the coverage every interval must have; None when the criterion takes a plain number."""

    @abstractmethod
    def describe(self) -> str:
        """When the claim counts as reproduced, in a few words."""

    @abstractmethod
    def region(self) -> tuple[float, float]:
        """The ends of the region in which the claim is reproduced; infinite where it is open."""

    def marks(self) -> tuple[float, ...]:
        """The numbers that evidence is compared with."""
        return tuple(end for end in self.region() if math.isfinite(end))

    @abstractmethod
    def decide(self, evidence: Evidence) -> Decision:
        """The verdict and one plain sentence of reason; evidence has the form `judge` has checked."""


class _OnInterval(Criterion):
    level: Level

    def interval(self) -> str:
        return f"the {percent(self.level)} interval"


class Excludes(_OnInterval):
    """Reproduced when the interval lies wholly on `side` of `value`, not reproduced when on the other."""

    type: Literal["excludes"]
    value: float
    side: Side

    def describe(self) -> str:
        return f"{self.interval()} lies {self.side} {text(self.value)}"

    def region(self) -> tuple[float, float]:
        return (self.value, math.inf) if self.side == "above" else (-math.inf, self.value)

    def decide(self, evidence: Estimate) -> Decision:
        where = position(evidence, self.value)
        sentence = f"{self.interval()} {_lies(where, self.value)}"
        if where == self.side:
            return Decision(REPRODUCED, _sentence(sentence))
        if where in ("above", "below"):
            return Decision(NOT_REPRODUCED, _sentence(f"{sentence}, not {self.side}"))
        return Decision(INCONCLUSIVE, _sentence(sentence))


class Direction(Record):
    """The weaker statement behind `inside`: the interval lies wholly on `side` of `value`."""

    value: float
    side: Side

    def holds(self, estimate: Estimate) -> bool:
        return position(estimate, self.value) == self.side


class Inside(_OnInterval):
    """Reproduced when the interval lies within [low, high].

    Otherwise `direction only` when a direction is given and holds; else not reproduced when the interval is
    disjoint from the range, inconclusive when it overlaps the range.
    """

    type: Literal["inside"]
    low: float
    high: float
    direction: Direction | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Inside":
        if not self.low < self.high:
            raise ValueError(f"low must be smaller than high, got {text(self.low)} and {text(self.high)}")
        if self.direction and not self._is_beyond(self.direction):
            raise ValueError(
                f"the range {self._range()} must lie {self.direction.side} "
                f"the direction's value {text(self.direction.value)}"
            )
        return self

    def _is_beyond(self, direction: Direction) -> bool:
        return self.low >= direction.value if direction.side == "above" else self.high <= direction.value

    def _range(self) -> str:
        return f"{text(self.low)} to {text(self.high)}"

    def describe(self) -> str:
        return f"{self.interval()} lies within {self._range()}"

    def region(self) -> tuple[float, float]:
        return self.low, self.high

    def marks(self) -> tuple[float, ...]:
        return (*self.region(), *([self.direction.value] if self.direction else []))

    def decide(self, evidence: Estimate) -> Decision:
        if self.low <= evidence.low and evidence.high <= self.high:
            return Decision(REPRODUCED, _sentence(f"{self.interval()} lies within {self._range()}"))
        disjoint = evidence.high < self.low or evidence.low > self.high
        sentence = f"{self.interval()} lies {'outside' if disjoint else 'only partly within'} {self._range()}"
        if self.direction is None:
            return Decision(NOT_REPRODUCED if disjoint else INCONCLUSIVE, _sentence(sentence))
        if self.direction.holds(evidence):
            direction = f"{self.direction.side} {text(self.direction.value)}"
            return Decision(DIRECTION_ONLY, _sentence(f"{sentence}, but {direction}"))
        lies = _lies(position(evidence, self.direction.value), self.direction.value)
        return Decision(NOT_REPRODUCED if disjoint else INCONCLUSIVE, _sentence(f"{sentence} and {lies}"))


class Ordering(_OnInterval):
    """A chain of differences, each predicted to be positive; evidence maps every step's name to its estimate.

    Reproduced when all intervals lie above 0; not reproduced when any lies below 0; else `direction only`
    when some lie above 0, inconclusive when none does.
    """

    type: Literal["ordering"]
    steps: Annotated[list[Name], Field(min_length=1)]

    @field_validator("steps")
    @classmethod
    def _distinct(cls, steps: list[str]) -> list[str]:
        if len(set(steps)) < len(steps):
            raise ValueError(f"step names must be distinct, got {steps}")
        return steps

    def describe(self) -> str:
        return f"the {percent(self.level)} interval of every difference lies above 0: {', '.join(self.steps)}"

    def region(self) -> tuple[float, float]:
        return 0.0, math.inf

    def decide(self, evidence: Mapping[str, Estimate]) -> Decision:
        where = {step: position(evidence[step], 0.0) for step in self.steps}
        above = [step for step in self.steps if where[step] == "above"]
        below = [step for step in self.steps if where[step] == "below"]
        open_ = [step for step in self.steps if where[step] not in ("above", "below")]
        count = f"{len(above)} of {len(self.steps)} intervals ({percent(self.level)}) lie above 0"
        if below:
            return Decision(NOT_REPRODUCED, _sentence(f"{count}; below 0: {', '.join(below)}"))
        if not open_:
            return Decision(REPRODUCED, _sentence(count))
        sentence = _sentence(f"{count}; not told apart from 0: {', '.join(open_)}")
        return Decision(DIRECTION_ONLY if above else INCONCLUSIVE, sentence)


class Equivalence(_OnInterval):
    """Reproduced when the interval lies strictly within (-margin, margin), not reproduced when beyond."""

    type: Literal["equivalence"]
    margin: Annotated[float, Field(gt=0)]

    def describe(self) -> str:
        return f"{self.interval()} lies between -{text(self.margin)} and {text(self.margin)}"

    def region(self) -> tuple[float, float]:
        return -self.margin, self.margin

    def decide(self, evidence: Estimate) -> Decision:
        if -self.margin < evidence.low and evidence.high < self.margin:
            return Decision(REPRODUCED, _sentence(self.describe()))
        for side, edge in (("above", self.margin), ("below", -self.margin)):
            if position(evidence, edge) == side:
                return Decision(NOT_REPRODUCED, _sentence(f"{self.interval()} lies {side} {text(edge)}"))
        reached = [text(m) for m in self.marks() if evidence.low <= m <= evidence.high]
        sentence = _sentence(f"{self.interval()} reaches the margin at {' and '.join(reached)}")
        return Decision(INCONCLUSIVE, sentence)


class Exact(Criterion):
    """Arithmetic without an interval: reproduced when |number - value| <= tolerance, in decimal digits."""

    type: Literal["exact"]
    value: float
    tolerance: Annotated[float, Field(ge=0)]

    @property
    def level(self) -> None:
        return None

    def describe(self) -> str:
        within = f" within {text(self.tolerance)}" if self.tolerance else ""
        return f"the number equals {text(self.value)}{within}"

    def region(self) -> tuple[float, float]:
        return self.value - self.tolerance, self.value + self.tolerance

    def decide(self, evidence: float) -> Decision:
        # Decimal, so that 1.1 is within 0.1 of 1.0 although the floats differ by a little more
        difference = Decimal(repr(evidence)) - Decimal(repr(self.value))
        if abs(difference) <= Decimal(repr(self.tolerance)):
            return Decision(REPRODUCED, _sentence(self.describe()))
        side = "above" if difference > 0 else "below"
        sentence = f"the number lies {number_text(float(abs(difference)))} {side} {text(self.value)}"
        beyond = f", beyond the tolerance of {text(self.tolerance)}" if self.tolerance else ""
        return Decision(NOT_REPRODUCED, _sentence(sentence + beyond))


AnyCriterion = Annotated[Excludes | Inside | Ordering | Equivalence | Exact, Field(discriminator="type")]


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."
