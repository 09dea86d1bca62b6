"""From a query to a page: gather, propose, judge, keep the best."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tenfold.serp.gathering import SECONDS, Confidence, Gathered, best_score, gather
from tenfold.serp.grammar import Page
from tenfold.serp.items import Item
from tenfold.serp.judges import BudgetedJudge, Judge, Judged
from tenfold.serp.needs import estimated_need
from tenfold.serp.proposers import Material, Proposer
from tenfold.serp.rule_proposer import fixed_template
from tenfold.serp.strategies import BY_NAME, STRATEGIES, Strategy, StrategyName
from tenfold.serp.tools import Tool
from tenfold.serp.user_model import UserModel

JudgeMaker = Callable[[Sequence[Item]], Judge]
LONGEST_QUERY = 2_000


@dataclass(frozen=True)
class Composition:
    """A page and how it came about.

    score: of `page` by the judge; nan where no page was judged.  judged: every call of the judge, in order.
    """

    page: Page
    score: float
    strategy: str
    gathered: Gathered
    judged: tuple[Judged, ...]

    @property
    def failures(self) -> tuple[str, ...]:
        """What the judge said where it gave no score."""
        return tuple(judged.failure for judged in self.judged if judged.failure)


def compose(
    query: str,
    tools: Sequence[Tool],
    proposer: Proposer,
    judge: Judge | JudgeMaker,
    *,
    strategy: StrategyName | Strategy = "beam",
    budget: int = 64,
    rng: np.random.Generator,
    enough: float | None = None,
    confidence: Confidence = best_score,
    seconds: float = SECONDS,
) -> Composition:
    """Gather items for a query and compose the page that the judge likes best among those it is shown.

    judge: or a function that makes one for the items that were gathered, as `estimated_judge`.
    budget: the most calls of the judge, never exceeded.  enough, confidence, seconds: as for `gather`.
    What fails leaves a note on the page: a tool; or the judge, where it scored no page at all, and then the
    fixed template is the page. A query without any item gives an empty page, for which nobody asks the judge.
    Raises ValueError for an empty or too long query, an unknown strategy, and a budget below 1.
    """
    material, gathered = prepare(query, tools, enough=enough, confidence=confidence, seconds=seconds)
    chosen = judge if hasattr(judge, "score") else judge(material.items)
    return search(material, proposer, chosen, strategy=strategy, budget=budget, rng=rng, gathered=gathered)


def estimated_judge(items: Sequence[Item]) -> UserModel:
    """The user model with the need that the tools' scores suggest: for an unknown need."""
    return UserModel(estimated_need(items), name="user model, estimated need")


def prepare(
    query: str,
    tools: Sequence[Tool],
    *,
    enough: float | None = None,
    confidence: Confidence = best_score,
    seconds: float = SECONDS,
) -> tuple[Material, Gathered]:
    """The first half of `compose`. Raises ValueError."""
    if not query.strip() or len(query) > LONGEST_QUERY:
        raise ValueError(f"query has {len(query)} characters: use 1 to {LONGEST_QUERY}, not all white space")
    gathered = gather(query, tools, enough=enough, confidence=confidence, seconds=seconds)
    return Material(query, gathered.items, gathered.notes), gathered


def search(
    material: Material,
    proposer: Proposer,
    judge: Judge,
    *,
    strategy: StrategyName | Strategy,
    budget: int,
    rng: np.random.Generator,
    gathered: Gathered,
) -> Composition:
    """The second half of `compose`: several strategies can share what was gathered. Raises ValueError."""
    if isinstance(strategy, str):
        if strategy not in BY_NAME:
            raise ValueError(f"strategy is {strategy!r}: use one of {', '.join(STRATEGIES)}")
        name, strategy = strategy, BY_NAME[strategy]
    else:
        name = strategy.__name__
    counted = BudgetedJudge(judge, budget)
    if not material.items:
        return Composition(material.page(), math.nan, name, gathered, ())
    strategy(material, proposer, counted, rng)
    best = counted.best
    if best is None:
        page = fixed_template(material)
        notes = (*page.notes, "No page could be judged: this is the fixed template.")
        best = Judged(page.model_copy(update={"notes": notes}), math.nan)
    return Composition(best.page, best.score, name, gathered, tuple(counted.judged))
