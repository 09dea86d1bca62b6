"""DPO and its logistic relatives: -log sigmoid of a difference of log-ratios to the reference."""

from torch import Tensor
from torch.nn.functional import logsigmoid

from tenfold.preference.pairs import check_flip_rate, check_not_negative, check_positive, log_ratios


def dpo(
    policy: Tensor, reference: Tensor | None, lengths: Tensor, *, beta: float, label_smoothing: float = 0.0
) -> Tensor:
    """Direct preference optimization, one value per pair [B] (Rafailov et al. 2023, arXiv:2305.18290, eq. 7).

    -log sigmoid(u),  u = beta (r+ - r-),  r = log policy - log reference, summed over the tokens.
    Gradient: d/d log policy(y+) = -beta sigmoid(-u), the opposite for y-; it does not see the length but
    through u, which grows with it.

    policy, reference: summed log-probs [2, B], row 0 chosen; reference None: none.  lengths: tokens [2, B].
    label_smoothing: the conservative form (Mitchell, "A note on DPO with noisy preferences", eq. 3), a
    mixture with the loss of the swapped pair; TRL had it until it kept label_smoothing for other losses.
    Raises ValueError.
    """
    check_positive("beta", beta)
    chosen, rejected = log_ratios(policy, reference, lengths)
    return smoothed_logistic(beta * (chosen - rejected), label_smoothing)


def ln_dpo(
    policy: Tensor, reference: Tensor | None, lengths: Tensor, *, beta: float, label_smoothing: float = 0.0
) -> Tensor:
    """Length-normalised DPO, one value per pair [B] (Ahrabian et al. 2024, arXiv:2407.15229).

    -log sigmoid(u),  u = beta (r+ / |y+| - r- / |y-|): policy and reference are averaged over the tokens.
    Gradient: d/d log policy(y) = -+ beta sigmoid(-u) / |y|.  TRL calls it sigmoid_norm, open-instruct
    dpo_norm.  beta acts on a margin per token: comparable values are DPO's times a typical length.

    policy, reference: summed log-probs [2, B], row 0 chosen; reference None: none, which is SimPO without
    margin.  lengths: tokens [2, B].  label_smoothing: as in `dpo`.  Raises ValueError.
    """
    check_positive("beta", beta)
    chosen, rejected = log_ratios(policy, reference, lengths, per_token=True)
    return smoothed_logistic(beta * (chosen - rejected), label_smoothing)


def rdpo(policy: Tensor, reference: Tensor | None, lengths: Tensor, *, beta: float, alpha: float) -> Tensor:
    """Length-regularised DPO, one value per pair [B] (Park et al. 2024, arXiv:2403.19159).

    -log sigmoid(u),  u = beta (r+ - r-) + alpha (|y+| - |y-|): DPO for the reward minus alpha a token. The
    sign follows from it: reward = beta r + alpha |y| + a constant, so a longer chosen completion explains
    part of the preference and the pair pulls less. Where others write a minus, alpha is the negative one.
    Gradient: d/d log policy(y) = -+ beta sigmoid(-u).

    policy, reference: summed log-probs [2, B], row 0 chosen; reference None: none.  lengths: tokens [2, B].
    alpha: price of a token, at least 0; 0 is DPO.  Raises ValueError.
    """
    check_positive("beta", beta)
    check_not_negative("alpha", alpha)
    chosen, rejected = log_ratios(policy, reference, lengths)
    return -logsigmoid(beta * (chosen - rejected) + alpha * (lengths[0] - lengths[1]).to(policy.dtype))


def robust_dpo(
    policy: Tensor, reference: Tensor | None, lengths: Tensor, *, beta: float, eps: float
) -> Tensor:
    """Provably robust DPO, one value per pair [B] (Chowdhury et al. 2024, arXiv:2403.00409).

    ((1 - eps) l(u) - eps l(-u)) / (1 - 2 eps),  l(u) = -log sigmoid(u),  u as in `dpo`: its mean over labels
    that are swapped with probability eps is DPO's loss on the true labels. It can be negative.
    Gradient: d/d log policy(y) = -+ beta (sigmoid(-u) + eps / (1 - 2 eps)), which never vanishes for eps > 0.
    TRL: loss_type robust, where eps is label_smoothing; unlike smoothing, the swapped loss is subtracted.

    policy, reference: summed log-probs [2, B], row 0 chosen; reference None: none.  lengths: tokens [2, B].
    Raises ValueError.
    """
    check_positive("beta", beta)
    check_flip_rate("eps", eps)
    chosen, rejected = log_ratios(policy, reference, lengths)
    u = beta * (chosen - rejected)
    return -((1 - eps) * logsigmoid(u) - eps * logsigmoid(-u)) / (1 - 2 * eps)


def smoothed_logistic(u: Tensor, label_smoothing: float) -> Tensor:
    """-(1 - eps) log sigmoid(u) - eps log sigmoid(-u), eps the label smoothing. Raises ValueError."""
    check_flip_rate("label_smoothing", label_smoothing)
    if label_smoothing == 0:
        return -logsigmoid(u)
    return -(1 - label_smoothing) * logsigmoid(u) - label_smoothing * logsigmoid(-u)
