"""Decoders as Hugging Face models, and back; on disk as safetensors and JSON only."""

from pathlib import Path

import torch
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tenfold.lm.decoder import EPS, ROPE_BASE, DecoderConfig, named_parameters, parameter_shapes

_EMBEDDING = "model.embed_tokens.weight"
_PARTS = {
    "attention_norm": ("input_layernorm",),
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "o": ("self_attn.o_proj",),
    "q_norm": ("self_attn.q_norm",),
    "k_norm": ("self_attn.k_norm",),
    "mlp_norm": ("post_attention_layernorm",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}


class UnsupportedModel(ValueError):
    """A Hugging Face model that is no decoder of this library's form."""


def to_hugging_face(parameters: Tensor, config: DecoderConfig, *, context: int = 64) -> PreTrainedModel:
    """One decoder as Qwen3ForCausalLM, or LlamaForCausalLM where it has no norm on queries and keys.

    parameters: [P] or [1, P], float32.  context: the longest text that the model declares itself good for,
    in tokens.  The input embedding of the result carries the factor sqrt(d_model), so the two embeddings are
    not tied. To save it: `model.save_pretrained(folder)`. Raises ValueError.
    """
    if parameters.dtype != torch.float32 or parameters.shape not in {
        (config.n_parameters,),
        (1, config.n_parameters),
    }:
        raise ValueError(
            f"parameters are {parameters.dtype} {list(parameters.shape)}; allowed: torch.float32 "
            f"[{config.n_parameters}] or [1, {config.n_parameters}], one model"
        )
    weights = named_parameters(parameters.detach().cpu().reshape(1, -1), config)
    state = {_EMBEDDING: weights["embedding"][0] * config.d_model**0.5}
    for name, theirs in _their_names(config).items():
        parts = weights[name][0].chunk(len(theirs), -1)
        # Ours are [in, out], theirs [out, in]; an embedding is [vocab, d_model] in both.
        state |= {
            their: part if name == "embedding" else part.t()
            for their, part in zip(theirs, parts, strict=True)
        }
    with torch.random.fork_rng(devices=()):  # their constructor draws weights, which are replaced
        model = _model_class(config)(
            _config_class(config)(
                **_settings(config),
                max_position_embeddings=context,
                bos_token_id=None,
                eos_token_id=None,
                attn_implementation="sdpa",
            )
        )
    model.load_state_dict(state)
    return model.eval()


def from_hugging_face(model: PreTrainedModel) -> tuple[Tensor, DecoderConfig]:
    """Parameters [P] and shape of a Hugging Face model of the form that `to_hugging_face` makes.

    Raises UnsupportedModel where the same function of the tokens cannot be had from these decoders.
    """
    if type(model) not in (Qwen3ForCausalLM, LlamaForCausalLM):
        raise UnsupportedModel(
            f"model is a {type(model).__name__}; allowed: Qwen3ForCausalLM, LlamaForCausalLM"
        )
    theirs = model.config
    config = DecoderConfig(
        theirs.hidden_size,
        layers=theirs.num_hidden_layers,
        heads=theirs.num_attention_heads,
        d_ff=theirs.intermediate_size,
        vocab=theirs.vocab_size,
        qk_norm=isinstance(model, Qwen3ForCausalLM),
    )
    for name, value in _settings(config).items():
        if getattr(theirs, name) != value:
            raise UnsupportedModel(f"model has {name}={getattr(theirs, name)!r}; allowed: {value!r}")
    state = {name: weight.detach().cpu() for name, weight in model.state_dict().items()}
    # Equal up to the rounding of one product.
    if not torch.allclose(
        state[_EMBEDDING], state["lm_head.weight"] * config.d_model**0.5, rtol=1e-6, atol=0
    ):
        raise UnsupportedModel(
            "model has an input embedding that is not sqrt(hidden_size) times its output embedding: these "
            "decoders have one matrix for both"
        )
    weights = {
        name: torch.cat([state[t] if name == "embedding" else state[t].t() for t in theirs], -1)
        for name, theirs in _their_names(config).items()
    }
    return torch.cat([weights[name].flatten() for name in parameter_shapes(config)]), config


def load_hugging_face(folder: str | Path) -> tuple[Tensor, DecoderConfig]:
    """Parameters [P] and shape of the model that `save_pretrained` wrote into `folder`.

    Reads safetensors and JSON, nothing else, and never asks the network. Raises FileNotFoundError,
    UnsupportedModel, and OSError where the folder holds no safetensors.
    """
    if not Path(folder, "config.json").is_file():
        raise FileNotFoundError(f"folder {str(folder)!r} holds no config.json; save a model there first")
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, use_safetensors=True, local_files_only=True, dtype=torch.float32, output_loading_info=True
    )
    for problem in ("missing_keys", "unexpected_keys"):
        if info[problem]:
            raise UnsupportedModel(
                f"model in {str(folder)!r} has {problem.replace('_', ' ')}: "
                f"{', '.join(sorted(info[problem]))}; save it whole, without adapters"
            )
    return from_hugging_face(model)


def _model_class(config: DecoderConfig) -> type[PreTrainedModel]:
    return Qwen3ForCausalLM if config.qk_norm else LlamaForCausalLM


def _config_class(config: DecoderConfig) -> type[Qwen3Config] | type[LlamaConfig]:
    return Qwen3Config if config.qk_norm else LlamaConfig


def _settings(config: DecoderConfig) -> dict[str, object]:
    """All settings of the Hugging Face model that change its logits."""
    return {
        "vocab_size": config.vocab,
        "hidden_size": config.d_model,
        "intermediate_size": config.d_ff,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.heads,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "rms_norm_eps": EPS,
        "rope_parameters": {"rope_type": "default", "rope_theta": ROPE_BASE},
        "tie_word_embeddings": False,
        "attention_bias": False,
        **({"use_sliding_window": False} if config.qk_norm else {"mlp_bias": False}),
    }


def _their_names(config: DecoderConfig) -> dict[str, tuple[str, ...]]:
    """Own name to the Hugging Face names of its parts, side by side along the last axis."""
    names = {"embedding": ("lm_head.weight",), "final_norm": ("model.norm.weight",)}
    for name in parameter_shapes(config).keys() - names.keys():
        layer, part = name.rsplit(".", 1)
        names[name] = tuple(f"model.{layer}.{their}.weight" for their in _PARTS[part])
    return names
