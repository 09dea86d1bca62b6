"""CPO: DPO against a uniform reference, and the likelihood of what was chosen."""

from torch import Tensor

from tenfold.preference.likelihood import Tokens, chosen_nll
from tenfold.preference.logistic import smoothed_logistic
from tenfold.preference.pairs import check_not_negative, check_positive, log_ratios


def cpo(
    policy: Tensor,
    reference: Tensor | None,
    lengths: Tensor,
    *,
    beta: float,
    nll_weight: float = 1.0,
    nll: Tokens = "mean",
    per_token: bool = False,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Contrastive preference optimization, one value per pair [B] (Xu et al. 2024, arXiv:2401.08417, eq. 3).

    -log sigmoid(u) + nll_weight NLL(y+),  u = beta (log policy(y+) - log policy(y-)), summed over tokens.
    Gradient: d/d log policy(y+) = -beta sigmoid(-u) - nll_weight / n, for y- beta sigmoid(-u), where n is
    what the likelihood is divided by.

    policy: summed log-probs [2, B], row 0 chosen.  reference: None as published; log-probs [2, B] make it DPO
    with a likelihood term.  lengths: tokens [2, B].  nll: the paper writes the "sum"; TRL's CPOTrainer takes
    the mean over the tokens of the "batch" (its cpo_alpha is nll_weight); "mean" weighs all pairs alike.
    per_token: mean log-probs in u, with a likelihood term the mixture known as CPO-SimPO.
    label_smoothing: as in `dpo`.  Raises ValueError.
    """
    check_positive("beta", beta)
    check_not_negative("nll_weight", nll_weight)
    chosen, rejected = log_ratios(policy, reference, lengths, per_token=per_token)
    preference = smoothed_logistic(beta * (chosen - rejected), label_smoothing)
    return preference + nll_weight * chosen_nll(policy, lengths, tokens=nll)
