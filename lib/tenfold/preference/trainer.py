"""TRL's trainer of preference pairs with any loss of this package, or one of your own.

Reading data, tokenizing, batching, the reference model, precomputed reference log-probs, adapters, accelerate
and checkpoints are TRL's DPOTrainer; the loss of a batch is ours.
"""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from trl import DPOConfig, DPOTrainer

from tenfold.preference.logprobs import completion_lengths, completion_logprobs, output_weight
from tenfold.preference.registry import LOSSES, REFERENCE_FREE, PairLoss, loss_by_name

TOKEN_COLUMNS = frozenset({"prompt_ids", "chosen_ids", "rejected_ids"})
"""A data set with these columns, lists of token ids, is trained on as it is: nothing is appended or cut."""

REFERENCE_COLUMNS = frozenset({"ref_chosen_logps", "ref_rejected_logps"})
"""With args.precompute_ref_log_probs, a data set that has these columns brings its summed log-probs along."""

_NOT_FOR_THE_MODEL = frozenset({"completion_mask"}) | REFERENCE_COLUMNS
# What DPOConfig says about losses of TRL's own.
_OF_TRLS_LOSSES = (
    "loss_type",
    "loss_weights",
    "label_smoothing",
    "ld_alpha",
    "f_divergence_type",
    "use_weighting",
)


