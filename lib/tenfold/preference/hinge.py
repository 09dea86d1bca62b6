"""The hinge loss on pairs: DPO's support-vector counterpart."""

from torch import Tensor
from torch.nn.functional import relu

from tenfold.preference.pairs import check_positive, log_ratios


def hinge(
    policy: Tensor,
    reference: Tensor | None,
    lengths: Tensor,
    *,
    beta: float,
    margin: float = 1.0,
    per_token: bool = False,
) -> Tensor:
    """Hinge loss, one value per pair [B] (SLiC-HF, arXiv:2305.10425; RSO, Liu et al. 2023, arXiv:2309.06657).

    max(0, margin - beta (r+ - r-)),  r = log policy - log reference.
    Gradient: d/d log policy(y) = -+ beta below the margin, 0 above it.
    With a reference and margin 1 it is RSO's hinge-norm, which TRL's hinge computes; SLiC-HF's calibration
    term has no reference, beta = 1 and its delta as the margin.

    policy, reference: summed log-probs [2, B], row 0 chosen; reference None: none.  lengths: tokens [2, B].
    per_token: r is divided by the length.  Raises ValueError.
    """
    check_positive("beta", beta)
    check_positive("margin", margin)
    chosen, rejected = log_ratios(policy, reference, lengths, per_token=per_token)
    return relu(margin - beta * (chosen - rejected))
