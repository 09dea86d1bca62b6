"""Judging two systems by what users asked for, beside a judge that is told nothing of it.

WildFeedback (arXiv:2408.15549), step 3: the judge compares two answers pairwise, with the users' summarised
preferences as a checklist, and without.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from tenfold.claims import Estimate, t_estimate
from tenfold.feedback.pairs import FeedbackPrompt, Prefers, probability


@dataclass(frozen=True)
class ChecklistEvaluation:
    """guided, generic: how far the first system wins each example, 0 to 1, with and without the checklist.

    Each is the mean of both orders of the two answers: a judge that only looks at the order gives 1/2.
    """

    guided: np.ndarray
    generic: np.ndarray
    level: float

    def win_rate(self, *, checklist: bool) -> Estimate:
        """Of the first system, ties as half a win, with Wilson's interval."""
        wins = self.guided if checklist else self.generic
        value, n = float(wins.mean()), len(wins)
        low, high = proportion_confint(float(wins.sum()), n, 1 - self.level, method="wilson")
        return Estimate(value, min(low, value), max(high, value), level=self.level, n=n)

    def gain(self) -> Estimate:
        """Win rate with the checklist less that without, paired by example, with Student's interval.

        Raises ValueError for fewer than two examples.
        """
        return t_estimate(self.guided - self.generic, level=self.level)


def checklist_eval(
    prompts: Sequence[FeedbackPrompt],
    first: Sequence[str],
    second: Sequence[str],
    judge: Prefers,
    *,
    checklists: Sequence[Sequence[str]],
    level: float = 0.9,
) -> ChecklistEvaluation:
    """Compare the answers of two systems to the same prompts, each pair four times.

    judge: called with the checklist, and with an empty one; both in both orders.  checklists: of each prompt,
    best from users or from a model other than the one that made the training pairs.
    Raises ValueError for no prompts, numbers that differ, an empty checklist, or a judge outside 0 to 1.
    """
    numbers = {len(prompts), len(first), len(second), len(checklists)}
    if len(numbers) > 1 or not prompts:
        raise ValueError(
            f"{len(prompts)} prompts, {len(first)} and {len(second)} answers, {len(checklists)} checklists; "
            "allowed: as many of each, at least one"
        )
    if blank := [place for place, checklist in enumerate(checklists) if not checklist]:
        raise ValueError(f"checklist {blank[0]} is empty; allowed: at least one line")

    def wins(checklist_of: Sequence[Sequence[str]]) -> np.ndarray:
        return np.array(
            [
                (probability(judge(prompt, lines, a, b)) + 1 - probability(judge(prompt, lines, b, a))) / 2
                for prompt, lines, a, b in zip(prompts, checklist_of, first, second, strict=True)
            ]
        )

    return ChecklistEvaluation(wins(checklists), wins([()] * len(prompts)), level)
