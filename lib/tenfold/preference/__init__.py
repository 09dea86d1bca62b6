"""Losses that learn from preferences, and the log-probabilities they take.

Every loss of pairs is `loss(policy, reference, lengths, *, beta, ...)` with summed log-probs [2, B], row 0
the chosen, row 1 the rejected completions, and gives one value per pair [B]; the caller takes the mean.
`reference` is None for no reference: SimPO, CPO and ORPO were published so. What implementations do
differently (sum or mean over tokens, margin, label smoothing, which tokens the likelihood is a mean over) is
a named argument.

`tenfold.preference.conformance` and `tenfold.preference.trainer` are imported by their own names: they need
TRL.
"""

from tenfold.preference.cpo import cpo
from tenfold.preference.gradients import gradient_weights
from tenfold.preference.hinge import hinge
from tenfold.preference.ipo import ipo
from tenfold.preference.kto import kto, kto_baseline
from tenfold.preference.logistic import dpo, ln_dpo, rdpo, robust_dpo
from tenfold.preference.logprobs import completion_lengths, completion_logprobs, model_completion_logprobs
from tenfold.preference.orpo import orpo
from tenfold.preference.registry import LOSSES, REFERENCE_FREE, PairLoss, loss_by_name
from tenfold.preference.simpo import simpo

__all__ = [
    "LOSSES",
    "REFERENCE_FREE",
    "PairLoss",
    "completion_lengths",
    "completion_logprobs",
    "cpo",
    "dpo",
    "gradient_weights",
    "hinge",
    "ipo",
    "kto",
    "kto_baseline",
    "ln_dpo",
    "loss_by_name",
    "model_completion_logprobs",
    "orpo",
    "rdpo",
    "robust_dpo",
    "simpo",
]
