"""The likelihood term that CPO and ORPO add to their preference term."""

from typing import Literal, get_args

from torch import Tensor

Tokens = Literal["sum", "mean", "batch"]


def chosen_nll(policy: Tensor, lengths: Tensor, *, tokens: Tokens) -> Tensor:
    """Negative log-likelihood of the chosen completions, one value per pair [B].

    tokens: what a completion's summed log-prob is divided by: "sum" by nothing, "mean" by its length,
    "batch" by the mean length of the batch's chosen completions, so that the mean over pairs is the mean
    over all tokens, as a cross-entropy with its default reduction gives. Raises ValueError.
    """
    if tokens == "sum":
        return -policy[0]
    if tokens == "mean":
        return -policy[0] / lengths[0]
    if tokens == "batch":
        return -policy[0] / lengths[0].to(policy.dtype).mean()
    raise ValueError(f"nll is {tokens!r}; allowed: {', '.join(map(repr, get_args(Tokens)))}")
