"""S2-Attention in any Hugging Face decoder: importing this module registers attn_implementation="s2".

    set_s2(config, block=64, local_blocks=16, stride=8, dense_layers=lambda layer: layer % 2 == 1)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="s2")
    model.generate(tokens, past_key_values=S2ModelCache(config))

Training takes padding on the right only, generation texts of one length.  Without `S2ModelCache` generation
gives the same, but the ordinary cache drops nothing.
"""

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface, PretrainedConfig
from transformers.masking_utils import AttentionMaskInterface

from tenfold.kernels.attention import s2_attention
from tenfold.kernels.decode import s2_decode, s2_prefill, token_mask
from tenfold.kernels.hugging_face_cache import S2CacheLayer, S2ModelCache
from tenfold.kernels.layer_patterns import layer_pattern
from tenfold.kernels.pattern import S2Pattern

__all__ = ["S2ModelCache", "layer_pattern", "set_s2"]

NAME = "s2"
_UNSUPPORTED = (
    "softcap",
    "sliding_window",
    "position_bias",
    "s_aux",
    "cache",
    "cu_seq_lens_q",
    "cu_seq_lens_k",
    "output_attentions",
)


def set_s2(
    config: PretrainedConfig,
    *,
    block: int,
    local_blocks: int,
    stride: int,
    dense_layers: Iterable[int] | Callable[[int], bool] = (),
    **pattern: int | bool | str | None,
) -> PretrainedConfig:
    """Write the pattern of every layer into a decoder's config, to be saved and loaded with it; returns it.

    dense_layers: numbers of the layers that see everything, or a rule that says so of a layer's number.
    pattern: further arguments of `S2Pattern`, but for heads and kv_heads, which the config knows.  Warns as
    `S2Pattern`.  Raises ValueError for a layer that the model has not, and as `S2Pattern`.
    """
    layers = range(config.num_hidden_layers)
    dense = [n for n in layers if dense_layers(n)] if callable(dense_layers) else sorted(set(dense_layers))
    if missing := [n for n in dense if n not in layers]:
        raise ValueError(f"dense_layers names {missing}; the model has layers 0 to {len(layers) - 1}")
    settings = {"block": block, "local_blocks": local_blocks, "stride": stride, **pattern}
    S2Pattern(config.num_attention_heads, **settings, kv_heads=config.num_key_value_heads)
    config.s2 = {**settings, "dense_layers": dense}
    return config


def s2_forward(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **kwargs: object,
) -> tuple[Tensor, None]:
    """What transformers calls in every layer.  query [B, H, T, D] to [B, T, H, D]; no attention weights.

    Raises ValueError for what S2-Attention cannot do: attention dropout, attention weights, packed sequences,
    soft-capping, sliding windows, position biases, padding on the left, bidirectional attention.
    """
    if dropout:
        raise ValueError(f"attention dropout is {dropout}: s2 has none; set config.attention_dropout = 0.0")
    for name in _UNSUPPORTED:
        given = kwargs.get(name)
        if given is not None and given is not False:
            raise ValueError(f"{name} is {given!r}: s2 does not support it; use attn_implementation='eager'")
    if is_causal is False or getattr(module, "is_causal", True) is False:
        raise ValueError("is_causal is False: s2 is causal; use another attn_implementation")
    pattern = layer_pattern(module.config, module.layer_idx)
    lengths = _lengths(attention_mask, key.shape[2])
    _check_positions(kwargs.get("position_ids"), lengths)
    layer: S2CacheLayer | None = getattr(key, "s2_layer", None)
    if layer is not None:
        out = _cached(layer, query, key, value, pattern, scaling, lengths)
    elif query.shape[2] == key.shape[2]:
        out = s2_attention(query, key, value, pattern, scale=scaling, lengths=lengths)
    else:
        out = _masked(query, key, value, pattern, scaling, lengths)
    return out.transpose(1, 2).contiguous(), None


def s2_mask(
    *, kv_length: int, attention_mask: Tensor | None = None, use_vmap: bool = False, **_: object
) -> Tensor | None:
    """Padding as bool [B, kv_length], None without any: the pattern needs no mask."""
    if use_vmap:
        raise ValueError("the model changes the causal mask by a function of its own: s2 does not support it")
    if attention_mask is None or attention_mask.all():
        return None
    return attention_mask[:, :kv_length]


def _cached(
    layer: S2CacheLayer,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    pattern: S2Pattern,
    scale: float,
    lengths: Tensor | None,
) -> Tensor:
    if lengths is not None:
        raise ValueError(
            "attention_mask has padding: S2ModelCache takes texts of one length; group them by it"
        )
    cache = layer.taken()
    if q.shape[2] == 1 and cache.time:
        cache.append(k, v)
        return s2_decode(q, cache, pattern, scale=scale)
    return s2_prefill(q, k, v, cache, pattern, scale=scale)


def _masked(
    q: Tensor, k: Tensor, v: Tensor, pattern: S2Pattern, scale: float | None, lengths: Tensor | None
) -> Tensor:
    """The last tokens over all keys of an ordinary cache: dense work, masked."""
    if lengths is not None:
        raise ValueError(
            "attention_mask has padding: s2 generates from texts of one length; group them by it"
        )
    key = torch.arange(k.shape[2])
    newest = key[-q.shape[2] :]
    mask = torch.cat([token_mask(pattern, kv, newest, key) for kv in range(pattern.kv_heads)]).to(q.device)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale, enable_gqa=True)


def _lengths(attention_mask: Tensor | None, time: int) -> Tensor | None:
    if attention_mask is None:
        return None
    if attention_mask.ndim != 2:
        raise ValueError(
            f"attention_mask has shape {tuple(attention_mask.shape)}: s2 takes padding as [batch, time] only"
        )
    lengths = attention_mask.sum(-1)
    if not torch.equal(torch.arange(time, device=lengths.device) < lengths[:, None], attention_mask.bool()):
        raise ValueError(
            "attention_mask has padding that is not on the right: s2 takes padding_side='right' only"
        )
    return lengths


def _check_positions(position_ids: Tensor | None, lengths: Tensor | None) -> None:
    if position_ids is None:
        return
    follows = position_ids.diff(dim=-1) == 1
    if lengths is not None:
        follows = follows | (
            torch.arange(1, position_ids.shape[-1], device=lengths.device) >= lengths[:, None]
        )
    if not follows.all():
        raise ValueError(
            "position_ids do not count up by one: s2 does not support packed sequences; pad instead"
        )


AttentionInterface.register(NAME, s2_forward)
AttentionMaskInterface.register(NAME, s2_mask)
