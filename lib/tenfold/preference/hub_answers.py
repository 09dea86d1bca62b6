"""Answers of a Hugging Face model: drawn, judged by another model, and its distance from another on them."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import kl_div, log_softmax
from transformers import BatchEncoding, GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

from tenfold.preference.logprobs import output_weight

Tokens = Sequence[Sequence[int]]


@torch.no_grad()
def sample_answers(
    model: PreTrainedModel,
    prompts: Tokens,
    *,
    ends: Sequence[int],
    longest: int,
    temperature: float,
    seed: int,
    batch: int,
) -> list[list[int]]:
    """One answer a prompt, drawn from the whole vocabulary; cut off after `longest` tokens.

    ends: tokens that end an answer, part of it.  temperature: 0 takes the likeliest token each time.  The
    model's own settings of generation are not used.
    """
    sampling = {"temperature": temperature, "top_k": 0} if temperature else {}
    settings = GenerationConfig(
        do_sample=bool(sampling),
        max_new_tokens=longest,
        eos_token_id=list(ends),
        pad_token_id=ends[0],
        **sampling,
    )
    own, model.generation_config = model.generation_config, settings
    answers: list[list[int]] = []
    try:
        with torch.random.fork_rng(devices=_devices(model)):
            torch.manual_seed(seed)
            for start in range(0, len(prompts), batch):
                some = prompts[start : start + batch]
                width = max(map(len, some))
                tokens = torch.tensor([[ends[0]] * (width - len(prompt)) + list(prompt) for prompt in some])
                there = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in some])
                drawn = model.generate(tokens.to(model.device), attention_mask=there.to(model.device))
                answers += [_ended(row, ends) for row in drawn[:, width:].tolist()]
    finally:
        model.generation_config = own
    return answers


@torch.no_grad()
def token_kl(
    policy: PreTrainedModel,
    reference: PreTrainedModel,
    prompts: Tokens,
    answers: Tokens,
    *,
    batch: int,
    chunk: int = 2**24,
) -> Tensor:
    """KL(policy || reference) of every answer, [N], in nats: exact at each token, summed over tokens.

    chunk: logits of a model held at once, at least one token's. Raises ValueError as `output_weight` does.
    """
    weights = [output_weight(model) for model in (policy, reference)]
    rows = max(1, chunk // len(weights[0]))
    kl = torch.zeros(len(prompts))
    for start in range(0, len(prompts), batch):
        texts = list(zip(prompts[start : start + batch], answers[start : start + batch], strict=True))
        tokens = _right_padded([[*prompt, *answer] for prompt, answer in texts]).to(policy.device)
        row = torch.tensor([place for place, (_, answer) in enumerate(texts) for _ in answer])
        # The token at position t is predicted at t - 1.
        position = torch.tensor([len(prompt) - 1 + t for prompt, answer in texts for t in range(len(answer))])
        hidden = [
            model.base_model(input_ids=tokens, use_cache=False).last_hidden_state[row, position]
            for model in (policy, reference)
        ]
        for i in range(0, len(row), rows):
            ours, theirs = (
                log_softmax((states[i : i + rows] @ weight.T).float(), -1)
                for states, weight in zip(hidden, weights, strict=True)
            )
            of_tokens = kl_div(theirs, ours, reduction="none", log_target=True).sum(-1).cpu()
            kl.index_add_(0, start + row[i : i + rows], of_tokens)
    return kl


@torch.no_grad()
def judge_logits(
    judge: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    answers: Sequence[str],
    *,
    batch: int,
) -> Tensor:
    """Logits [N, labels] of a judge: of a dialogue where it has a chat template, else of a pair of texts."""
    logits = []
    for start in range(0, len(prompts), batch):
        inputs = judge_inputs(tokenizer, prompts[start : start + batch], answers[start : start + batch])
        logits.append(judge(**inputs.to(judge.device)).logits.float().cpu())
    return torch.cat(logits)


def judge_inputs(
    tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], answers: Sequence[str]
) -> BatchEncoding:
    """What a judge reads, padded to one length."""
    if tokenizer.chat_template is None:
        return tokenizer(list(prompts), list(answers), padding=True, return_tensors="pt")
    dialogues = [
        [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
        for prompt, answer in zip(prompts, answers, strict=True)
    ]
    return tokenizer.apply_chat_template(dialogues, padding=True, return_dict=True, return_tensors="pt")


def _right_padded(texts: Tokens) -> Tensor:
    """Tokens [N, T]; what stands behind a text does not change a causal model's states in it."""
    width = max(map(len, texts))
    return torch.tensor([[*text, *[0] * (width - len(text))] for text in texts])


def _ended(row: list[int], ends: Sequence[int]) -> list[int]:
    return row[: next((place for place, token in enumerate(row, 1) if token in ends), len(row))]


def _devices(model: PreTrainedModel) -> list[torch.device]:
    return [model.device] if model.device.type == "cuda" else []
