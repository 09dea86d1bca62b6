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
    return _causal(name, revision, torch.float32)


@functools.lru_cache(maxsize=1)
def load_teacher(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A causal language model in its published precision, and its tokenizer. Raises ValueError, OSError."""
    return _causal(name, revision, "auto")


@functools.lru_cache(maxsize=1)
def load_judge(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A reward model of one score in float32 and its tokenizer. Raises ValueError, OSError."""
    judge = _loaded(AutoModelForSequenceClassification, name, revision, torch.float32)
    if judge.config.num_labels != 1:
        raise ValueError(
            f"judge is {name!r}, which gives {judge.config.num_labels} values; allowed: 1, a score"
        )
    return judge, _tokenizer(name, revision)


@functools.lru_cache(maxsize=1)
def load_classifier(name: str, revision: str | None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A text classifier of several labels in float32 and its tokenizer. Raises ValueError, OSError."""
    classifier = _loaded(AutoModelForSequenceClassification, name, revision, torch.float32)
    if classifier.config.num_labels < 2:
        raise ValueError(f"guard is {name!r}, which gives one value; allowed: a classifier of several labels")
    return classifier, _tokenizer(name, revision)


def check_positions(model: PreTrainedModel, name: str, max_prompt: int, max_completion: int) -> None:
    """Raises ValueError where a prompt and its completion do not fit into a model's positions."""
    positions = model.config.get_text_config().max_position_embeddings
    if max_prompt + max_completion > positions:
        raise ValueError(
            f"max_prompt + max_completion is {max_prompt + max_completion}; allowed: at most "
            f"{positions}, the positions of {name}"
        )


def _causal(
    name: str, revision: str | None, dtype: torch.dtype | str
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    tokenizer = _tokenizer(name, revision)
    if tokenizer.eos_token_id is None:
        raise ValueError(f"model is {name!r}, whose tokenizer has no end token; allowed: one that has")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return _loaded(AutoModelForCausalLM, name, revision, dtype), tokenizer


def _tokenizer(name: str, revision: str | None) -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(name, revision=revision or "main", trust_remote_code=False)


def _loaded(kind: Any, name: str, revision: str | None, dtype: torch.dtype | str) -> PreTrainedModel:
    model = kind.from_pretrained(
        name, revision=revision or "main", dtype=dtype, use_safetensors=True, trust_remote_code=False
    )
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
