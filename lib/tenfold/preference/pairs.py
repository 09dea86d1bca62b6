"""What every loss of pairs starts from: checked log-probabilities and their ratios to a reference."""

import math

import torch
from torch import Tensor

# Rounding of log_softmax in float32 can leave a certain token slightly above 0, so much a token at most.
ROUNDING = 1e-5


def log_ratios(
    policy: Tensor, reference: Tensor | None, lengths: Tensor, *, per_token: bool = False
) -> tuple[Tensor, Tensor]:
    """log(policy / reference) of the chosen and of the rejected completions, [B] each.

    policy, reference: summed log-probs, [2, B], row 0 chosen, row 1 rejected; reference None: no reference,
    the log-probs themselves.  lengths: tokens of the completions, [2, B].  per_token: divided by the length.
    Raises ValueError.
    """
    if policy.dim() != 2 or policy.shape[0] != 2 or policy.shape[1] == 0:
        raise ValueError(
            f"policy has shape {list(policy.shape)}; allowed: [2, B] with B of at least 1, row 0 the chosen, "
            "row 1 the rejected completions"
        )
    check_logprobs("policy", policy, lengths)
    ratios = policy
    if reference is not None:
        check_logprobs("reference", reference, lengths)
        ratios = policy - reference
    if per_token:
        ratios = ratios / lengths
    return ratios[0], ratios[1]


def check_logprobs(name: str, logprobs: Tensor, lengths: Tensor) -> None:
    """Refuse what is no summed log-probability of completions of these lengths. Raises ValueError."""
    if logprobs.shape != lengths.shape:
        raise ValueError(
            f"{name} has shape {list(logprobs.shape)}, lengths {list(lengths.shape)}; they must be equal"
        )
    if logprobs.dtype not in (torch.float32, torch.float64):
        raise ValueError(
            f"{name} is {logprobs.dtype}; allowed: torch.float32, torch.float64; sum log-probs in float32, a "
            "difference of sums in half precision is mostly rounding"
        )
    empty = lengths < 1
    if empty.any():
        raise ValueError(
            f"lengths is {_first(lengths, empty)}; allowed: at least 1; leave empty completions out"
        )
    # Written so that nan fails too.
    wrong = ~((logprobs <= ROUNDING * lengths) & logprobs.isfinite())
    if wrong.any():
        raise ValueError(
            f"{name} is {_first(logprobs, wrong)}; allowed: finite, at most 0; sum log_softmax over the "
            "tokens of a completion, not logits or probabilities"
        )


def check_positive(name: str, value: float) -> None:
    """Raises ValueError unless value is a finite number above 0."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} is {value}; allowed: a finite number above 0")


def check_not_negative(name: str, value: float) -> None:
    """Raises ValueError unless value is a finite number of at least 0."""
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is {value}; allowed: a finite number of at least 0")


def check_flip_rate(name: str, value: float) -> None:
    """Raises ValueError unless value is a share of flipped labels that leaves something to learn."""
    if not 0 <= value < 0.5:
        raise ValueError(f"{name} is {value}; allowed: 0 <= {name} < 0.5, the share of swapped labels")


def _first(values: Tensor, where: Tensor) -> str:
    index = tuple(where.nonzero()[0].tolist())
    return f"{values[index].item():g} at {list(index)}"
