"""AdamW and gradient clipping over R runs at once, each with its own learning rate."""

import torch
from torch import Tensor

ADAM_EPS = 1e-8


def clip_by_norm(gradient: Tensor, limit: float) -> Tensor:
    """Each row of [R, P] scaled down to norm `limit` where it is longer."""
    norm = gradient.pow(2).sum(1, keepdim=True).sqrt()
    return gradient * (limit / norm.clamp(min=limit))


def adamw_(
    parameters: Tensor,
    first: Tensor,
    second: Tensor,
    gradient: Tensor,
    *,
    lr: Tensor,
    decay: Tensor,
    beta1: float,
    beta2: float,
    correction1: Tensor,
    correction2: Tensor,
) -> None:
    """One AdamW step in place (Loshchilov and Hutter 2019, arXiv:1711.05101).

    parameters, first, second, gradient: [R, P]; lr: [R, 1]; decay: [P], the decoupled weight decay;
    correction1, correction2: scalars 1 - beta**step.
    """
    first.lerp_(gradient, 1 - beta1)
    second.lerp_(gradient * gradient, 1 - beta2)
    parameters.mul_(1 - lr * decay)
    parameters.sub_(lr * (first / correction1) / (torch.sqrt(second / correction2) + ADAM_EPS))
