"""Preference data of the assistant world: pairs of a policy's own answers, labelled from noisy rewards."""

from dataclasses import dataclass

import numpy as np
from transformers import LlamaForCausalLM

from tenfold.preference.assistant_policy import sample_answers
from tenfold.preference.assistant_world import FAMILIAR, draw_prompts, reward

NOISE = 0.1
"""Difference of rewards at which a label without length bias is right with odds of e to 1."""
ANSWERS_EACH = 4
PROMPTS_EACH = 3
"""Answers drawn for a prompt, and prompts for a pair, where the two answers must be equally long."""


@dataclass(frozen=True)
class Pairs:
    """Prompts, chosen and rejected answers, one entry a pair."""

    prompts: list[list[int]]
    chosen: list[list[int]]
    rejected: list[list[int]]

    def longer_chosen(self) -> float:
        """Share of pairs whose chosen answer is longer, of those with unequal lengths; nan for none."""
        longer = [
            len(c) > len(r) for c, r in zip(self.chosen, self.rejected, strict=True) if len(c) != len(r)
        ]
        return float(np.mean(longer)) if longer else float("nan")

    def better_chosen(self) -> float:
        """Share of pairs whose chosen answer has the higher reward, among those of unequal rewards."""
        rewards = [
            (reward(prompt, chosen), reward(prompt, rejected))
            for prompt, chosen, rejected in zip(self.prompts, self.chosen, self.rejected, strict=True)
        ]
        return float(np.mean([chosen > rejected for chosen, rejected in rewards if chosen != rejected]))


def preference_pairs(
    policy: LlamaForCausalLM, n: int, *, length_bias: float, equal_length: bool, seed: int
) -> Pairs:
    """n pairs of different answers of `policy` to familiar prompts, labelled.

    The first answer is chosen with probability sigmoid((R1 - R2) / 0.1 + length_bias (|y1| - |y2|)), where R
    is the reward.  length_bias: logits a token.  equal_length: only pairs of equally long answers.
    Raises ValueError where the policy gives too few pairs.
    """
    rng = np.random.default_rng([seed, 2])
    each = ANSWERS_EACH if equal_length else 2
    prompts = draw_prompts(n * (PROMPTS_EACH if equal_length else 2), FAMILIAR, rng)
    answers = sample_answers(policy, [prompt for prompt in prompts for _ in range(each)], seed=seed)
    pairs = Pairs([], [], [])
    for place, prompt in enumerate(prompts):
        two = _two_different(answers[place * each : (place + 1) * each], equal_length)
        if two is None:
            continue
        first, second = two
        logit = (reward(prompt, first) - reward(prompt, second)) / NOISE
        logit += length_bias * (len(first) - len(second))
        if rng.random() >= 1 / (1 + np.exp(-logit)):
            first, second = second, first
        pairs.prompts.append(prompt)
        pairs.chosen.append(first)
        pairs.rejected.append(second)
        if len(pairs.prompts) == n:
            return pairs
    raise ValueError(
        f"n is {n}, but {len(prompts)} prompts gave {len(pairs.prompts)} pairs; allowed: at most so many"
    )


def _two_different(answers: list[list[int]], equal_length: bool) -> tuple[list[int], list[int]] | None:
    """The first two answers that differ, of equal length where asked; None without such a pair."""
    for j, second in enumerate(answers):
        for first in answers[:j]:
            if first != second and (len(first) == len(second) or not equal_length):
                return first, second
    return None
