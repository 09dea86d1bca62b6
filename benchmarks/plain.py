"""The baseline: the same decoder as an ordinary module, trained by an ordinary eager loop."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tenfold.lm import DecoderConfig
from tenfold.lm.decoder import EPS, ROPE_BASE


class Block(nn.Module):
    def __init__(self, config: DecoderConfig):
        super().__init__()
        d, ff = config.d_model, config.d_ff
        self.heads, self.head_dim = config.heads, config.head_dim
        self.attention_norm, self.mlp_norm = nn.RMSNorm(d, eps=EPS), nn.RMSNorm(d, eps=EPS)
        self.q_norm, self.k_norm = (nn.RMSNorm(config.head_dim, eps=EPS) for _ in range(2))
        self.qkv, self.o = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.gate_up, self.down = nn.Linear(d, 2 * ff, bias=False), nn.Linear(ff, d, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, time, d = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(batch, time, 3, self.heads, self.head_dim)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        q, k = rotate(self.q_norm(q), cos, sin), rotate(self.k_norm(k), cos, sin)
        attention = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(attention.transpose(1, 2).reshape(batch, time, d))
        gate, up = self.gate_up(self.mlp_norm(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self, config: DecoderConfig, context: int):
        super().__init__()
        self.embedding = nn.Embedding(config.vocab, config.d_model)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.d_model, eps=EPS)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=config.d_model**-0.5)
        for block in self.blocks:
            nn.init.zeros_(block.o.weight)
            nn.init.zeros_(block.down.weight)
        frequency = ROPE_BASE ** (-torch.arange(0, config.head_dim, 2) / config.head_dim)
        angle = torch.outer(torch.arange(context), frequency)
        self.register_buffer("cos", torch.cat([angle.cos()] * 2, -1))
        self.register_buffer("sin", torch.cat([angle.sin()] * 2, -1))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) * self.embedding.embedding_dim**0.5
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return self.norm(x) @ self.embedding.weight.T


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


def train(config: DecoderConfig, text: Tensor, *, batch: int, context: int, steps: int, lr: float) -> float:
    """Mean training loss over the run. AdamW is PyTorch's fused one, the fastest that it has on a CPU."""
    torch.manual_seed(0)
    model = Decoder(config, context)
    gains = [p for p in model.parameters() if p.dim() == 1]
    matrices = [p for p in model.parameters() if p.dim() > 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": gains, "weight_decay": 0.0}],
        lr=lr,
        betas=(0.9, 0.95),
        fused=True,
    )
    total = 0.0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = lr * (0.55 + 0.45 * math.cos(math.pi * step / steps))
        start = torch.randint(len(text) - context, (batch,))
        tokens = torch.stack([text[s : s + context + 1] for s in start.tolist()]).long()
        loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    return total / steps
