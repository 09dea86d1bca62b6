"""Hugging Face decoders with S2-Attention, made from a seed and trained: what the runs on them share."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from tenfold.kernels.hugging_face import S2ModelCache, set_s2
from tenfold.kernels.pattern import PatternWarning
from tenfold.lm.decoder import DecoderConfig, initial_parameters
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.schedule import schedule_factor

CURVE_POINTS = 16


def sparse_decoder(
    config: DecoderConfig, attention: Mapping[str, Any], *, seed: int, context: int
) -> PreTrainedModel:
    """An untrained model with attn_implementation="s2".  attention: arguments of `set_s2`; stride 1 is dense.

    Models of one shape and seed start from the same weights, whatever their attention.
    """
    model = to_hugging_face(initial_parameters(config, seed), config, context=context)
    impose(model, attention)
    model.set_attn_implementation("s2")
    return model


def impose(model: PreTrainedModel, attention: Mapping[str, Any]) -> None:
    """Give the model this pattern from now on.  attention: arguments of `set_s2`, which may be incomplete."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PatternWarning)
        set_s2(model.config, **attention)


def train_decoder(
    model: PreTrainedModel,
    batch: Callable[[int], tuple[Tensor, Tensor]],
    *,
    steps: int,
    lr: float,
    warmup: float = 0.05,
    final_lr: float = 0.1,
    weight_decay: float = 0.1,
    betas: tuple[float, float] = (0.9, 0.95),
    clip: float = 1.0,
) -> list[list[float]]:
    """Train in place by AdamW, linear warm-up and cosine decay; the curve [[step, mean loss since], …].

    batch(step): tokens [B, T] and targets [B, T], -100 where nothing is to be predicted.  lr: the peak;
    warmup: share of the steps; final_lr: share of the peak.  Matrices are decayed, gains of norms are not.
    """
    model.train()
    matrices = [p for p in model.parameters() if p.ndim > 1]
    gains = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": gains, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=lr, betas=betas)
    curve, recent, every = [], 0.0, max(1, steps // CURVE_POINTS)
    for step in range(steps):
        factor = schedule_factor(step, steps, schedule="cosine", warmup=warmup, final=final_lr)
        for group in optimizer.param_groups:
            group["lr"] = lr * factor
        tokens, targets = batch(step)
        loss = F.cross_entropy(_logits(model, tokens).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        recent += loss.item()
        if (step + 1) % every == 0:
            curve.append([step + 1, recent / every])
            recent = 0.0
    model.eval()
    return curve


@torch.no_grad()
def masked_logits(model: PreTrainedModel, tokens: Tensor, *, chunk: int = 16) -> Tensor:
    """Logits [W, T, vocab] of texts [W, T] in one forward pass each, `chunk` texts at a time."""
    return torch.cat([_logits(model, part) for part in tokens.split(chunk)])


@torch.no_grad()
def cached_logits(model: PreTrainedModel, tokens: Tensor, *, prefill: int) -> tuple[Tensor, int]:
    """Logits [W, T, vocab] of texts [W, T] decoded token by token, and the bytes that the cache then holds.

    The first `prefill` tokens are read at once.  The cache drops the blocks that the pattern makes dead.
    """
    cache = S2ModelCache(model.config)
    parts = tokens.split([prefill] + [1] * (tokens.shape[1] - prefill), dim=1)
    logits = [model(part, past_key_values=cache, use_cache=True).logits for part in parts]
    return torch.cat(logits, 1), cache.live_bytes


def _logits(model: PreTrainedModel, tokens: Tensor) -> Tensor:
    return model(tokens, use_cache=False).logits
