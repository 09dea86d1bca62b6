"""S2-Attention's Triton kernels on a GPU, and a whole training step, written to results/attention_gpu.json.

One round measures all contenders of a case in turn, by CUDA events, and ratios are taken within a round.
bfloat16, 16 heads, head_dim 128, blocks of 64, 8 local blocks; batch 4, and 1 at 128K tokens.  The rivals,
FlashAttention-2 and cuDNN, are the fused causal attentions that PyTorch ships.  The training step has no
vocabulary and no optimizer: forward and backward through a Llama of 24 layers, whose activations are computed
again in the backward pass.  Every difference from a dense masked softmax in float64 is written down too.
"""

import argparse
import json
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch
import torch.nn.functional as F
from machine import machine
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import LlamaConfig, LlamaModel

from tenfold.kernels import PatternWarning, S2Pattern, s2_attention, triton_attention
from tenfold.kernels.hugging_face import set_s2
from tenfold.kernels.triton_tiles import TileShape, tile_shape
from tenfold.runs import source_fingerprint

HEADS, HEAD_DIM, BATCH = 16, 128, 4
SETTINGS = {"block": 64, "local_blocks": 8}
TIMES, LONGEST, STRIDES = tuple(1024 * 2**n for n in range(7)), 131072, (1, 4, 16)
LONGEST_DENSE_LIST = 32768  # at stride 1 the work lists of longer texts take gigabytes
LAYERS, MLP = 24, 5632
RESULT = Path(__file__).with_name("results") / "attention_gpu.json"
PARTS = ("exactness", "cases", "tiles", "step")
RIVALS = {"FlashAttention-2": SDPBackend.FLASH_ATTENTION, "cuDNN": SDPBackend.CUDNN_ATTENTION}


