"""Log-probabilities of completions without the float32 logits of the whole batch.

The plain way holds [tokens, vocabulary] logits, their log_softmax and its gradient at once. Here only the
tokens that are scored are projected, a few at a time, and projected again in the backward pass.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_CHANGES_LOGITS = (
    "final_logit_softcapping",
    "logit_scale",
    "logits_scaling",
    "lm_head_multiplier",
    "output_multiplier",
)


def completion_logprobs(
    hidden: Tensor, weight: Tensor, tokens: Tensor, mask: Tensor, *, chunk: int = 2**24
) -> Tensor:
    """Summed log-probs of the completions, [B], float32 (float64 for float64 input).

    hidden: last hidden states [B, T, d]; position t predicts token t + 1.  weight: output embedding [V, d],
    of the same dtype.  tokens: [B, T].  mask: bool [B, T], true for the tokens of the completion, which are
    scored; a row without any gives 0.  chunk: logits held at once, at least one token's.
    Differentiable once, in hidden and weight. Raises ValueError.
    """
    if hidden.dim() != 3 or tokens.shape != hidden.shape[:2] or mask.shape != tokens.shape:
        raise ValueError(
            f"hidden has shape {list(hidden.shape)}, tokens {list(tokens.shape)}, mask {list(mask.shape)}; "
            "allowed: [B, T, d], [B, T], [B, T]"
        )
    if weight.dim() != 2 or weight.shape[1] != hidden.shape[2] or weight.dtype != hidden.dtype:
        raise ValueError(
            f"weight is {weight.dtype} {list(weight.shape)}; allowed: {hidden.dtype} [V, {hidden.shape[2]}], "
            "as hidden is"
        )
    if chunk < 1:
        raise ValueError(f"chunk is {chunk}; allowed: at least 1")
    row, position = _scored(mask).nonzero(as_tuple=True)
    targets = tokens[row, position + 1]
    if targets.numel() and not 0 <= targets.min() <= targets.max() < len(weight):
        raise ValueError(
            f"tokens of the completions run from {targets.min()} to {targets.max()}; allowed: 0 to "
            f"{len(weight) - 1}, the rows of weight"
        )
    rows = max(1, chunk // len(weight))
    logprobs = _ChunkedLogProbs.apply(hidden[row, position], weight, targets, rows)
    return logprobs.new_zeros(len(tokens)).index_add(0, row, logprobs)


def completion_lengths(mask: Tensor) -> Tensor:
    """Number of scored tokens of each row of a completion mask [B, T], [B]. Raises ValueError."""
    return _scored(mask).sum(1)


def model_completion_logprobs(
    model: Any, tokens: Tensor, mask: Tensor, *, attention_mask: Tensor | None = None, chunk: int = 2**24
) -> Tensor:
    """`completion_logprobs` of a Hugging Face causal language model, [B].

    attention_mask: [B, T], needed where texts are padded on the left. Raises ValueError, also as
    `output_weight` does.
    """
    weight = output_weight(model)
    hidden = model.base_model(input_ids=tokens, attention_mask=attention_mask, use_cache=False)
    return completion_logprobs(hidden.last_hidden_state, weight, tokens, mask, chunk=chunk)


def output_weight(model: Any) -> Tensor:
    """Output embedding [V, d] of a Hugging Face causal language model.

    Raises ValueError where the logits are not this matrix times the last hidden state.
    """
    head, config = model.get_output_embeddings(), model.config.get_text_config()
    changed = [name for name in _CHANGES_LOGITS if getattr(config, name, None) not in (None, 1.0)]
    if getattr(head, "bias", None) is not None:
        changed.append("bias of the output embedding")
    if changed:
        raise ValueError(
            f"model changes its logits by {', '.join(changed)}; allowed: logits that are output embedding "
            "times hidden state; take log_softmax of its logits instead"
        )
    return head.weight


def _scored(mask: Tensor) -> Tensor:
    """mask of the tokens [B, T] -> mask of the positions that predict them [B, T - 1]."""
    if mask.dtype != torch.bool:
        raise ValueError(f"mask is {mask.dtype}; allowed: torch.bool")
    if mask[:, :1].any():
        raise ValueError("mask is true for the first token; nothing predicts it: put a token before it")
    return mask[:, 1:]


class _ChunkedLogProbs(torch.autograd.Function):
    """log softmax(hidden @ weight.T)[target]; hidden [N, d], weight [V, d], targets [N] -> [N]."""

    @staticmethod
    def forward(ctx, hidden: Tensor, weight: Tensor, targets: Tensor, rows: int) -> Tensor:
        exact = torch.promote_types(hidden.dtype, torch.float32)
        chosen, normaliser = (hidden.new_empty(len(hidden), dtype=exact) for _ in range(2))
        with torch.autocast(hidden.device.type, enabled=False):
            for i in range(0, len(hidden), rows):
                logits = (hidden[i : i + rows] @ weight.T).to(exact)  # [rows, V]
                chosen[i : i + rows] = logits.gather(1, targets[i : i + rows, None])[:, 0]
                normaliser[i : i + rows] = logits.logsumexp(1)
        ctx.save_for_backward(hidden, weight, targets, normaliser)
        ctx.rows = rows
        return chosen - normaliser

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        hidden, weight, targets, normaliser = ctx.saved_tensors
        of_hidden, of_weight = ctx.needs_input_grad[:2]
        hidden_gradient = torch.empty_like(hidden) if of_hidden else None
        weight_gradient = torch.zeros_like(weight, dtype=normaliser.dtype) if of_weight else None
        for i in range(0, len(hidden), ctx.rows):
            rows = slice(i, i + ctx.rows)
            logits = (hidden[rows] @ weight.T).to(normaliser.dtype)
            # d log p(target) / d logits = onehot(target) - softmax, in place
            d_logits = logits.sub_(normaliser[rows, None]).exp_().mul_(-gradient[rows, None])
            d_logits.scatter_add_(1, targets[rows, None], gradient[rows, None])
            d_logits = d_logits.to(hidden.dtype)
            if hidden_gradient is not None:
                hidden_gradient[rows] = d_logits @ weight
            if weight_gradient is not None and weight.dtype == normaliser.dtype:
                weight_gradient.addmm_(d_logits.T, hidden[rows])
            elif weight_gradient is not None:
                weight_gradient += d_logits.T @ hidden[rows]
        if weight_gradient is not None:
            weight_gradient = weight_gradient.to(weight.dtype)
        return hidden_gradient, weight_gradient, None, None
