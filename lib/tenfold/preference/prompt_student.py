"""The student of the prompt world: a small decoder, pretrained to help, tuned on teachers' answers."""

from collections.abc import Sequence

import numpy as np
from transformers import LlamaForCausalLM

from tenfold.preference.prompt_answers import WORDS, Answer, helpful_only, prompt_tokens
from tenfold.preference.prompt_world import Request, draw_any
from tenfold.preference.small_decoder import (
    BATCH,
    new_decoder,
    sampled_answers,
    train_on_answers,
    tuned_on_answers,
)

PRETRAINING_LR, TUNING_LR = 4e-3, 1e-3
LONGEST_ANSWER = 14
"""Tokens after which an answer is cut off, the end included."""


def pretrained_student(seed: int, *, steps: int) -> LlamaForCausalLM:
    """A decoder that answers any request of any words and refuses none."""
    requests = draw_any(steps * BATCH, np.random.default_rng([seed, 1]))
    prompts, answers = _prompts(requests), [helpful_only(request) for request in requests]
    return train_on_answers(new_decoder(len(WORDS), seed=seed), prompts, answers, lr=PRETRAINING_LR)


def tuned_student(
    pretrained: LlamaForCausalLM,
    requests: Sequence[Request],
    answers: Sequence[Answer],
    *,
    steps: int,
    rng: np.random.Generator,
) -> LlamaForCausalLM:
    """A copy of `pretrained` after `steps` batches of these examples, in passes of new random order each."""
    return tuned_on_answers(pretrained, _prompts(requests), answers, steps=steps, lr=TUNING_LR, rng=rng)


def sampled(model: LlamaForCausalLM, requests: Sequence[Request], *, seed: int) -> list[Answer]:
    """One answer a request, drawn at temperature 1, with its end where it has one."""
    return [
        tuple(answer)
        for answer in sampled_answers(model, _prompts(requests), longest=LONGEST_ANSWER, seed=seed)
    ]


def _prompts(requests: Sequence[Request]) -> list[list[int]]:
    return [prompt_tokens(request) for request in requests]
