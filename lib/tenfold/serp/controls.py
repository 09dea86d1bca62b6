"""Controls: each spends the budget like a strategy that is claimed to help, without the part that should.

`random_pages` has no proposer worth the name, `skeletons_only` the skeletons of coarse-to-fine without its
refining, `refined_pages` its refining without its skeletons, and `BlindProposer` skeletons whose items are
drawn and not chosen by the tools' scores.
"""

import math

import numpy as np

from tenfold.serp import moves
from tenfold.serp.judges import BudgetedJudge
from tenfold.serp.proposers import Material, Proposer
from tenfold.serp.rule_proposer import RuleProposer
from tenfold.serp.strategies import COARSE, ask, best_of_n, refine

EVEN = 1e9
"""A temperature at which all placements are equally likely."""


def random_pages(
    material: Material, proposer: Proposer, judge: BudgetedJudge, rng: np.random.Generator
) -> None:
    """Best of n pages whose placements are drawn evenly; the proposer is not asked."""
    best_of_n(material, RuleProposer(temperature=EVEN), judge, rng)


def skeletons_only(
    material: Material, proposer: Proposer, judge: BudgetedJudge, rng: np.random.Generator
) -> None:
    """The first stage of coarse-to-fine, with the whole budget; what is left goes to whole pages."""
    ask(proposer.skeletons(material, rng), judge, judge.left)
    best_of_n(material, proposer, judge, rng)


def refined_pages(
    material: Material,
    proposer: Proposer,
    judge: BudgetedJudge,
    rng: np.random.Generator,
    *,
    coarse: float = COARSE,
) -> None:
    """Coarse-to-fine that begins with whole pages as best-of-n has them."""
    first = ask(proposer.pages(material, rng), judge, max(1, math.ceil(coarse * judge.left)))
    refine(first, material, proposer, judge, rng, width=1)


class BlindProposer(RuleProposer):
    """Fills skeletons with items of the right kinds that are drawn evenly."""

    def filled(
        self, skeleton: moves.Skeleton, material: Material, rng: np.random.Generator
    ) -> moves.Placements:
        drawn = [material.items[at] for at in rng.permutation(len(material.items))]
        return moves.fill(skeleton, drawn, ranked=False)
