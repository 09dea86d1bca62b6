"""IPO: the difference of log-ratios regressed on a fixed margin."""

from torch import Tensor

from tenfold.preference.pairs import check_positive, log_ratios


def ipo(
    policy: Tensor, reference: Tensor | None, lengths: Tensor, *, beta: float, per_token: bool = True
) -> Tensor:
    """Identity preference optimization, one value per pair [B] (Azar et al. 2023, arXiv:2310.12036, eq. 17).

    (h - 1 / (2 beta))^2,  h = r+ - r-,  r = log policy - log reference.  beta is the paper's tau.
    Gradient: d/d log policy(y) = +- 2 (h - 1 / (2 beta)), divided by |y| when per token: it changes its sign
    where the margin is reached.

    policy, reference: summed log-probs [2, B], row 0 chosen; reference None: none.  lengths: tokens [2, B].
    per_token: r is divided by the length, as in TRL, which reports that the authors confirmed it; the paper's
    formula does not say so, False is the sum.  Raises ValueError.
    """
    check_positive("beta", beta)
    chosen, rejected = log_ratios(policy, reference, lengths, per_token=per_token)
    return (chosen - rejected - 1 / (2 * beta)) ** 2
