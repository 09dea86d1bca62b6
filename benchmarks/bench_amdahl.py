"""A training step with dense attention and with S2-Attention, and attention alone: results/amdahl.json.

Amdahl's law predicts the step's speed-up from attention's share of the dense step and its own speed-up; both
are measured on tensors of the same shapes outside the model.  One round measures all four in turn, so that
another load on the machine meets all alike.  float32, one thread, batch 1, a Llama of 2 layers, d_model 256,
8 heads; blocks of 64, 4 local blocks, stride 8.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import torch
import torch.nn.functional as F
from machine import machine
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.kernels import S2Pattern, s2_attention
from tenfold.kernels.hugging_face import set_s2

TIMES, ROUNDS = (2048, 4096, 8192), 4
D_MODEL, LAYERS, HEADS = 256, 2, 8
SETTINGS = {"block": 64, "local_blocks": 4, "stride": 8}
RESULT = Path(__file__).with_name("results") / "amdahl.json"


def training_step(length: int, implementation: str) -> Callable[[], object]:
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=D_MODEL,
        intermediate_size=704,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=length,
    )
    set_s2(config, **SETTINGS)
    config._attn_implementation = implementation
    model = LlamaForCausalLM(config)
    optimizer = torch.optim.AdamW(model.parameters())
    tokens = torch.randint(256, (1, length))

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(model(tokens, use_cache=False).logits[0, :-1], tokens[0, 1:]).backward()
        optimizer.step()

    return step


def attention_alone(length: int, implementation: str) -> Callable[[], object]:
    """Forward and backward of one layer's attention."""
    pattern = S2Pattern(HEADS, **SETTINGS)
    q, k, v = (torch.randn(1, HEADS, length, D_MODEL // HEADS, requires_grad=True) for _ in range(3))
    gradient = torch.randn(q.shape)

    def run() -> object:
        out = (
            s2_attention(q, k, v, pattern)
            if implementation == "s2"
            else F.scaled_dot_product_attention(q, k, v, is_causal=True)
        )
        return torch.autograd.grad(out, (q, k, v), gradient)

    return run


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(1)
    load, cases = [os.getloadavg()[0]], []
    for length in TIMES:
        field = {
            f"{what} {implementation}": make(length, implementation)
            for what, make in (("step", training_step), ("attention", attention_alone))
            for implementation in ("sdpa", "s2")
        }
        for run in field.values():
            run()
        measured = {name: [] for name in field}
        for _ in range(ROUNDS):
            for name, run in field.items():
                measured[name].append(seconds(run))
        density = S2Pattern(HEADS, **SETTINGS).density(length)
        cases.append({"time": length, "density": density, "layers": LAYERS, "seconds": measured})
        print(length, {name: min(values) for name, values in measured.items()}, flush=True)
    load.append(os.getloadavg()[0])
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("torch", "transformers", "tenfold"),
        "load_average": {"before": load[0], "after": load[1]},
        "rounds": ROUNDS,
        "cases": cases,
    }
    RESULT.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
