"""ORPO: supervised training with an odds-ratio penalty, without a reference."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from tenfold.preference.likelihood import Tokens, chosen_nll
from tenfold.preference.pairs import check_not_negative, check_positive, log_ratios


def orpo(
    policy: Tensor,
    reference: None,
    lengths: Tensor,
    *,
    beta: float,
    nll_weight: float = 1.0,
    nll: Tokens = "mean",
    per_token: bool = True,
) -> Tensor:
    """Odds-ratio preference optimization, one value per pair [B] (Hong et al. 2024, arXiv:2403.07691, eq. 6).

    nll_weight NLL(y+) - beta log sigmoid(u),  u = log odds(y+) - log odds(y-),  odds = P / (1 - P),
    log P = log policy / |y|, the mean over the tokens (eq. 3).  beta is the paper's lambda, as in TRL.
    Gradient: d/d log policy(y) = -+ beta sigmoid(-u) / (|y| (1 - P(y))), for y+ also - nll_weight / n,
    where n is what the likelihood is divided by.

    policy: summed log-probs [2, B], row 0 chosen.  reference: None, there is no form with one.
    lengths: tokens [2, B].  nll: the paper's is the "mean"; TRL's ORPOTrainer takes the mean over the "batch"
    and counts the tokens of the prompt too.  per_token: False takes the odds of whole completions, which are
    their probabilities but for the shortest.  P above 1 - eps of the dtype counts as 1 - eps, so that
    the loss of a certain rejected completion stays finite.  Raises ValueError.
    """
    check_positive("beta", beta)
    check_not_negative("nll_weight", nll_weight)
    if reference is not None:
        raise ValueError("reference is given; allowed: None, odds are those of the policy alone")
    chosen, rejected = (log_odds(p) for p in log_ratios(policy, None, lengths, per_token=per_token))
    return nll_weight * chosen_nll(policy, lengths, tokens=nll) - beta * logsigmoid(chosen - rejected)


def log_odds(logp: Tensor) -> Tensor:
    """log(p / (1 - p)) of log p, which is at most 0; finite, with finite gradients."""
    # At most -eps; subtracted, not clamped, so that the gradient passes.
    logp = logp - (logp.detach() + torch.finfo(logp.dtype).eps).clamp(min=0)
    # log(1 - p) loses its digits in one form near p = 1, in the other near p = 0 (Maechler 2012).
    near_one = logp > -math.log(2)
    return logp - torch.where(near_one, torch.log(-torch.expm1(logp)), torch.log1p(-torch.exp(logp)))
