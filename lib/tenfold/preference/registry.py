"""The losses of preference pairs by name, as the trainer and the chapters take them."""

from collections.abc import Callable

from torch import Tensor

from tenfold.preference.cpo import cpo
from tenfold.preference.hinge import hinge
from tenfold.preference.ipo import ipo
from tenfold.preference.logistic import dpo, ln_dpo, rdpo, robust_dpo
from tenfold.preference.orpo import orpo
from tenfold.preference.simpo import simpo

PairLoss = Callable[..., Tensor]
"""loss(policy [2, B], reference [2, B] or None, lengths [2, B], *, beta, ...) -> [B]."""

LOSSES: dict[str, PairLoss] = {
    loss.__name__: loss for loss in (dpo, ln_dpo, ipo, simpo, cpo, orpo, rdpo, hinge, robust_dpo)
}
REFERENCE_FREE = frozenset({"simpo", "cpo", "orpo"})
"""Names of the losses that were published without a reference."""


def loss_by_name(name: str) -> PairLoss:
    """The loss of that name. Raises ValueError for an unknown one."""
    if name not in LOSSES:
        raise ValueError(f"loss is {name!r}; allowed: {', '.join(LOSSES)}, or a function of your own")
    return LOSSES[name]
