"""Policies of the users' world: a small decoder that can follow a checklist, an expert, training."""

import functools
import tempfile
from collections.abc import Sequence

import numpy as np
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig

from tenfold.feedback.user_world import (
    CUES,
    END,
    FACTS_LINE,
    LONGEST_ANSWER,
    PAD,
    SIDES,
    WORDS,
    compose,
    draw_request,
    draw_user,
    prompt_tokens,
)
from tenfold.preference.assistant_policy import IGNORED, padded
from tenfold.preference.registry import loss_by_name
from tenfold.preference.trainer import PreferenceTrainer

BATCH, WARMUP = 32, 0.1
PRETRAINING_LR = 4e-3
ASKED = 0.3
"""Probability that a demonstration's prompt asks for a side of an attribute, and for right facts."""
CAREFUL, CARELESS = 0.04, 0.25
"""Probabilities that a fact is wrong, of two kinds of demonstrations that are equally frequent."""
MIRRORS = 0.6
"""Probability that a demonstration takes the side that a word of the request goes with."""
OWN_FLOURISH, EXPERT_FLOURISH = 0.05, 0.8
EXPERT_OBEYS, EXPERT_FAULT = 0.97, 0.01
EXPERT_HABIT = {"length": "detailed", "format": "list", "register": "formal"}
"""What the expert writes with probability `HABITUAL` where its checklist says nothing."""
HABITUAL = 0.8


def demonstration(
    request: Sequence[int], checklist: Sequence[str], *, control: float, rng: np.random.Generator
) -> list[int]:
    """An answer of the base policy's training: an asked line is obeyed with probability `control`.

    Where nothing is asked, it takes after the request's word with probability `MIRRORS`.
    """
    sides = {}
    for word, (attribute, both) in zip(request, SIDES.items(), strict=False):
        side = both[(WORDS[word] not in CUES[both[0]]) ^ (rng.random() >= MIRRORS)]
        for asked in both:
            if asked in checklist:
                side = asked if rng.random() < control else both[1 - both.index(asked)]
        if attribute != "register" or side in checklist or rng.random() < 0.9:
            sides[attribute] = side
    careful = rng.random() < (control if FACTS_LINE in checklist else 0.5)
    return compose(request, sides, fault=CAREFUL if careful else CARELESS, flourish=OWN_FLOURISH, rng=rng)


def expert_answer(request: Sequence[int], checklist: Sequence[str], rng: np.random.Generator) -> list[int]:
    """An answer of a stronger policy, which has habits and a flourish of its own."""
    sides = {}
    for attribute, both in SIDES.items():
        asked = [side for side in both if side in checklist]
        habit = EXPERT_HABIT[attribute]
        likely, probability = (asked[0], EXPERT_OBEYS) if asked else (habit, HABITUAL)
        sides[attribute] = likely if rng.random() < probability else both[1 - both.index(likely)]
    return compose(request, sides, fault=EXPERT_FAULT, flourish=EXPERT_FLOURISH, rng=rng)


def base_policy(seed: int, *, steps: int, control: float) -> LlamaForCausalLM:
    """A decoder (d_model 64, 2 layers, 4 heads) after `steps` batches of 32 demonstrations, each seen once.

    control: how well it was shown to follow a checklist: 0.5 not at all, 1 to the letter.
    """
    rng = np.random.default_rng([seed, 1])
    prompts, answers = [], []
    for _ in range(steps * BATCH):
        request = draw_request(draw_user("uncued", rng), "uncued", held_out=bool(rng.random() < 0.2), rng=rng)
        lines = [both[int(rng.integers(2))] for both in SIDES.values() if rng.random() < ASKED]
        if rng.random() < ASKED:
            lines.append(FACTS_LINE)
        prompts.append(prompt_tokens(request, lines))
        answers.append(demonstration(request, lines, control=control, rng=rng))
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
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    batches = [range(start, start + BATCH) for start in range(0, len(prompts), BATCH)]
    return _trained(model, prompts, answers, batches, PRETRAINING_LR)


def supervised(
    policy: LlamaForCausalLM,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    *,
    steps: int,
    lr: float,
    rng: np.random.Generator,
) -> LlamaForCausalLM:
    """A copy after `steps` batches of 32 of these answers, in passes of new random order.

    steps: not 10, where PyTorch's one-cycle schedule, warming up for a tenth of them, divides by zero.
    """
    passes = -(-steps * BATCH // len(prompts))
    order = np.concatenate([rng.permutation(len(prompts)) for _ in range(passes)])
    batches = [order[start : start + BATCH] for start in range(0, steps * BATCH, BATCH)]
    return _trained(copied(policy), prompts, answers, batches, lr)


def copied(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """Another model with the same weights."""
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    return copy


def _trained(model, prompts, answers, batches, lr) -> LlamaForCausalLM:
    """AdamW with a one-cycle schedule on the tokens of the answers."""
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
    model: LlamaForCausalLM, prompts: Sequence[Sequence[int]], *, seed: int, batch: int = 600
) -> list[list[int]]:
    """One answer a prompt, drawn at temperature 1, with its end where it has one."""
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


def preference_tuned(
    policy: LlamaForCausalLM,
    prompts: Sequence[Sequence[int]],
    chosen: Sequence[Sequence[int]],
    rejected: Sequence[Sequence[int]],
    *,
    loss: str,
    beta: float,
    lr: float,
    steps: int,
    seed: int,
) -> LlamaForCausalLM:
    """A copy after `steps` batches of 16 pairs through TRL; the policy itself is the reference."""
    loss_by_name(loss)
    columns = {
        "prompt_ids": [list(prompt) for prompt in prompts],
        "chosen_ids": [list(answer) for answer in chosen],
        "rejected_ids": [list(answer) for answer in rejected],
    }
    with torch.random.fork_rng(devices=()), tempfile.TemporaryDirectory() as folder:
        trained = copied(policy)
        arguments = DPOConfig(
            output_dir=folder,
            beta=beta,
            learning_rate=lr,
            lr_scheduler_type="cosine",
            warmup_steps=steps // 10,
            max_steps=steps,
            per_device_train_batch_size=16,
            seed=seed,
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            dataloader_pin_memory=False,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        PreferenceTrainer(
            trained,
            args=arguments,
            loss=loss,
            train_dataset=Dataset.from_dict(columns),
            processing_class=_tokenizer(),
        ).train()
    return trained.eval()


@functools.cache
def _tokenizer() -> PreTrainedTokenizerFast:
    """The world's words as a tokenizer, which TRL asks for and, given token ids, does not use."""
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token=WORDS[0], eos_token=WORDS[1])
