"""Small Llama decoders for worlds of about a hundred words at most: a new one, training on answers, sampling.

In every such world the words `PAD` and `END` come first.
"""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax
from transformers import LlamaConfig, LlamaForCausalLM

PAD, END = 0, 1
BATCH, WARMUP = 32, 0.1
IGNORED = -100

Tokens = Sequence[Sequence[int]]
"""Token ids of prompts or of answers."""


def new_decoder(words: int, *, seed: int) -> LlamaForCausalLM:
    """An untrained decoder of so many words: d_model 64, 2 layers, 4 heads."""
    config = LlamaConfig(
        vocab_size=words,
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


def train_on_answers(
    model: LlamaForCausalLM, prompts: Tokens, answers: Tokens, *, lr: float, fused: bool = True
) -> LlamaForCausalLM:
    """The model itself, after it has seen these answers once, as they come, in batches of 32.

    The loss is that of the answers' tokens; AdamW, one-cycle schedule with its peak at `lr`.
    fused: PyTorch's fused AdamW, which rounds otherwise than the plain one.
    """
    starts = range(0, len(prompts), BATCH)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.01, fused=fused
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=len(starts), pct_start=WARMUP)
    model.train()
    for start in starts:
        tokens, mask = padded(prompts[start : start + BATCH], answers[start : start + BATCH])
        logits = model(input_ids=tokens, use_cache=False).logits[:, :-1]
        targets = tokens.masked_fill(~mask, IGNORED)[:, 1:]
        cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval()


def tuned_on_answers(
    model: LlamaForCausalLM,
    prompts: Tokens,
    answers: Tokens,
    *,
    steps: int,
    lr: float,
    rng: np.random.Generator,
) -> LlamaForCausalLM:
    """A copy after `steps` batches of 32 of these answers, in passes of new random order.

    steps: not 10, where PyTorch's one-cycle schedule, warming up for a tenth of them, divides by zero.
    """
    passes = -(-steps * BATCH // len(prompts))
    order = np.concatenate([rng.permutation(len(prompts)) for _ in range(passes)])[: steps * BATCH]
    return train_on_answers(
        copy.deepcopy(model), [prompts[place] for place in order], [answers[place] for place in order], lr=lr
    )


def padded(prompts: Tokens, answers: Tokens) -> tuple[Tensor, Tensor]:
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
def sampled_answers(
    model: LlamaForCausalLM, prompts: Tokens, *, longest: int, seed: int, batch: int = 400
) -> list[list[int]]:
    """One answer a prompt, drawn at temperature 1, with its end; cut off after `longest` tokens."""
    answers: list[list[int]] = []
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        for start in range(0, len(prompts), batch):
            answers += _sampled(model, prompts[start : start + batch], longest)
    return answers


def _sampled(model: LlamaForCausalLM, prompts: Tokens, longest: int) -> list[list[int]]:
    width = max(map(len, prompts))
    left_padded = torch.tensor([[PAD] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    drawn = model.generate(
        left_padded,
        attention_mask=(left_padded != PAD).long(),
        do_sample=True,
        temperature=1.0,
        top_k=0,
        max_new_tokens=longest,
    )
    rows = drawn[:, width:].tolist()
    return [row[: row.index(END) + 1] if END in row else row for row in rows]


@torch.no_grad()
def token_kl(
    policy: LlamaForCausalLM, reference: LlamaForCausalLM, prompts: Tokens, answers: Tokens
) -> Tensor:
    """KL(policy || reference) of every answer, [N], in nats: exact at each token, summed over tokens."""
    tokens, mask = padded(prompts, answers)
    ours, theirs = (
        log_softmax(model(input_ids=tokens, use_cache=False).logits[:, :-1], -1)
        for model in (policy, reference)
    )
    kl = kl_div(theirs, ours, reduction="none", log_target=True).sum(-1)
    return (kl * mask[:, 1:]).sum(1)
