"""Published models by hub id or folder, weights from safetensors alone; the last one of a kind is kept.

Of a model that was published without them, transformers asks the hub for its conversion.
"""

import functools
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)


@functools.lru_cache(maxsize=1)
def load_model(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A causal language model in float32 and its tokenizer. Raises ValueError, OSError."""
    tokenizer = AutoTokenizer.from_pretrained(name, revision=revision or "main")
    if tokenizer.eos_token_id is None:
        raise ValueError(f"model is {name!r}, whose tokenizer has no end token; allowed: one that has")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return _loaded(AutoModelForCausalLM, name, revision), tokenizer


@functools.lru_cache(maxsize=1)
def load_judge(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A reward model of one score in float32 and its tokenizer. Raises ValueError, OSError."""
    judge = _loaded(AutoModelForSequenceClassification, name, revision)
    if judge.config.num_labels != 1:
        raise ValueError(
            f"judge is {name!r}, which gives {judge.config.num_labels} values; allowed: 1, a score"
        )
    return judge, AutoTokenizer.from_pretrained(name, revision=revision or "main")


def _loaded(kind: Any, name: str, revision: str | None) -> PreTrainedModel:
    model = kind.from_pretrained(name, revision=revision or "main", dtype=torch.float32, use_safetensors=True)
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