class PreferenceTrainer(DPOTrainer):
    """DPOTrainer that minimises the mean of a loss of `tenfold.preference` over the pairs of a batch.

    loss: a name in `LOSSES`, or a function of policy [2, B], reference [2, B] or None, lengths [2, B] and
    keywords, beta among them, to [B].  loss_arguments: its keywords but beta, which is args.beta.
    reference_free: pass None as reference and compute none; by default true for the losses of this package
    that were published so, false for others.
    ref_model: None takes a copy of the model as it is now; with args.precompute_ref_log_probs none is kept.
    Everything else is DPOTrainer's, except that data sets with `TOKEN_COLUMNS` need no tokenizing. Equal
    seeds (args.seed) give equal runs. Raises ValueError for settings of args that choose or change a loss of
    TRL's, for a mixture of experts with a router loss, for sharded parameters and for logits that are not
    output embedding times hidden state, and what the loss raises about its arguments.
    """

    def __init__(
        self,
        model: str | PreTrainedModel,
        ref_model: PreTrainedModel | None = None,
        args: DPOConfig | None = None,
        *,
        loss: str | PairLoss,
        loss_arguments: Mapping[str, object] | None = None,
        reference_free: bool | None = None,
        **keywords: Any,
    ) -> None:
        args = DPOConfig() if args is None else args
        _check_loss_settings(args)
        self.pair_loss = loss_by_name(loss) if isinstance(loss, str) else loss
        self.loss_arguments = dict(loss_arguments or {})
        if reference_free is None:
            reference_free = self.pair_loss in {LOSSES[name] for name in REFERENCE_FREE}
        self.reference_free = reference_free
        if self.reference_free and ref_model is not None:
            raise ValueError("ref_model is given to a loss without reference; leave it out")
        one = -torch.ones(2, 1)
        self.pair_loss(
            one, None if self.reference_free else one, torch.ones(2, 1), beta=args.beta, **self.loss_arguments
        )
        if self.reference_free:
            # TRL builds no reference model where it precomputes log-probs; _precompute_ref_logps skips that.
            args = copy.copy(args)
            args.precompute_ref_log_probs = True
        elif ref_model is None and not (
            args.precompute_ref_log_probs or isinstance(model, str) or hasattr(model, "peft_config")
        ):
            ref_model = copy.deepcopy(model).requires_grad_(False)
        super().__init__(model, ref_model, args, **keywords)
        if self.aux_loss_enabled:
            raise ValueError(
                "model has a router loss, which is not added here; set args.router_aux_loss_coef=0.0"
            )
        if self.is_fsdp_enabled or self.is_deepspeed_enabled:
            raise ValueError("parameters are sharded by FSDP or DeepSpeed; allowed: a whole model a process")
        output_weight(self.model)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Tensor:
        """Mean loss of the batch's pairs. Raises ValueError where outputs are asked for (compute_metrics)."""
        if return_outputs:
            raise ValueError("compute_metrics is given; this trainer keeps no logits: use what it logs")
        policy = self._logprobs(model, inputs)
        reference = self._reference(inputs)
        lengths = completion_lengths(inputs["completion_mask"].bool()).view(2, -1)
        loss = self.pair_loss(policy, reference, lengths, beta=self.args.beta, **self.loss_arguments)
        self._record(policy.detach(), reference, lengths)
        return loss.mean()

    def _logprobs(self, model: torch.nn.Module, inputs: dict[str, Tensor]) -> Tensor:
        """Summed log-probs of the batch's completions, [2, B], without logits of the whole batch."""
        tokens, mask = inputs["input_ids"], inputs["completion_mask"].bool()
        model_inputs = {name: value for name, value in inputs.items() if name not in _NOT_FOR_THE_MODEL}
        # Through the model's forward, not its backbone's, so that wrappers (data parallel, adapters) see it.
        outputs = model(**model_inputs, use_cache=False, output_hidden_states=True, logits_to_keep=1)
        weight = output_weight(self.accelerator.unwrap_model(model))
        hidden = outputs.hidden_states[-1][:, -tokens.shape[1] :].to(weight.dtype)
        return completion_logprobs(hidden, weight, tokens, mask).view(2, -1)

    def _reference(self, inputs: dict[str, Tensor]) -> Tensor | None:
        """Log-probs of the reference, [2, B]."""
        if self.reference_free:
            return None
        if self.precompute_ref_logps:
            return torch.stack([inputs["ref_chosen_logps"], inputs["ref_rejected_logps"]])
        if self.ref_model is None:  # the model without its adapter
            return torch.stack(self.compute_ref_log_probs(self.model, inputs))
        with torch.no_grad():
            return self._logprobs(self.ref_model, inputs)

    def _record(self, policy: Tensor, reference: Tensor | None, lengths: Tensor) -> None:
        """Means that are logged: log-probs, rewards beta (policy - reference), their order, lengths."""
        rewards = self.args.beta * (policy if reference is None else policy - reference)
        values = {
            "logps/chosen": policy[0],
            "logps/rejected": policy[1],
            "rewards/chosen": rewards[0],
            "rewards/rejected": rewards[1],
            "rewards/margins": rewards[0] - rewards[1],
            "rewards/accuracies": (rewards[0] > rewards[1]).float(),
            "lengths/chosen": lengths[0].float(),
            "lengths/rejected": lengths[1].float(),
        }
        gathered = self.accelerator.gather_for_metrics(torch.stack(list(values.values()), 1)).mean(0)
        metrics = self._metrics["train" if self.model.training else "eval"]
        for name, value in zip(values, gathered.tolist(), strict=True):
            metrics[name].append(value)

    def _prepare_dataset(self, dataset: Any, *rest: Any) -> Any:
        if set(dataset.column_names or ()) >= TOKEN_COLUMNS:
            return dataset
        return super()._prepare_dataset(dataset, *rest)

    def _precompute_ref_logps(self, dataset: Any, *rest: Any) -> Any:
        if self.reference_free or set(dataset.column_names or ()) >= REFERENCE_COLUMNS:
            return dataset
        return super()._precompute_ref_logps(dataset, *rest)


def _check_loss_settings(args: DPOConfig) -> None:
    """Raises ValueError where args choose or change a loss of TRL's own."""
    fields = {field.name: field for field in dataclasses.fields(DPOConfig)}
    for name in _OF_TRLS_LOSSES:
        field, value = fields[name], getattr(args, name)
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value != default:
            raise ValueError(
                f"args.{name} is {value!r}; allowed: {default!r}, it is for TRL's own losses: choose loss "
                "and loss_arguments instead"
            )
