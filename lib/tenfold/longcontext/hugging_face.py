"""Memories in the layers of a Hugging Face decoder: importing this registers attn_implementation="knn".

Without a memory that is switched on, "knn" is the platform's own attention.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from tenfold.longcontext.joint_attention import local_mask
from tenfold.longcontext.layer_memory import LayerMemory
from tenfold.longcontext.settings import KnnSettings
from tenfold.longcontext.step import attend_step, steps_alone
from tenfold.longcontext.windows import attend_windows

NAME = "knn"
_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")


class UnsupportedArchitecture(ValueError):
    """A model whose attention is not of Llama's form."""


def attention_layers(model: PreTrainedModel) -> list[nn.Module]:
    """The attention modules of a Llama-type decoder: Llama, Mistral, Qwen2 and what is built alike.

    Raises UnsupportedArchitecture for anything else: other module names, norms on queries or keys (then no
    hidden state can stand for a key), layers with a sliding window of their own, attention dropout.
    """
    inner = getattr(model, "model", None)
    layers = [getattr(layer, "self_attn", None) for layer in getattr(inner, "layers", ())]
    name = type(model).__name__
    if not layers or not hasattr(inner, "rotary_emb") or not hasattr(model, "lm_head"):
        raise UnsupportedArchitecture(
            f"model is a {name}; allowed: decoders with model.layers[i].self_attn, model.rotary_emb and "
            "lm_head, as LlamaForCausalLM"
        )
    for number, layer in enumerate(layers):
        if lacking := [part for part in _PROJECTIONS if not hasattr(layer, part)]:
            raise UnsupportedArchitecture(
                f"model is a {name} whose layer {number} has no {', '.join(lacking)}; allowed: separate "
                "projections, as in LlamaForCausalLM"
            )
        if hasattr(layer, "q_norm") or hasattr(layer, "k_norm"):
            raise UnsupportedArchitecture(
                f"model is a {name} with norms on queries or keys: a score is then no inner product with a "
                "hidden state; use a model without them"
            )
        if getattr(layer, "sliding_window", None):
            raise UnsupportedArchitecture(
                f"model is a {name} with a sliding window in layer {number}; set config.sliding_window = None"
            )
        if getattr(layer, "attention_dropout", 0.0):
            raise UnsupportedArchitecture(
                f"model is a {name} with attention dropout; set config.attention_dropout = 0.0"
            )
    return layers


def attach(model: PreTrainedModel, settings: KnnSettings) -> list[LayerMemory]:
    """Give every layer a memory, switched off.  Raises ValueError for a layer that the model has not."""
    layers = attention_layers(model)
    if missing := [n for n in settings.layers if n not in range(len(layers))]:
        raise ValueError(f"layers names {missing}; the model has layers 0 to {len(layers) - 1}")
    detach(model)
    memories = []
    for number, layer in enumerate(layers):
        memory = LayerMemory(settings, model.model.rotary_emb, number in settings.layers)
        layer.knn = memory
        layer.knn_hook = layer.register_forward_pre_hook(_keep_hidden, with_kwargs=True)
        memories.append(memory)
    model.set_attn_implementation(NAME)
    return memories


def detach(model: PreTrainedModel) -> None:
    """Take the memories away; the model is what it was, but for attn_implementation="sdpa"."""
    for layer in attention_layers(model):
        if hasattr(layer, "knn"):
            layer.knn_hook.remove()
            del layer.knn, layer.knn_hook
    model.set_attn_implementation("sdpa")


def knn_forward(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: object,
) -> tuple[Tensor, None]:
    """What transformers calls in every layer.  query [B, H, n, D] to [B, n, H, D]; no attention weights."""
    memory: LayerMemory | None = getattr(module, "knn", None)
    if memory is None or not memory.on:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
    if attention_mask is not None and not _sees_all(attention_mask):
        raise ValueError("attention_mask has padding: a memory takes texts of one length; group them by it")
    if memory.retrieves and memory.stored and int(memory.start.max()) + key.shape[2] > memory.settings.window:
        step = attend_step if steps_alone(memory, query) else attend_windows
        out = step(module, memory, query, key, value, scaling)
    elif key.shape[2] <= memory.settings.window and not memory.retrieves:
        out = F.scaled_dot_product_attention(
            query, key, value, is_causal=query.shape[2] > 1, scale=scaling, enable_gqa=True
        )
    else:
        drop = memory.settings.drop_local if memory.retrieves else 0
        mask = local_mask(query.shape[2], key.shape[2], memory.settings.window, drop, query.device)
        out = F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, scale=scaling, enable_gqa=True
        )
    if memory.retrieves:
        memory.take_new(key.shape[2])
    return out.transpose(1, 2).contiguous(), None


def _sees_all(mask: Tensor) -> bool:
    """Whether the newest token sees every key."""
    newest = mask[..., -1, :]
    return bool(newest.all() if newest.dtype == torch.bool else (newest >= 0).all())


def _keep_hidden(module: nn.Module, args: tuple, kwargs: dict) -> None:
    module.knn.hidden = kwargs["hidden_states"] if "hidden_states" in kwargs else args[0]


AttentionInterface.register(NAME, knn_forward)
AttentionMaskInterface.register(NAME, sdpa_mask)
