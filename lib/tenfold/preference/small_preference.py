"""Preference training of small decoders through TRL."""

import copy
import tempfile
from collections.abc import Mapping
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig

from tenfold.preference.small_decoder import END, PAD, Tokens
from tenfold.preference.trainer import PreferenceTrainer


def tuned_on_pairs(
    policy: LlamaForCausalLM,
    prompts: Tokens,
    chosen: Tokens,
    rejected: Tokens,
    *,
    loss: str,
    beta: float,
    lr: float,
    steps: int,
    seed: int,
    batch: int = 16,
    loss_arguments: Mapping[str, object] | None = None,
    reference: Tensor | None = None,
) -> LlamaForCausalLM:
    """A copy of the policy after `steps` batches of pairs of answers, in passes of new random order.

    reference: summed log-probs [2, N] of chosen and rejected answers; None takes those of the policy itself,
    where the loss has a reference.  Raises ValueError for an unknown loss.
    """
    columns: dict[str, Any] = {
        "prompt_ids": list(map(list, prompts)),
        "chosen_ids": list(map(list, chosen)),
        "rejected_ids": list(map(list, rejected)),
    }
    if reference is not None:
        columns["ref_chosen_logps"], columns["ref_rejected_logps"] = reference.tolist()
    with torch.random.fork_rng(devices=()), tempfile.TemporaryDirectory() as folder:
        tuned = copy.deepcopy(policy)
        arguments = DPOConfig(
            output_dir=folder,
            beta=beta,
            learning_rate=lr,
            lr_scheduler_type="cosine",
            warmup_steps=steps // 10,
            max_steps=steps,
            per_device_train_batch_size=batch,
            seed=seed,
            precompute_ref_log_probs=reference is not None,
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            dataloader_pin_memory=False,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        PreferenceTrainer(
            tuned,
            args=arguments,
            loss=loss,
            loss_arguments=loss_arguments,
            train_dataset=Dataset.from_dict(columns),
            processing_class=_tokenizer(),
        ).train()
    return tuned.eval()


def _tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of padding and end alone: TRL asks for one and, given token ids, tokenizes nothing."""
    words = Tokenizer(models.WordLevel({"<pad>": PAD, "<end>": END}, unk_token="<pad>"))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>")
