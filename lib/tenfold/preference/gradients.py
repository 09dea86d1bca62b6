"""How hard a loss pulls at each completion."""

import torch
from torch import Tensor

from tenfold.preference.registry import PairLoss


def gradient_weights(
    loss: PairLoss, policy: Tensor, reference: Tensor | None, lengths: Tensor, **arguments: object
) -> Tensor:
    """-d loss / d log policy of every completion, [2, B]: positive where the loss raises its probability.

    The gradient of a pair's loss in the parameters is minus the sum over its two completions of this weight
    times the gradient of the completion's summed log-prob. arguments: those of the loss. Raises ValueError.
    """
    policy = policy.detach().requires_grad_()
    with torch.enable_grad():
        total = loss(policy, reference, lengths, **arguments).sum()
    return -torch.autograd.grad(total, policy)[0]
