"""Retrieval from 8 windows beside dense attention over 2 windows, written to results/longcontext.{json,md}.

One Llama with random weights, one thread. A step of generation: CPU time of a new token after the first, mean
over `STEPS`. Reading: CPU time until the first new token, storing the states and filling the cache. One round
measures all contenders in turn, so that another load on the machine meets all alike; ratios are taken within
a round.
"""

import argparse
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported

import faiss
import torch
from machine import machine
from transformers import LlamaConfig, LlamaForCausalLM, StoppingCriteria, StoppingCriteriaList

from tenfold.longcontext.cost import Shape, cache_bytes
from tenfold.longcontext.index import HiddenStateIndex
from tenfold.longcontext.knn_attention import KnnAttention
from tenfold.longcontext.settings import KnnSettings

RESULTS = Path(__file__).with_name("results")
SHAPE = Shape(layers=4, width=256, heads=8, kv_heads=8, head_dim=32)
WINDOW, STEPS, LAYER = 512, 16, 2
INDEXES = {
    "exact": None,
    "faiss exact": HiddenStateIndex,
    "faiss HNSW": lambda width: HiddenStateIndex(width, kind="hnsw"),
}


def contenders() -> dict[str, tuple[int, KnnSettings, object]]:
    """Name to tokens behind the new one, settings, index."""
    dense = {f"dense {n}W": (n * WINDOW, KnnSettings(n * WINDOW), None) for n in (1, 2, 8)}
    retrieving = {
        f"retrieval 8W, k = {k}, {name}": (8 * WINDOW, KnnSettings(WINDOW, layers=(LAYER,), k=k), index)
        for name, index in INDEXES.items()
        for k in ((32, WINDOW) if name == "exact" else (32,))
    }
    return dense | retrieving


def new_model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=1024,
            hidden_size=SHAPE.width,
            intermediate_size=2 * SHAPE.width,
            num_hidden_layers=SHAPE.layers,
            num_attention_heads=SHAPE.heads,
            max_position_embeddings=8 * WINDOW,
            bos_token_id=None,
            eos_token_id=None,
            pad_token_id=0,
        )
    ).eval()


def timed(model: LlamaForCausalLM, tokens: torch.Tensor, settings: KnnSettings, index) -> dict[str, float]:
    """CPU seconds of reading and of a step, and bytes that are held: cache of the window, memory."""
    knn = KnnAttention(model, settings, index=index)
    clock = Clock()
    start = time.process_time()
    if settings.layers:
        knn.read(tokens)
    knn.generate(
        tokens, max_new_tokens=1 + STEPS, do_sample=False, stopping_criteria=StoppingCriteriaList([clock])
    )
    knn.remove()
    return {
        "read_seconds": clock.times[0] - start,
        "step_seconds": (clock.times[-1] - clock.times[0]) / STEPS,
        "cache_bytes": cache_bytes(SHAPE, min(tokens.shape[1], settings.window)),
        "memory_bytes": knn.nbytes,
    }


class Clock(StoppingCriteria):
    """CPU time after every new token."""

    def __init__(self):
        self.times = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
        self.times.append(time.process_time())
        return torch.zeros(len(input_ids), dtype=torch.bool)


def spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "low": min(values), "high": max(values)}


def table(results: dict) -> str:
    computer, load = results["machine"], results["load_average"]
    lines = [
        "# Retrieval beside dense attention",
        "",
        f"Measured {results['measured']}, {results['rounds']} rounds, one thread, on {computer['processor']} "
        f"({computer['cores']} cores, {computer['system']}), Python {computer['python']}, "
        f"torch {computer['torch']}, faiss {computer['faiss-cpu']}. Load average {load['before']:.1f} "
        f"before, {load['after']:.1f} after: about 1 is a quiet machine.",
        "",
        f"{SHAPE.layers} layers, d_model {SHAPE.width}, {SHAPE.heads} heads, W = {WINDOW}; retrieval in "
        f"layer {LAYER}. CPU milliseconds, float32: median over rounds, in brackets the lowest and highest; "
        "the ratio to dense 2W is taken within a round. Bytes: keys and values of the window, and the memory "
        "with its index. Transformers' cache keeps all keys here; the bytes are those that attention reads.",
        "",
        "| Contender | Reading, ms | A step, ms | Step to dense 2W | Cache, KiB | Memory, KiB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in results["rows"].items():
        cells = [
            name,
            ranged(row["read_seconds"], 1000, ".0f"),
            ranged(row["step_seconds"], 1000, ".1f"),
            ranged(row["ratio"], 1, ".2f"),
            f"{row['cache_bytes'] / 1024:,.0f}",
            f"{row['memory_bytes'] / 1024:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def ranged(values: dict[str, float], unit: float, form: str) -> str:
    return f"{values['median'] * unit:{form}} [{values['low'] * unit:{form}}, {values['high'] * unit:{form}}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="repeats of every measurement (default 7)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    load = [os.getloadavg()[0]]
    model, all_ = new_model(), contenders()
    text = torch.randint(1024, (1, 8 * WINDOW), generator=torch.Generator().manual_seed(0))
    measured: dict[str, list[dict]] = {name: [] for name in all_}
    for number in range(arguments.rounds):
        for name in sorted(all_, reverse=number % 2 == 0):
            tokens, settings, index = all_[name]
            measured[name].append(timed(model, text[:, -tokens:], settings, index))
        print(f"round {number + 1}/{arguments.rounds}", flush=True)
    load.append(os.getloadavg()[0])
    rows = {}
    for name, rounds in measured.items():
        steps = [one["step_seconds"] for one in rounds]
        dense = [one["step_seconds"] for one in measured["dense 2W"]]
        rows[name] = {
            "read_seconds": spread([one["read_seconds"] for one in rounds]),
            "step_seconds": spread(steps),
            "ratio": spread([a / b for a, b in zip(steps, dense, strict=True)]),
            "cache_bytes": rounds[0]["cache_bytes"],
            "memory_bytes": rounds[0]["memory_bytes"],
            "rounds": rounds,
        }
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("torch", "transformers", "faiss-cpu", "tenfold"),
        "load_average": {"before": load[0], "after": load[1]},
        "rounds": arguments.rounds,
        "rows": rows,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "longcontext.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "longcontext.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
