"""The student of the prompt world: a small Llama decoder, pretrained to help, tuned on teachers' answers."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.preference.assistant_policy import IGNORED, padded
from tenfold.preference.prompt_answers import WORDS, Answer, helpful_only, prompt_tokens
from tenfold.preference.prompt_world import END, PAD, Request, draw_any

BATCH, WARMUP = 32, 0.1
PRETRAINING_LR, TUNING_LR = 4e-3, 1e-3
LONGEST_ANSWER = 14
"""Tokens after which an answer is cut off, the end included."""


def pretrained_student(seed: int, *, steps: int) -> LlamaForCausalLM:
    """A decoder (d_model 64, 2 layers, 4 heads) that answers any request of any words and refuses none."""
    config = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=32,
        tie_word_embeddings=True,
        initializer_range=0.08,
        pad_token_id=PAD,
        eos_token_id=END,
        bos_token_id=None,
    )
    rng = np.random.default_rng([seed, 1])
    requests = draw_any(steps * BATCH, rng)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    batches = [range(start, start + BATCH) for start in range(0, len(requests), BATCH)]
    return _train(model, requests, [helpful_only(request) for request in requests], batches, PRETRAINING_LR)


def tuned_student(
    pretrained: LlamaForCausalLM,
    requests: Sequence[Request],
    answers: Sequence[Answer],
    *,
    steps: int,
    rng: np.random.Generator,
) -> LlamaForCausalLM:
    """A copy of `pretrained` after `steps` batches of these examples, in passes of new random order each."""
    passes = -(-steps * BATCH // len(requests))
    order = np.concatenate([rng.permutation(len(requests)) for _ in range(passes)])
    batches = [order[start : start + BATCH] for start in range(0, steps * BATCH, BATCH)]
    return _train(copied(pretrained), requests, answers, batches, TUNING_LR)


def copied(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """Another model with the same weights."""
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    return copy


def _train(
    model: LlamaForCausalLM,
    requests: Sequence[Request],
    answers: Sequence[Answer],
    batches: Sequence[Sequence[int]],
    lr: float,
) -> LlamaForCausalLM:
    """AdamW with a one-cycle schedule on the tokens of the answers, `batches` of places in them."""
    prompts = [prompt_tokens(request) for request in requests]
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=len(batches), pct_start=WARMUP)
    model.train()
    for batch in batches:
        tokens, mask = padded([prompts[place] for place in batch], [answers[place] for place in batch])
        logits = model(input_ids=tokens, use_cache=False).logits[:, :-1]
        targets = tokens.masked_fill(~mask, IGNORED)[:, 1:]
        cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval()


@torch.no_grad()
def sampled(
    model: LlamaForCausalLM, requests: Sequence[Request], *, seed: int, batch: int = 400
) -> list[Answer]:
    """One answer a request, drawn at temperature 1, with its end where it has one."""
    prompts = [prompt_tokens(request) for request in requests]
    answers: list[Answer] = []
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        for start in range(0, len(prompts), batch):
            answers += _sample(model, prompts[start : start + batch])
    return answers


def _sample(model: LlamaForCausalLM, prompts: Sequence[Sequence[int]]) -> list[Answer]:
    longest = max(map(len, prompts))
    left_padded = torch.tensor([[PAD] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    drawn = model.generate(
        left_padded,
        attention_mask=(left_padded != PAD).long(),
        do_sample=True,
        temperature=1.0,
        top_k=0,
        max_new_tokens=LONGEST_ANSWER,
    )
    rows = drawn[:, longest:].tolist()
    return [tuple(row[: row.index(END) + 1] if END in row else row) for row in rows]
