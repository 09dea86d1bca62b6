"""KTO: completions that were called good or bad one by one, without pairs."""

import math

import torch
from torch import Tensor

from tenfold.preference.pairs import check_logprobs, check_not_negative, check_positive


def kto(
    policy: Tensor,
    reference: Tensor,
    lengths: Tensor,
    desirable: Tensor,
    *,
    beta: float,
    baseline: float | Tensor,
    desirable_weight: float = 1.0,
    undesirable_weight: float = 1.0,
    per_token: bool = False,
) -> Tensor:
    """Kahneman-Tversky optimization, one value per completion [N] (Ethayarajh et al. 2024, arXiv:2402.01306).

    desirable: w_D (1 - sigmoid(u)),  undesirable: w_U (1 - sigmoid(-u)),  u = beta (r - z0),
    r = log policy - log reference: the paper's lambda_y - v(x, y) with its value function v.
    Gradient: d/d log policy(y) = -w_D beta sigmoid(u) sigmoid(-u), with the other sign and w_U where
    undesirable: completions far from z0 on either side teach nothing.

    policy, reference: summed log-probs [N].  lengths: tokens [N].  desirable: bool [N].  baseline: z0, the
    estimate of KL(policy || reference) of `kto_baseline`; 0 leaves it out, as TRL's apo_zero_unpaired does.
    per_token: r is divided by the length.  Raises ValueError.
    """
    check_positive("beta", beta)
    check_not_negative("baseline", float(baseline))
    check_positive("desirable_weight", desirable_weight)
    check_positive("undesirable_weight", undesirable_weight)
    if desirable.dtype != torch.bool or desirable.shape != policy.shape or policy.dim() != 1:
        raise ValueError(
            f"policy has shape {list(policy.shape)}, desirable {list(desirable.shape)} {desirable.dtype}; "
            "allowed: [N] both, desirable torch.bool"
        )
    check_logprobs("policy", policy, lengths)
    check_logprobs("reference", reference, lengths)
    ratio = (policy - reference) / lengths if per_token else policy - reference
    u = beta * (ratio - baseline)
    return torch.where(desirable, desirable_weight * torch.sigmoid(-u), undesirable_weight * torch.sigmoid(u))


def kto_baseline(policy: Tensor, reference: Tensor) -> Tensor:
    """z0 of `kto`: the mean log-ratio of mismatched prompts and completions, at least 0, without gradient.

    policy, reference: summed log-probs [M] of completions given the prompt of another example. TRL and HALOs
    pair each prompt with the next completion of the same small batch, so their z0 depends on the order of the
    data and on the batch size. Raises ValueError.
    """
    if policy.shape != reference.shape or policy.numel() == 0:
        raise ValueError(
            f"policy has shape {list(policy.shape)}, reference {list(reference.shape)}; they must be equal "
            "and not empty"
        )
    baseline = (policy - reference).detach().mean().clamp(min=0)
    if not math.isfinite(baseline):
        raise ValueError(f"the mean of policy - reference is {baseline}; log-probs must be finite")
    return baseline