def dense(backend: SDPBackend, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    with sdpa_kernel(backend):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def milliseconds(run: Callable[[], object], repeats: int) -> float:
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(repeats):
        run()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / repeats


def rounds_of(field: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every contender in every round; each run is warmed up, and repeated to fill 20 ms."""
    repeats = {}
    for who, run in field.items():
        milliseconds(run, 2)
        repeats[who] = max(1, round(20 / milliseconds(run, 1)))
    measured: dict[str, list[float]] = {who: [] for who in field}
    for _ in range(rounds):
        for who, run in field.items():
            measured[who].append(milliseconds(run, repeats[who]) / 1000)
    return measured


def attention_cases(rounds: int) -> list[dict]:
    cases = []
    for length in (*TIMES, LONGEST):
        batch = 1 if length == LONGEST else BATCH
        q, k, v, gradient = (
            torch.randn(batch, HEADS, length, HEAD_DIM, device="cuda", dtype=torch.bfloat16) for _ in range(4)
        )
        attentions = {who: partial(dense, backend) for who, backend in RIVALS.items()}
        patterns = {
            f"S2, stride {v}": S2Pattern(HEADS, stride=v, **SETTINGS)
            for v in STRIDES
            if v > 1 or length <= LONGEST_DENSE_LIST
        }
        attentions |= {who: partial(s2_attention, pattern=p) for who, p in patterns.items()}
        ideal = {who: 1 / pattern.density(length) for who, pattern in patterns.items()}
        facts = {"batch": batch, "time": length, "ideal": ideal}
        forward = {who: partial(run, q, k, v) for who, run in attentions.items()}
        cases.append({"case": "forward", **facts, "seconds": rounds_of(forward, rounds)})
        leaves = tuple(x.requires_grad_() for x in (q, k, v))
        both = {
            who: lambda run=run, leaves=leaves, g=gradient: torch.autograd.grad(run(*leaves), leaves, g)
            for who, run in attentions.items()
        }
        cases.append({"case": "forward and backward", **facts, "seconds": rounds_of(both, rounds)})
        for case in cases[-2:]:
            print(
                case["case"],
                length,
                {who: f"{1e3 * min(s):.3g} ms" for who, s in case["seconds"].items()},
                flush=True,
            )
        del q, k, v, gradient, leaves, forward, both
        torch.cuda.empty_cache()
    return cases


def model_step(implementation: str, embeddings: Tensor) -> Callable[[], None]:
    config = LlamaConfig(
        vocab_size=1,
        hidden_size=HEADS * HEAD_DIM,
        intermediate_size=MLP,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=LONGEST,
    )
    set_s2(config, stride=16, **SETTINGS)
    config._attn_implementation = implementation
    with torch.device("cuda"):
        model = LlamaModel(config).bfloat16().train()
    model.gradient_checkpointing_enable()

    def step() -> None:
        model.zero_grad()
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            model(inputs_embeds=embeddings, use_cache=False).last_hidden_state.sum().backward()

    return step


def training_step(rounds: int) -> dict:
    """A step with either attention, and a layer's attention alone: forward, and forward and backward."""
    torch.manual_seed(0)
    embeddings = torch.randn(
        1, LONGEST, HEADS * HEAD_DIM, device="cuda", dtype=torch.bfloat16, requires_grad=True
    )
    shape = (1, HEADS, LONGEST, HEAD_DIM)
    q, k, v, gradient = (torch.randn(shape, device="cuda", dtype=torch.bfloat16) for _ in range(4))
    leaves = tuple(x.requires_grad_() for x in (q, k, v))
    pattern = S2Pattern(HEADS, stride=16, **SETTINGS)
    attentions = {
        "sdpa": partial(dense, SDPBackend.FLASH_ATTENTION),
        "s2": partial(s2_attention, pattern=pattern),
    }

    def alone(attention: Callable[..., Tensor]) -> None:
        with torch.no_grad():
            attention(q, k, v)  # a layer runs forward twice: its activations are computed again
        torch.autograd.grad(attention(*leaves), leaves, gradient)

    field = {f"attention {name}": partial(alone, attention) for name, attention in attentions.items()}
    field |= {f"step {name}": model_step(name, embeddings) for name in attentions}
    for run in field.values():
        milliseconds(run, 1)
    measured: dict[str, list[float]] = {who: [] for who in field}
    for _ in range(rounds):
        for who, run in field.items():
            measured[who].append(milliseconds(run, 1) / 1000)
    print("training step", {who: min(s) for who, s in measured.items()}, flush=True)
    return {"time": LONGEST, "layers": LAYERS, "density": pattern.density(LONGEST), "seconds": measured}


def dense_masked(q: Tensor, k: Tensor, v: Tensor, pattern: S2Pattern, lengths: Tensor) -> Tensor:
    """Attention from the formula, token by token; zero for padded queries."""
    token = torch.arange(q.shape[2], device=q.device)
    i, j = token[:, None] // pattern.block, token[None, :] // pattern.block
    group = pattern.heads // pattern.kv_heads
    padded = token >= lengths[:, None]
    outputs = []
    for h in range(pattern.heads):
        stripe = (j + h * pattern.head_step + pattern.offset) % pattern.stride == 0
        stripe |= h >= pattern.heads - pattern.dense_heads
        seen = (token[None, :] <= token[:, None]) & ((i - j < pattern.local_blocks) | stripe)
        scores = q[:, h] @ k[:, h // group].mT / q.shape[-1] ** 0.5
        out = scores.masked_fill(~seen, -torch.inf).softmax(-1) @ v[:, h // group]
        outputs.append(out.masked_fill(padded[..., None], 0.0))
    return torch.stack(outputs, 1)


def exactness() -> list[dict]:
    """Largest differences from float64 in output and gradients, for patterns, shapes and precisions."""
    torch.manual_seed(0)
    cases = []
    for pattern, length, head_dim in (
        (S2Pattern(8, 64, 1, 4), 2048, 64),
        (S2Pattern(8, 64, 2, 8, offset=1, kv_heads=2), 1999, 128),
        (S2Pattern(4, 16, 2, 3), 777, 80),
        (S2Pattern(4, 32, 1, 4, dense_heads=1), 1024, 128),
    ):
        lengths = torch.tensor([length, length - 333], device="cuda")
        heads = (pattern.heads, pattern.kv_heads, pattern.kv_heads, pattern.heads)
        inputs = [torch.randn(2, n, length, head_dim, device="cuda") for n in heads]
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            rounded = [x.to(dtype) for x in inputs]
            exact, ours = (
                with_gradients(attention, [x.to(kind) for x in rounded])
                for attention, kind in (
                    (lambda *x, p=pattern, n=lengths: dense_masked(*x, p, n), torch.float64),
                    (
                        lambda *x, p=pattern, n=lengths: s2_attention(*x, p, lengths=n, backend="triton"),
                        dtype,
                    ),
                )
            )
            plain = with_gradients(lambda *x, p=pattern, n=lengths: dense_masked(*x, p, n), rounded)
            facts = {"pattern": repr(pattern), "time": length, "head_dim": head_dim, "dtype": str(dtype)[6:]}
            cases.append(facts | {"ours": differences(ours, exact), "plain": differences(plain, exact)})
            print(cases[-1], flush=True)
    return cases


def differences(results: list[Tensor], exact: list[Tensor]) -> dict[str, float]:
    """Largest absolute differences."""
    errors = [float((a.double() - b).abs().max()) for a, b in zip(results, exact, strict=True)]
    return dict(zip(("output", "dq", "dk", "dv"), errors, strict=True))


def tile_shapes(rounds: int) -> dict:
    """The forward pass with the tile shape that is used, and on twice the warps, which spills nothing."""
    length, pattern = 16384, S2Pattern(HEADS, stride=16, **SETTINGS)
    q, k, v = (
        torch.randn(BATCH, HEADS, length, HEAD_DIM, device="cuda", dtype=torch.bfloat16) for _ in range(3)
    )
    used = tile_shape("forward", HEAD_DIM, q.dtype, "sm_90")
    shapes = {"used": used, "no spill": replace(used, warps=8)}

    def run(shape: TileShape) -> Tensor:
        with patch.object(triton_attention, "tile_shape", lambda *_: shape):
            return s2_attention(q, k, v, pattern)

    measured = rounds_of({name: partial(run, shape) for name, shape in shapes.items()}, rounds)
    print("tile shapes", {who: f"{1e3 * min(s):.3g} ms" for who, s in measured.items()}, flush=True)
    return {"time": length, "shapes": {n: asdict(s) for n, s in shapes.items()}, "seconds": measured}


def with_gradients(attention: Callable[..., Tensor], tensors: list[Tensor]) -> list[Tensor]:
    """tensors: q, k, v and the gradient of the output.  Padded queries have no gradient to give."""
    leaves = [x.clone().requires_grad_() for x in tensors[:3]]
    out = attention(*leaves)
    return [out.detach(), *torch.autograd.grad(out, leaves, tensors[3])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="repeats of every measurement (default 10)")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (default: all)"
    )
    parser.add_argument("--out", type=Path, default=RESULT, help="the result's file; other parts in it stay")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit(f"this benchmark needs a GPU, and PyTorch finds none; {RESULT} is what was recorded")
    warnings.simplefilter("ignore", PatternWarning)
    measure = {
        "exactness": exactness,
        "cases": partial(attention_cases, arguments.rounds),
        "tiles": partial(tile_shapes, arguments.rounds),
        "step": partial(training_step, arguments.rounds),
    }
    results = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    for part in arguments.parts:
        results[part] = {**circumstances(), "rounds": arguments.rounds, "result": measure[part]()}
        arguments.out.write_text(json.dumps(results, indent=1) + "\n")  # what is measured is kept


def circumstances() -> dict:
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            **machine("torch", "triton", "transformers"),
            "gpu": torch.cuda.get_device_name(),
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
        },
        "code": source_fingerprint("tenfold.kernels.triton_attention"),
    }


if __name__ == "__main__":
    main()
