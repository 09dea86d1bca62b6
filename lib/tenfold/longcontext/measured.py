"""What a wrapped model answers and predicts, by distance of the evidence, and what its heads see."""

import torch
from torch import Tensor
from torch.nn import functional as F

from tenfold.lm.recall import FIRST_ANSWER, FIRST_FILLER, TAIL
from tenfold.longcontext.haystack import Haystack
from tenfold.longcontext.joint_attention import top_hits
from tenfold.longcontext.knn_attention import KnnAttention

ASKED = slice(-TAIL, None, 2)
"""Where the questions stand."""


def ages(texts: Haystack) -> Tensor:
    """How many tokens before the end of its text each fact stands, [B, QUESTIONS]."""
    return texts.tokens.shape[1] - texts.facts


def age_bins(window: int) -> dict[str, tuple[int, int]]:
    """Names of distances in windows, and the ages (low, high] they hold."""
    return {
        "1": (0, window),
        "2": (window, 2 * window),
        "4": (2 * window, 4 * window),
        "8": (4 * window, 8 * window),
    }


@torch.no_grad()
def answers(knn: KnnAttention, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Whether the likeliest answer is right, bool [B, QUESTIONS], and the loss of the right one, in nats.

    The last window is the local context; the loss is over the possible answers.
    """
    start = tokens.shape[1] - min(knn.settings.window, tokens.shape[1])
    logits = knn.window_logits(tokens, [start], TAIL)[:, 0, ASKED, FIRST_ANSWER:FIRST_FILLER]
    target = tokens[:, -TAIL + 1 :: 2] - FIRST_ANSWER
    return logits.argmax(-1) == target, F.cross_entropy(logits.mT, target, reduction="none")


@torch.no_grad()
def word_losses(knn: KnnAttention, texts: Haystack, last: int) -> Tensor:
    """Losses of the words among the last `last` targets, in nats, [B, last]; nan elsewhere."""
    start = texts.tokens.shape[1] - min(knn.settings.window, texts.tokens.shape[1])
    logits = knn.window_logits(texts.tokens, [start], last)[:, 0]
    target = texts.targets[:, -last:]
    words = target >= FIRST_FILLER
    loss = F.cross_entropy(logits.mT, target.where(words, 0), reduction="none")
    return loss.where(words, torch.nan)


@torch.no_grad()
def head_measures(knn: KnnAttention, tokens: Tensor, ks: tuple[int, ...]) -> dict[str, float]:
    """Per layer and head, of the last window's attention to the whole memory; means over texts and queries.

    "mass.K.LAYER.HEAD": share of the weight on stored states that its K largest hold; "asked.K.LAYER.HEAD"
    the same for the questions alone.  "overlap.K.LAYER.HEAD": share of the K states that search without
    rotation takes for the questions which the published rule takes too.  "far.LAYER.HEAD": share of all
    weight that lies on stored states.
    """
    seen: dict[int, dict[str, Tensor]] = {}
    for number, memory in enumerate(knn.memories):
        memory.observe = seen.setdefault(number, {}).__setitem__
    try:
        knn.window_logits(tokens, [tokens.shape[1] - knn.settings.window], 1)
    finally:
        for memory in knn.memories:
            memory.observe = None
    measures = {}
    for layer, found in seen.items():
        if not found:
            continue
        stored = found["scores"].shape[-1]
        far = found["weights"][..., :stored]
        total = far.sum(-1)
        for head in range(far.shape[2]):
            measures[f"far.{layer}.{head}"] = total[:, :, head].mean().item()
        for k in ks:
            mass = far.topk(k, dim=-1).values.sum(-1) / total.clamp(min=1e-12)
            free = top_hits(found["free"], found["allowed"], k)
            published = top_hits(found["published"], found["allowed"], k)
            overlap = ((free & published).sum(-1) / k)[..., ASKED]
            for head in range(far.shape[2]):
                measures[f"mass.{k}.{layer}.{head}"] = mass[:, :, head].mean().item()
                measures[f"asked.{k}.{layer}.{head}"] = mass[:, :, head, ASKED].mean().item()
                measures[f"overlap.{k}.{layer}.{head}"] = overlap[:, :, head].mean().item()
    return measures
