"""Judges: what they are, noisy and biased ones, and counting what they are asked."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Protocol

from tenfold.serp.grammar import Page

Feature = Callable[[Page], float]


class JudgeFailure(RuntimeError):
    """A judge could not score a page."""


class Judge(Protocol):
    """name: shown beside its scores."""

    name: str

    def score(self, page: Page) -> float:
        """How good a page is; larger is better. May raise JudgeFailure."""
        ...


class NoisyJudge:
    """Another judge's score plus normal noise, the same each time for the same page and seed.

    So a page cannot be judged twice to average the noise away.
    deviation: of the noise.  Raises ValueError where it is negative or not finite.
    """

    def __init__(self, judge: Judge, *, deviation: float, seed: int) -> None:
        if not (deviation >= 0 and math.isfinite(deviation)):
            raise ValueError(f"deviation is {deviation}: use a finite number >= 0")
        self.name = f"{judge.name} with noise {deviation:g}"
        self._judge, self._deviation, self._seed = judge, deviation, seed

    def score(self, page: Page) -> float:
        text = f"{self._seed}:{page.arrangement}:{page.query}"
        digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        uniform = (int.from_bytes(digest[:8], "big") + 0.5) / 2**64
        return self._judge.score(page) + self._deviation * NormalDist().inv_cdf(uniform)


class BiasedJudge:
    """Another judge's score plus `weight` times a feature of the page that users do not care for."""

    def __init__(self, judge: Judge, *, feature: Feature, weight: float) -> None:
        if not math.isfinite(weight):
            raise ValueError(f"weight is {weight}: use a finite number")
        self.name = f"{judge.name} biased by {weight:g} x {feature.__name__}"
        self._judge, self._feature, self._weight = judge, feature, weight

    def score(self, page: Page) -> float:
        return self._judge.score(page) + self._weight * self._feature(page)


def share_of_images(page: Page) -> float:
    """Image cards among the items, in [0, 1]."""
    return _share(page, lambda placement: placement.item.kind == "image")


def fullness(page: Page) -> float:
    """Items out of the ten that a page can hold."""
    return len(page.placements) / 10


def share_of_frames(page: Page) -> float:
    """Emphasised items among the items, in [0, 1]."""
    return _share(page, lambda placement: placement.emphasis)


def _share(page: Page, wanted: Callable) -> float:
    return sum(map(wanted, page.placements)) / len(page.placements) if page.placements else 0.0


@dataclass(frozen=True)
class Judged:
    """score: nan where the judge gave no finite number or failed; `failure` then says why."""

    page: Page
    score: float
    failure: str = ""


@dataclass
class BudgetedJudge:
    """Asks a judge at most `budget` times and keeps all it said, in order.

    A score that is no finite number, or a JudgeFailure, spends a call and never makes a page win.
    Raises ValueError for a budget below 1.
    """

    judge: Judge
    budget: int
    judged: list[Judged] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.budget < 1:
            raise ValueError(f"budget is {self.budget}: a search needs at least 1 call of the judge")
        self._seen: set[tuple] = set()

    @property
    def left(self) -> int:
        return self.budget - len(self.judged)

    def is_new(self, page: Page) -> bool:
        """Whether a page was not judged yet."""
        return page.arrangement not in self._seen

    def ask(self, page: Page) -> Judged:
        """Raises RuntimeError where the budget is spent."""
        if self.left < 1:
            raise RuntimeError(f"the budget of {self.budget} calls is spent: look at `left` before asking")
        score, failure = math.nan, ""
        try:
            answer = self.judge.score(page)
        except JudgeFailure as error:
            failure = str(error)[:300] or "the judge failed"
        else:
            try:
                score = float(answer)
            except (TypeError, ValueError):
                failure = f"the judge answered {answer!r:.100}"
            else:
                failure = "" if math.isfinite(score) else f"the judge answered {score}"
        result = Judged(page, score if not failure else math.nan, failure)
        self.judged.append(result)
        self._seen.add(page.arrangement)
        return result

    @property
    def best(self) -> Judged | None:
        """The page with the largest score, the first of equals; None where no page has one."""
        return max((j for j in self.judged if not j.failure), key=lambda judged: judged.score, default=None)
