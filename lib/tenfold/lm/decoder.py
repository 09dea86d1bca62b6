"""A small Llama-type decoder whose weights carry a leading axis of runs.

R models of one shape are one tensor [R, P]; every matrix product is batched over R, so that a sweep trains
R runs as one computation. R = 1 is an ordinary model.

Pre-norm blocks of RMSNorm, rotary attention and SwiGLU (Touvron et al. 2023, arXiv:2302.13971), with RMSNorm
on queries and keys (as in Qwen3) where `qk_norm` is set, and one matrix for input and output embedding.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

EPS = 1e-6
ROPE_BASE = 10_000.0


@dataclass(frozen=True)
class DecoderConfig:
    """Shape of a decoder. d_ff: width of the SwiGLU layer, by default 8/3 d_model to a multiple of 16."""

    d_model: int
    layers: int = 1
    heads: int = 2
    d_ff: int | None = None
    vocab: int = 256
    qk_norm: bool = True

    def __post_init__(self):
        for name in ("d_model", "layers", "heads", "vocab"):
            value = getattr(self, name)
            if not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        if self.d_model % (2 * self.heads):
            raise ValueError(
                f"d_model is {self.d_model} with heads={self.heads}; allowed: a multiple of 2 * heads, "
                "since rotary positions turn pairs within a head"
            )
        if self.d_ff is None:
            object.__setattr__(self, "d_ff", max(16, round(self.d_model * 8 / 3 / 16) * 16))

    @property
    def head_dim(self) -> int:
        return self.d_model // self.heads

    @property
    def n_parameters(self) -> int:
        return sum(math.prod(shape) for shape in parameter_shapes(self).values())


def parameter_shapes(config: DecoderConfig) -> dict[str, tuple[int, ...]]:
    """Name to shape, in the order in which the parameters stand in the flat vector."""
    d, ff = config.d_model, config.d_ff
    shapes = {"embedding": (config.vocab, d)}
    for layer in range(config.layers):
        block = {"attention_norm": (d,), "qkv": (d, 3 * d), "o": (d, d)}
        if config.qk_norm:
            block |= {"q_norm": (config.head_dim,), "k_norm": (config.head_dim,)}
        block |= {"mlp_norm": (d,), "gate_up": (d, 2 * ff), "down": (ff, d)}
        shapes |= {f"layers.{layer}.{name}": shape for name, shape in block.items()}
    return shapes | {"final_norm": (d,)}


def initial_parameters(config: DecoderConfig, seed: int) -> Tensor:
    """One model's parameters, [P]: embeddings and input projections of standard deviation d_model**-0.5,
    zero output projections (each block starts as the identity), unit gains."""
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for name, shape in parameter_shapes(config).items():
        if len(shape) == 1:
            parts.append(torch.ones(shape))
        elif name.endswith((".o", ".down")):
            parts.append(torch.zeros(shape))
        else:
            parts.append(torch.randn(shape, generator=generator) * config.d_model**-0.5)
    return torch.cat([part.flatten() for part in parts])


def named_parameters(parameters: Tensor, config: DecoderConfig) -> dict[str, Tensor]:
    """Views of the flat parameters [R, P] by name, each [R, *shape]."""
    shapes = parameter_shapes(config)
    parts = parameters.split([math.prod(shape) for shape in shapes.values()], dim=1)
    return {name: part.reshape(-1, *shape) for part, (name, shape) in zip(parts, shapes.items(), strict=True)}


def decay_mask(config: DecoderConfig) -> Tensor:
    """[P]: 1 where weight decay applies (matrices), 0 on the gains of norms."""
    shapes = parameter_shapes(config).values()
    return torch.cat([torch.full((math.prod(shape),), float(len(shape) > 1)) for shape in shapes])


def decoder_logits(parameters: Tensor, tokens: Tensor, config: DecoderConfig) -> Tensor:
    """Next-token logits [R, B, T, vocab] of R models, parameters [R, P], on tokens [R, B, T]."""
    weights = named_parameters(parameters, config)
    runs, batch, time = tokens.shape
    embedding = weights["embedding"]
    rows = tokens + torch.arange(runs, device=tokens.device)[:, None, None] * config.vocab
    # The factor keeps a token's embedding as large as what the blocks add to it.
    x = F.embedding(rows.flatten(1), embedding.flatten(0, 1)) * config.d_model**0.5  # [R, B*T, d]
    cos, sin = _rotary(time, config.head_dim, tokens.device)
    causal = torch.full((time, time), float("-inf"), device=tokens.device).triu(1)
    for layer in range(config.layers):
        block = {
            name.removeprefix(f"layers.{layer}."): weight
            for name, weight in weights.items()
            if name.startswith(f"layers.{layer}.")
        }
        h = _rms_norm(x, block["attention_norm"][:, None]) @ block["qkv"]
        heads = h.reshape(runs, batch, time, 3, config.heads, config.head_dim).permute(3, 0, 1, 4, 2, 5)
        q, k, v = heads.unbind(0)  # each [R, B, heads, T, head_dim]
        if config.qk_norm:
            q = _rms_norm(q, block["q_norm"][:, None, None, None])
            k = _rms_norm(k, block["k_norm"][:, None, None, None])
        q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
        q, k, v = (t.reshape(-1, config.heads, time, config.head_dim) for t in (q, k, v))
        # Written out: at these sizes, compiled, it is faster on a CPU than the fused attention call.
        attention = (q @ k.transpose(-1, -2) * config.head_dim**-0.5 + causal).softmax(-1) @ v
        x = x + attention.transpose(1, 2).reshape(runs, batch * time, -1) @ block["o"]
        gate, up = (_rms_norm(x, block["mlp_norm"][:, None]) @ block["gate_up"]).chunk(2, -1)
        x = x + (F.silu(gate) * up) @ block["down"]
    logits = _rms_norm(x, weights["final_norm"][:, None]) @ embedding.transpose(1, 2)
    return logits.reshape(runs, batch, time, config.vocab)


def next_token_loss(parameters: Tensor, tokens: Tensor, config: DecoderConfig) -> Tensor:
    """Mean cross-entropy in nats per predicted token, [R], on tokens [R, B, T + 1]."""
    logits = decoder_logits(parameters, tokens[..., :-1], config)
    loss = F.cross_entropy(logits.flatten(0, 2), tokens[..., 1:].flatten(), reduction="none")
    return loss.reshape(tokens.shape[0], -1).mean(1)


def _rms_norm(x: Tensor, gain: Tensor) -> Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * gain


def _rotary(time: int, head_dim: int, device: torch.device) -> tuple[Tensor, Tensor]:
    frequency = ROPE_BASE ** (-torch.arange(0, head_dim, 2, device=device) / head_dim)
    angle = torch.arange(time, device=device)[:, None] * frequency
    return torch.cat([angle.cos()] * 2, -1), torch.cat([-angle.sin(), angle.sin()], -1)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding in the half-split layout of Llama's Hugging Face weights."""
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([second, first], -1) * sin
