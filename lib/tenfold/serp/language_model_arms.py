"""What a language model of the reader's own adds: as a proposer of pages, and as a judge of them."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from scipy.stats import spearmanr

from tenfold.chat import ChatModel
from tenfold.serp.chat_proposer import ChatProposer
from tenfold.serp.composing import search
from tenfold.serp.experiment import gathered, judge_of
from tenfold.serp.judges import Judge, JudgeFailure
from tenfold.serp.queries import SearchTask
from tenfold.serp.rule_proposer import RuleProposer
from tenfold.serp.strategies import best_of_n
from tenfold.serp.user_model import UserModel


def proposer_gains(tasks: Sequence[SearchTask], model: ChatModel, *, budget: int) -> list[float]:
    """True utility with the model as proposer minus that with rules, one value a query.

    Both by best-of-n with `budget` pages and a judge that guesses several intents. Where nothing that the
    model proposes can stand on a page, the fixed template does. Raises what the model raises.
    """
    gains = []
    for number, task in enumerate(tasks):
        material, found = gathered(task.query)
        judge, true = judge_of("several intents", task, material.items, number), UserModel(task.need)
        worth = [
            true.score(
                search(
                    material,
                    proposer,
                    judge,
                    strategy=best_of_n,
                    budget=budget,
                    rng=np.random.default_rng(number),
                    gathered=found,
                ).page
            )
            for proposer in (ChatProposer(model), RuleProposer(temperature=0.3))
        ]
        gains.append(worth[0] - worth[1])
    return gains


def judge_agreement(tasks: Sequence[SearchTask], judge: Judge, *, pages: int) -> list[float]:
    """Rank correlation of a judge's scores with true utility over drawn pages, one value a query.

    Pages that the judge fails on are left out; a judge that leaves fewer than three, or scores all alike,
    agrees with nothing: 0.
    """
    found = []
    for number, task in enumerate(tasks):
        material, _ = gathered(task.query)
        scores, worth = [], []
        for page in islice(RuleProposer().pages(material, np.random.default_rng(number)), pages):
            try:
                scores.append(judge.score(page))
            except JudgeFailure:
                continue
            worth.append(UserModel(task.need).score(page))
        alike = len(scores) < 3 or len(set(scores)) < 2 or len(set(worth)) < 2
        found.append(0.0 if alike else float(spearmanr(scores, worth).statistic))
    return found
