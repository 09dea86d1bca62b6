"""The policies of the assistant world: small Llama decoders, trained on demonstrations, and their answers."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.preference.assistant_world import (
    END,
    FAMILIAR,
    LONGEST_ANSWER,
    PAD,
    SHIFTED,
    SHIFTED_SHARE,
    WORDS,
    demonstration,
    draw_prompts,
)

BATCH, PEAK_LR, WARMUP = 32, 5e-3, 0.1
IGNORED = -100


def new_policy(seed: int) -> LlamaForCausalLM:
    """An untrained decoder: d_model 64, 2 layers, 4 heads, 84,352 parameters."""
    config = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=64,
        tie_word_embeddings=True,
        initializer_range=0.08,
        pad_token_id=PAD,
        eos_token_id=END,
        bos_token_id=None,
    )
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)


def supervised_policy(seed: int, *, steps: int) -> LlamaForCausalLM:
    """A decoder after `steps` batches of 32 demonstrations, each seen once; AdamW, one-cycle schedule."""
    rng = np.random.default_rng([seed, 1])
    shifted = rng.random(steps * BATCH) < SHIFTED_SHARE
    prompts = [draw_prompts(1, SHIFTED if is_shifted else FAMILIAR, rng)[0] for is_shifted in shifted]
    answers = [demonstration(prompt, rng) for prompt in prompts]
    model = new_policy(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_LR, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_LR, total_steps=steps, pct_start=WARMUP)
    for start in range(0, steps * BATCH, BATCH):
        batch = slice(start, start + BATCH)
        tokens, mask = padded(prompts[batch], answers[batch])
        logits = model(input_ids=tokens, use_cache=False).logits[:, :-1]
        targets = tokens.masked_fill(~mask, IGNORED)[:, 1:]
        cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval()


def padded(prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Prompts with answers as tokens [N, T], padded on the right, and the mask [N, T] of the answers."""
    longest = max(len(p) + len(a) for p, a in zip(prompts, answers, strict=True))
    tokens = torch.full((len(prompts), longest), PAD)
    mask = torch.zeros(len(prompts), longest, dtype=torch.bool)
    for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        end = len(prompt) + len(answer)
        tokens[row, :end] = torch.tensor([*prompt, *answer])
        mask[row, len(prompt) : end] = True
    return tokens, mask


@torch.no_grad()
def sample_answers(
    model: LlamaForCausalLM, prompts: Sequence[Sequence[int]], *, seed: int, batch: int = 400
) -> list[list[int]]:
    """One answer a prompt, drawn at temperature 1, with its end; cut off after `LONGEST_ANSWER` tokens."""
    answers: list[list[int]] = []
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        for start in range(0, len(prompts), batch):
            answers += _sample(model, prompts[start : start + batch])
    return answers


def _sample(model: LlamaForCausalLM, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
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
    return [row[: row.index(END) + 1] if END in row else row for row in rows]


@torch.no_grad()
def token_kl(
    policy: LlamaForCausalLM,
    reference: LlamaForCausalLM,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
) -> Tensor:
    """KL(policy || reference) of every answer, [N], in nats: exact at each token, summed over tokens."""
    tokens, mask = padded(prompts, answers)
    ours, theirs = (
        log_softmax(model(input_ids=tokens, use_cache=False).logits[:, :-1], -1)
        for model in (policy, reference)
    )
    kl = kl_div(theirs, ours, reduction="none", log_target=True).sum(-1)
    return (kl * mask[:, 1:]).sum(1)
