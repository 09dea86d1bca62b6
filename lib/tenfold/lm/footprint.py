"""What a decoder takes in memory, from its configuration alone: parameters, weights at n bits, KV cache.

And how fast that memory must be read to decode.
"""

from collections import Counter
from collections.abc import Mapping

import torch
from transformers import AutoModelForCausalLM, PretrainedConfig

from tenfold.kernels.pattern import S2Pattern


def parameter_counts(config: PretrainedConfig) -> dict[str, int]:
    """Parameters of each part of the model, as transformers' own class for `config` has them, and "total".

    Parts: "embedding", "attention", "feed-forward", "norms", "head", "other". Tied parameters count once,
    where they stand first. Nothing is allocated: the model is made on torch's meta device.
    """
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    counts = Counter(dict.fromkeys(("embedding", "attention", "feed-forward", "norms", "head", "other"), 0))
    for name, parameter in model.named_parameters():
        counts[_part(name)] += parameter.numel()
    return dict(counts) | {"total": counts.total()}


def _part(name: str) -> str:
    if "norm" in name:
        return "norms"
    for part, marks in (
        ("embedding", ("embed",)),
        ("head", ("lm_head",)),
        ("attention", ("attn", "attention")),
        ("feed-forward", ("mlp", "feed_forward")),
    ):
        if any(mark in name for mark in marks):
            return part
    return "other"


def weight_bytes(
    parameters: int, *, bits: float, group: int | None = None, overhead_bits: float = 16
) -> float:
    """Bytes of `parameters` weights at `bits` bits each, plus `overhead_bits` for every group of weights.

    parameters * (bits + overhead_bits / group) / 8; without a group parameters * bits / 8.
    overhead_bits: a group's scale, with its zero point where it has one.  Raises ValueError.
    """
    _check_positive(parameters=parameters, bits=bits, group=1 if group is None else group)
    return parameters * (bits + (overhead_bits / group if group else 0)) / 8


def kv_cache_bytes(
    config: PretrainedConfig,
    tokens: int,
    *,
    bytes_per_number: int = 2,
    window: int | None = None,
    patterns: Mapping[int, S2Pattern] | None = None,
) -> int:
    """Bytes of keys and values that a decoder keeps of one sequence after `tokens` tokens.

    2 * layers * KV heads * head width * kept tokens * bytes.  window: a layer keeps the last `window` tokens.
    patterns: of layers with S2-Attention, by their number; such a layer keeps the live blocks of each KV
    head, whole blocks even where the last is not full.  Raises ValueError for layers that do not exist and
    heads that do not fit.
    """
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; allowed: 1 or more")
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    patterns = patterns or {}
    kept = 0
    for layer, pattern in patterns.items():
        if not 0 <= layer < layers:
            raise ValueError(f"patterns names layer {layer}; allowed: 0 to {layers - 1}")
        if (pattern.heads, pattern.kv_heads) != (heads, kv_heads):
            raise ValueError(
                f"the pattern of layer {layer} has {pattern.heads} heads and {pattern.kv_heads} KV heads; "
                f"allowed: {heads} and {kv_heads}"
            )
        kept += int(pattern.live_kv_blocks(tokens).sum()) * pattern.block
    dense = tokens if window is None else min(tokens, window)
    kept += (layers - len(patterns)) * kv_heads * dense
    return 2 * width * bytes_per_number * kept


def decode_bandwidth(weights: float, cache: float = 0, *, tokens_per_second: float) -> float:
    """Bytes a second that must be read from memory to decode one sequence at this speed.

    tokens_per_second * (weights + cache): each token reads all weights once, and all keys and values kept so
    far.  weights, cache: bytes, of `weight_bytes` and `kv_cache_bytes`.  A lower bound, never a measurement:
    activations, writes and idle time are left out.  Raises ValueError.
    """
    _check_positive(weights=weights, tokens_per_second=tokens_per_second)
    if cache < 0:
        raise ValueError(f"cache is {cache}; allowed: bytes, 0 or more")
    return tokens_per_second * (weights + cache)


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if value <= 0:
            raise ValueError(f"{name} is {value}; allowed: a positive number")
