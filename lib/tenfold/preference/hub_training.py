"""Fine-tuning and preference training of a published model through TRL, from tokens, on one GPU or the CPU.

Either gives a copy and leaves the model as it was. Parameters are float32; training computes in bfloat16 on a
GPU, since a step of the usual learning rates is lost in bfloat16 parameters.
"""

import copy
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset
from transformers import PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, Trainer
from trl import DPOConfig, SFTConfig, SFTTrainer

from tenfold.preference.trainer import PreferenceTrainer

Columns = Mapping[str, list[list[int]]]


@dataclass(frozen=True)
class Steps:
    """batch: examples a step, micro_batch of them at once.  lr: its height; it rises, then follows a cosine.

    Equal seeds give the same order of examples.
    """

    lr: float
    steps: int
    batch: int
    micro_batch: int
    seed: int

    def arguments(self, folder: str, *, on_gpu: bool) -> dict[str, Any]:
        """What both of TRL's configurations take."""
        return {
            "output_dir": folder,
            "learning_rate": self.lr,
            "lr_scheduler_type": "cosine",
            "warmup_steps": self.steps // 10,
            "max_steps": self.steps,
            "per_device_train_batch_size": self.micro_batch,
            "gradient_accumulation_steps": self.batch // self.micro_batch,
            "seed": self.seed,
            "max_length": None,
            "bf16": on_gpu,
            "use_cpu": not on_gpu,
            "gradient_checkpointing": on_gpu,
            "dataloader_pin_memory": on_gpu,
            "report_to": [],
            "save_strategy": "no",
            "logging_strategy": "no",
            "disable_tqdm": True,
        }


def fine_tuned(
    untrained: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, columns: Columns, steps: Steps
) -> PreTrainedModel:
    """Trained on the mean negative log-likelihood of a step's labels.

    columns: input_ids, and labels of the same lengths, -100 where nothing is to be learned.
    """

    def trainer(model: PreTrainedModel, arguments: dict[str, Any]) -> Trainer:
        return SFTTrainer(
            model,
            args=_one_device(SFTConfig(dataset_kwargs={"skip_prepare_dataset": True}, **arguments)),
            train_dataset=Dataset.from_dict(dict(columns)),
            processing_class=tokenizer,
        )

    return _trained(untrained, trainer, steps)


def preference_tuned(
    untrained: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    columns: Columns,
    steps: Steps,
    *,
    loss: str,
    beta: float,
    loss_arguments: Mapping[str, float],
) -> PreTrainedModel:
    """Trained on a loss of this package; the reference is the model as it was.

    columns: prompt_ids, chosen_ids, rejected_ids.
    """

    def trainer(model: PreTrainedModel, arguments: dict[str, Any]) -> Trainer:
        return PreferenceTrainer(
            model,
            args=_one_device(DPOConfig(beta=beta, precompute_ref_log_probs=True, **arguments)),
            loss=loss,
            loss_arguments=loss_arguments,
            train_dataset=Dataset.from_dict(dict(columns)),
            processing_class=tokenizer,
        )

    return _trained(untrained, trainer, steps)


def _trained(
    untrained: PreTrainedModel, make: Callable[[PreTrainedModel, dict[str, Any]], Trainer], steps: Steps
) -> PreTrainedModel:
    with torch.random.fork_rng(), tempfile.TemporaryDirectory() as folder:
        policy = copy.deepcopy(untrained)
        trainer = make(policy, steps.arguments(folder, on_gpu=untrained.device.type == "cuda"))
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    trained = copy.deepcopy(untrained)  # the trainer leaves its own forward, in bfloat16, on what it trained
    trained.load_state_dict(policy.state_dict())
    return trained


def _one_device(arguments: Any) -> Any:
    if (devices := max(arguments.n_gpu, arguments.world_size)) > 1:
        raise ValueError(f"{devices} devices would share a run; allowed: 1, CUDA_VISIBLE_DEVICES names it")
    return arguments
