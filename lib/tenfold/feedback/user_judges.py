"""Judges of two answers in the users' world: a generic one that likes length, and one with a checklist."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from tenfold.feedback.pairs import FeedbackPrompt
from tenfold.feedback.user_dialogues import request_of
from tenfold.feedback.user_world import FACTS_LINE, in_tokens, shown

FACTS_POINTS, LINE_POINTS, NOISE = 3.0, 1.0, 0.5
"""Points for all facts right and for a met line of the checklist; difference at which odds are e to 1."""


@dataclass(frozen=True)
class WordJudge:
    """Probability that the first answer is better: right facts, met lines, and every word of it.

    verbosity: points a word. Without a checklist it is what a generic judge thinks; with one, the same judge
    adds a point for each line that is met. It fits `feedback_pairs(prefers=...)` and `checklist_eval`.
    """

    verbosity: float = 0.15

    def __call__(self, prompt: FeedbackPrompt, checklist: Sequence[str], first: str, second: str) -> float:
        request = request_of(prompt.history[-1])
        difference = self.points(request, checklist, first) - self.points(request, checklist, second)
        return 1 / (1 + exp(-difference / NOISE))

    def points(self, request: Sequence[int], checklist: Sequence[str], answer: str) -> float:
        seen = shown(request, in_tokens(answer))
        met = sum(
            seen.facts == 1 if line == FACTS_LINE else line in seen.sides.values() for line in checklist
        )
        return FACTS_POINTS * seen.facts + LINE_POINTS * met + self.verbosity * len(answer.split())
