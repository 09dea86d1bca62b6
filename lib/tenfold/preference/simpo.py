"""SimPO: the mean log-probability of a completion as its reward, with a margin, without a reference."""

import math

from torch import Tensor

from tenfold.preference.logistic import smoothed_logistic
from tenfold.preference.pairs import check_positive, log_ratios


def simpo(
    policy: Tensor,
    reference: Tensor | None,
    lengths: Tensor,
    *,
    beta: float,
    gamma: float,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Simple preference optimization, one value per pair [B] (Meng et al. 2024, arXiv:2405.14734, eq. 6).

    -log sigmoid(u),  u = beta (log policy(y+) / |y+| - log policy(y-) / |y-|) - gamma.
    Gradient: d/d log policy(y) = -+ beta sigmoid(-u) / |y|.
    gamma is the margin of the rewards, as in the paper and in TRL's simpo_gamma; the authors' own code takes
    gamma / beta (gamma_beta_ratio) instead.

    policy: summed log-probs [2, B], row 0 chosen.  reference: None as published; log-probs [2, B] make it
    LN-DPO with a margin.  lengths: tokens [2, B].  label_smoothing: as in `dpo`.  Raises ValueError.
    """
    check_positive("beta", beta)
    if not math.isfinite(gamma):
        raise ValueError(f"gamma is {gamma}; allowed: a finite number")
    chosen, rejected = log_ratios(policy, reference, lengths, per_token=True)
    return smoothed_logistic(beta * (chosen - rejected) - gamma, label_smoothing)
