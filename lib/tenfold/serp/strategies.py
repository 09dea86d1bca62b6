"""Strategies: how a budget of judge calls is spent on candidate pages."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal, get_args

import numpy as np

from tenfold.serp.grammar import Page
from tenfold.serp.judges import BudgetedJudge, Judged
from tenfold.serp.proposers import Material, Proposer

StrategyName = Literal["greedy", "best-of-n", "beam", "coarse-to-fine", "coarse-to-fine beam"]
STRATEGIES: tuple[StrategyName, ...] = get_args(StrategyName)
Strategy = Callable[[Material, Proposer, BudgetedJudge, np.random.Generator], None]

DEPTH = 4
"""Steps among which greedy and beam search divide their budget."""
WIDTH = 4
COARSE = 0.2
"""The share of the budget that coarse-to-fine spends on skeletons."""
MOST_REPEATS = 50
"""Candidates in a row that were judged before, after which a stream is left."""


def greedy(
    material: Material,
    proposer: Proposer,
    judge: BudgetedJudge,
    rng: np.random.Generator,
    *,
    depth: int = DEPTH,
) -> None:
    """Add the item that gains most, again and again, until nothing gains or the budget is spent."""
    beam(material, proposer, judge, rng, width=1, depth=depth, only_gains=True)


def best_of_n(material: Material, proposer: Proposer, judge: BudgetedJudge, rng: np.random.Generator) -> None:
    """As many different whole pages as the budget allows."""
    ask(proposer.pages(material, rng), judge, judge.left)


def beam(
    material: Material,
    proposer: Proposer,
    judge: BudgetedJudge,
    rng: np.random.Generator,
    *,
    width: int = WIDTH,
    depth: int = DEPTH,
    only_gains: bool = False,
) -> None:
    """Keep the `width` best partial pages; extend each by its proposer's first candidates.

    Each of the first `depth` steps gets an equal part of what is left of the budget, later ones all of it;
    every partial page gets an equal part of that.
    only_gains: a partial page that no candidate beats is tried with further candidates until there are none.
    """
    pages = [Judged(material.page(), -math.inf)]
    for step in range(len(material.items) + 1 if not only_gains else judge.budget):
        if not judge.left:
            return
        share = math.ceil(judge.left / max(1, depth - step))
        found: list[Judged] = []
        for number, kept in enumerate(pages):
            part = math.ceil((share - len(found)) / (len(pages) - number))
            found += ask(proposer.extensions(material, kept.page, rng), judge, part)
        if not found:
            return
        best = leading(found, width)
        if not only_gains:
            pages = best or pages
        elif best and best[0].score > pages[0].score:
            pages = best


def coarse_to_fine(
    material: Material,
    proposer: Proposer,
    judge: BudgetedJudge,
    rng: np.random.Generator,
    *,
    width: int = 1,
    coarse: float = COARSE,
) -> None:
    """First skeletons filled by rule, then details of the `width` best ones, round by round.

    coarse: the share of the budget for skeletons. It ends with the budget, or when no kept page has a new
    refinement.
    """
    first = ask(proposer.skeletons(material, rng), judge, max(1, math.ceil(coarse * judge.left)))
    refine(first, material, proposer, judge, rng, width=width)


def refine(
    judged: list[Judged],
    material: Material,
    proposer: Proposer,
    judge: BudgetedJudge,
    rng: np.random.Generator,
    *,
    width: int,
) -> None:
    """Change details of the `width` best pages.

    In a round every kept page gets an equal part of what is left, at most 8 candidates; the best of old and
    new are kept.
    """
    pages = leading(judged, width)
    while judge.left and pages:
        found: list[Judged] = []
        for number, kept in enumerate(pages):
            part = min(8, math.ceil(judge.left / (len(pages) - number)))
            found += ask(proposer.refinements(material, kept.page, rng), judge, part)
        if not found:
            return
        pages = leading([*pages, *found], width)


def coarse_to_fine_beam(
    material: Material, proposer: Proposer, judge: BudgetedJudge, rng: np.random.Generator
) -> None:
    """Coarse-to-fine that keeps 4 pages."""
    coarse_to_fine(material, proposer, judge, rng, width=WIDTH)


BY_NAME: dict[StrategyName, Strategy] = {
    "greedy": greedy,
    "best-of-n": best_of_n,
    "beam": beam,
    "coarse-to-fine": coarse_to_fine,
    "coarse-to-fine beam": coarse_to_fine_beam,
}


def ask(candidates: Iterable[Page], judge: BudgetedJudge, most: int) -> list[Judged]:
    """The first `most` candidates that are new, judged, within the budget."""
    return [judge.ask(page) for page in islice(_new(candidates, judge), min(most, judge.left))]


def _new(candidates: Iterable[Page], judge: BudgetedJudge) -> Iterator[Page]:
    repeats = 0
    for page in candidates:
        if judge.is_new(page):
            repeats = 0
            yield page
        elif (repeats := repeats + 1) >= MOST_REPEATS:
            return


def leading(judged: list[Judged], number: int) -> list[Judged]:
    """The best with a score, the first of equals first."""
    return sorted((j for j in judged if not j.failure), key=lambda j: -j.score)[:number]
