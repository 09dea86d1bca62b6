"""TRL's own loss computations, executed on a batch of pairs, from tokens to the number that is minimised.

The trainers are not built: their loss methods run on an object that holds the settings and two models. These
methods and settings are private to TRL; a version that moves them fails here, with TRL's own AttributeError.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

_PADDING = 0


@dataclass(frozen=True)
class TokenPairs:
    """Token ids of B pairs: prompts, chosen and rejected completions."""

    prompts: tuple[list[int], ...]
    chosen: tuple[list[int], ...]
    rejected: tuple[list[int], ...]

    def __len__(self) -> int:
        return len(self.prompts)

    def alone(self, index: int) -> "TokenPairs":
        """That pair as a batch of one."""
        return TokenPairs((self.prompts[index],), (self.chosen[index],), (self.rejected[index],))


@dataclass(frozen=True)
class Models:
    """The model that is trained and its reference, with TRL's head, which gives log-probs of labels."""

    policy: PreTrainedModel
    reference: PreTrainedModel

    def __post_init__(self) -> None:
        from trl.trainer.utils import add_fused_lm_head

        add_fused_lm_head(self.policy, outputs=("log_probs", "entropy", "mean_logits", "is_top1"))
        add_fused_lm_head(self.reference)


def preference_batch(pairs: TokenPairs, **columns: Tensor) -> dict[str, Tensor]:
    """The batch that TRL's collator makes of pairs: chosen rows above rejected rows, [2B, T]."""
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    return DataCollatorForPreference(pad_token_id=_PADDING)(
        [
            {"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected}
            | {name: values[i].item() for name, values in columns.items()}
            for i, (prompt, chosen, rejected) in enumerate(
                zip(pairs.prompts, pairs.chosen, pairs.rejected, strict=True)
            )
        ]
    )


def unpaired_batch(pairs: TokenPairs) -> dict[str, Tensor]:
    """Every completion alone, chosen ones called desirable; mismatched ones are those of the row before."""
    from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

    completions = [*pairs.chosen, *pairs.rejected]
    return DataCollatorForUnpairedPreference(pad_token_id=_PADDING)(
        [
            {
                "prompt_ids": prompt,
                "completion_ids": completions[i],
                "KL_completion_ids": completions[i - 1],
                "label": i < len(pairs),
            }
            for i, prompt in enumerate([*pairs.prompts, *pairs.prompts])
        ]
    )


def dpo_trainer_loss(
    models: Models, pairs: TokenPairs, *, reference: Tensor | None = None, **settings: Any
) -> float:
    """DPOTrainer's loss of the batch.  reference: precomputed log-probs [2, B] in place of the model's."""
    from trl import DPOTrainer

    columns = (
        {}
        if reference is None
        else {"ref_chosen_logps": reference[0].double(), "ref_rejected_logps": reference[1].double()}
    )
    trainer = _unbuilt(
        DPOTrainer,
        models,
        {
            "loss_types": [settings.pop("loss_type")],
            "loss_weights": [1.0],
            "ld_alpha": None,
            "f_divergence_type": "reverse_kl",
            "use_weighting": False,
            "label_smoothing": 0.0,
            "precompute_ref_logps": reference is not None,
        }
        | settings,
    )
    return trainer.compute_loss(models.policy, preference_batch(pairs, **columns)).item()


def cpo_trainer_loss(models: Models, pairs: TokenPairs, **settings: Any) -> float:
    """CPOTrainer's loss of the batch, which covers SimPO."""
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from trl.experimental.cpo import CPOTrainer

    trainer = _unbuilt(CPOTrainer, models, {"alpha": 0.0, "label_smoothing": 0.0} | settings)
    return trainer.get_batch_loss_metrics(models.policy, _labelled_batch(pairs))[0].item()


def orpo_trainer_loss(
    models: Models, pairs: TokenPairs, *, odds_only: bool = False, **settings: Any
) -> float:
    """ORPOTrainer's loss of the batch, or its odds-ratio term alone."""
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from trl.experimental.orpo import ORPOTrainer

    trainer = _unbuilt(ORPOTrainer, models, settings)
    loss, metrics = trainer.get_batch_loss_metrics(models.policy, _labelled_batch(pairs))
    return loss.item() - (metrics["nll_loss"] if odds_only else 0.0)


def kto_trainer_loss(models: Models, pairs: TokenPairs, **settings: Any) -> float:
    """KTOTrainer's loss of the batch of all completions."""
    from trl import KTOTrainer

    trainer = _unbuilt(
        KTOTrainer,
        models,
        {
            "calculate_KL": settings["loss_type"] == "kto",
            "desirable_weight": 1.0,
            "undesirable_weight": 1.0,
            "precompute_ref_logps": False,
        }
        | settings,
    )
    return trainer.compute_loss(models.policy, unpaired_batch(pairs)).item()


def _labelled_batch(pairs: TokenPairs) -> dict[str, Tensor]:
    """The batch of CPO and ORPO: -100 is the label of what is not scored."""
    from trl.experimental.utils import DPODataCollatorWithPadding

    def side(name: str, prompt: list[int], completion: list[int]) -> dict[str, list[int]]:
        tokens = prompt + completion
        return {
            f"{name}_input_ids": tokens,
            f"{name}_attention_mask": [1] * len(tokens),
            f"{name}_labels": [-100] * len(prompt) + completion,
        }

    return DPODataCollatorWithPadding(pad_token_id=_PADDING)(
        [
            side("chosen", prompt, chosen) | side("rejected", prompt, rejected)
            for prompt, chosen, rejected in zip(pairs.prompts, pairs.chosen, pairs.rejected, strict=True)
        ]
    )


def _unbuilt(trainer_class: type, models: Models, settings: dict[str, Any]) -> Any:
    """A trainer with these attributes, on one process and the CPU, without what its constructor does."""
    trainer = trainer_class.__new__(trainer_class)
    vars(trainer).update(
        {
            "model": models.policy,
            "ref_model": models.reference,
            "accelerator": SimpleNamespace(
                device=torch.device("cpu"), gather=lambda value: value, gather_for_metrics=lambda value: value
            ),
            "args": SimpleNamespace(gradient_checkpointing_kwargs=None, max_length=None),
            "aux_loss_enabled": False,
            "is_encoder_decoder": False,
            "pad_token_id": _PADDING,
            "padding_value": _PADDING,
            "_metrics": {"train": defaultdict(list), "eval": defaultdict(list)},
            "_total_train_tokens": 0,
            "_tp_size": 1,
        }
        | settings
    )
    return trainer
