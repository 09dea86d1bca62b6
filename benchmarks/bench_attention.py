"""Speed of S2-Attention on the CPU beside dense and FlexAttention, written to results/attention.{json,md}.

One round measures all contenders of a case in turn, so that another load on the machine meets all alike;
rounds are repeated and ratios are taken within a round, in wall-clock.  Dense is the platform's fused causal
attention; FlexAttention is compiled, has the same block mask, and no backward on the CPU.  Compilation comes
before the first round.  float32, batch 1, 8 heads, head_dim 64, block 64, 16 local blocks.
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from attention_report import table
from machine import machine
from torch.nn.attention.flex_attention import BlockMask, flex_attention

from tenfold.kernels import PatternWarning, S2Pattern
from tenfold.kernels.cpu import s2_attention_cpu
from tenfold.kernels.decode import S2Cache, s2_decode

HEADS, HEAD_DIM, BLOCK, LOCAL_BLOCKS = 8, 64, 64, 16
TIMES, STRIDES, DECODE_TIME = (2048, 4096, 8192, 16384), (8, 16), 32768
RESULTS = Path(__file__).with_name("results")


def causal(b, h, q, k):
    return q >= k


def flex_mask(pattern: S2Pattern, length: int) -> BlockMask:
    """The pattern's blocks: those below the diagonal whole, the diagonal causal."""
    n = pattern.n_blocks(length)
    below = pattern.block_mask(n) & ~torch.eye(n, dtype=torch.bool)
    whole_count = below.sum(-1).int()[None]
    whole_index = torch.sort(below.int(), dim=-1, descending=True, stable=True).indices.int()[None]
    diagonal = torch.arange(n, dtype=torch.int32).view(1, 1, n, 1).expand(1, HEADS, n, n).contiguous()
    return BlockMask.from_kv_blocks(
        torch.ones_like(whole_count),
        diagonal,
        whole_count,
        whole_index,
        BLOCK_SIZE=pattern.block,
        mask_mod=causal,
        seq_lengths=(length, length),
    )


def attention_case(pattern: S2Pattern, length: int, *, backward: bool) -> dict[str, Callable[[], object]]:
    q, k, v = (torch.randn(1, HEADS, length, HEAD_DIM, requires_grad=backward) for _ in range(3))
    gradient = torch.randn(1, HEADS, length, HEAD_DIM)
    field = {
        "dense": lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        "ours": lambda: s2_attention_cpu(q, k, v, pattern),
    }
    if backward:
        return {
            who: lambda run=run: torch.autograd.grad(run(), (q, k, v), gradient) for who, run in field.items()
        }
    mask, compiled = flex_mask(pattern, length), torch.compile(flex_attention, dynamic=False)
    field["flex"] = lambda: compiled(q, k, v, block_mask=mask)
    torch.testing.assert_close(field["flex"](), field["ours"](), atol=1e-4, rtol=1e-4)
    return field


def decode_case(pattern: S2Pattern, length: int) -> dict[str, Callable[[], object]]:
    """One token after `length`; the dense contender attends over a cache that is filled already."""
    q, k, v = (torch.randn(1, HEADS, n, HEAD_DIM) for n in (1, length, length))
    cache = S2Cache(pattern, 1, HEAD_DIM)
    cache.append(k, v)
    new = torch.randn(1, HEADS, 1, HEAD_DIM)

    def ours() -> torch.Tensor:
        cache.append(new, new)
        return s2_decode(q, cache, pattern)

    return {"dense": lambda: F.scaled_dot_product_attention(q, k, v), "ours": ours}


def seconds(run: Callable[[], object], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


def measure(name: str, field: dict[str, Callable[[], object]], *, rounds: int, repeats: int, **facts) -> dict:
    for run in field.values():
        run()
    measured = {who: [] for who in field}
    for _ in range(rounds):
        for who, run in field.items():
            measured[who].append(seconds(run, repeats))
    speedup = {
        f"{base} / ours": spread([a / b for a, b in zip(measured[base], measured["ours"], strict=True)])
        for base in field
        if base != "ours"
    }
    print(name, facts, {who: round(s["median"], 2) for who, s in speedup.items()}, flush=True)
    return {"case": name, **facts, "seconds": measured, "speedup": speedup}


def spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "low": min(values), "high": max(values)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="repeats of every measurement (default 3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of every contender (default 2)")
    parser.add_argument("--times", type=int, nargs="*", default=TIMES, help="text lengths in tokens")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    warnings.simplefilter("ignore", PatternWarning)  # 8 heads do not reach 16 residues: speed does not mind
    load, cases = [os.getloadavg()[0]], []
    for stride in STRIDES:
        pattern = S2Pattern(HEADS, BLOCK, LOCAL_BLOCKS, stride)
        for length in arguments.times:
            facts = {"stride": stride, "time": length, "ideal": 1 / pattern.density(length)}
            options = {"rounds": arguments.rounds, "repeats": max(1, 8192 // length), **facts}
            for backward in (False, True):
                torch._dynamo.reset()
                name = "forward and backward" if backward else "forward"
                cases.append(measure(name, attention_case(pattern, length, backward=backward), **options))
        live = int(pattern.live_kv_blocks(DECODE_TIME).sum()) / (HEADS * pattern.n_blocks(DECODE_TIME))
        facts = {"stride": stride, "time": DECODE_TIME, "ideal": 1 / live}
        field = decode_case(pattern, DECODE_TIME)
        cases.append(measure("decode", field, rounds=arguments.rounds, repeats=40, **facts))
    load.append(os.getloadavg()[0])
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("torch", "tenfold"),
        "load_average": {"before": load[0], "after": load[1]},
        "rounds": arguments.rounds,
        "cases": cases,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    name = "attention" if arguments.threads == 2 else f"attention_threads_{arguments.threads}"
    (arguments.out / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / f"{name}.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
