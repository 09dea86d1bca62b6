"""Training speed of `tenfold.lm` beside two baselines, written to results/training_speed.{json,md}.

Every contender trains the same shape on the same text for the same number of steps, on one thread. One round
measures all of them in turn, so that another load on the machine meets all alike; rounds are repeated and
ratios are taken within a round. Speed is tokens per second of this process's CPU time in its steps alone:
compilation comes before the first round, and what a contender needs to set up a run is measured by runs of
two steps and taken off. Both are in the results.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported

import hugging_face_trainer
import plain
import torch
import torch._inductor.config
from machine import machine
from report import table

from tenfold.corpora import corpus_config, load_text
from tenfold.lm import DecoderConfig, TrainingConfig, train_parameters, training
from tenfold.lm.data import byte_tokens

LR = 0.01
SETUP_STEPS = 2
RESULTS = Path(__file__).with_name("results")
# Name, model, windows a step, tokens a window, steps a measurement, numbers of runs trained as one.
SHAPES = (
    ("0.03M", DecoderConfig(40, layers=1, heads=2), 4, 64, 500, (1, 4, 8)),
    ("0.1M", DecoderConfig(64, layers=2, heads=2), 4, 64, 300, (1, 4)),
    ("0.1M, long batch", DecoderConfig(64, layers=2, heads=2), 16, 128, 50, (1, 4)),
    ("1M", DecoderConfig(160, layers=3, heads=5), 4, 64, 80, (1, 4)),
    ("1M, long batch", DecoderConfig(160, layers=3, heads=5), 16, 128, 15, (1, 4)),
)


def ours(model: DecoderConfig, *, runs: int, batch: int, context: int, steps: int) -> float:
    """Mean training loss of `runs` runs trained as one computation by the library's own loop."""
    shared = {"steps": steps, "lr": LR, "batch": batch, "context": context}
    configs = [
        TrainingConfig(model, corpus_config("chat"), seed=seed, **shared).to_json() for seed in range(runs)
    ]
    _, curve = train_parameters(configs)
    return sum(loss.mean().item() for _, loss in curve) / len(curve)


def contenders(model, batch, context, runs: Iterable[int]) -> dict[str, tuple[int, Callable[[int], float]]]:
    """Name to (runs trained at once, train(steps) -> mean training loss)."""
    text = byte_tokens(load_text("chat").train)
    shape = {"batch": batch, "context": context}
    return {
        "plain loop": (1, lambda steps: plain.train(model, text, steps=steps, lr=LR, **shape)),
        "Trainer": (1, lambda steps: hugging_face_trainer.train(model, text, steps=steps, lr=LR, **shape)),
    } | {f"ours, R={r}": (r, lambda steps, r=r: ours(model, runs=r, steps=steps, **shape)) for r in runs}


def timed(train: Callable[[int], float], steps: int) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    loss = train(steps)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if not math.isfinite(loss):
        raise ArithmeticError(f"training loss is {loss}: a contender that does not train is not measured")
    return {"cpu_seconds": cpu, "wall_seconds": wall, "mean_training_loss": loss}


def measure(shape, *, rounds: int, scale: float) -> dict:
    name, model, batch, context, steps, runs = shape
    steps = max(2 * SETUP_STEPS, round(steps * scale))
    field = contenders(model, batch, context, runs)
    first = {who: timed(train, SETUP_STEPS)["wall_seconds"] for who, (_, train) in field.items()}
    setup = {
        who: median(timed(train, SETUP_STEPS)["cpu_seconds"] for _ in range(3))
        for who, (_, train) in field.items()
    }
    measured = {who: [] for who in field}
    for number in range(rounds):
        for who, (r, train) in field.items():
            row = timed(train, steps)
            tokens = (steps - SETUP_STEPS) * r * batch * context
            row["tokens_per_cpu_second"] = tokens / (row["cpu_seconds"] - setup[who])
            measured[who].append(row)
            speed = row["tokens_per_cpu_second"]
            print(f"{name}, round {number + 1}/{rounds}, {who}: {speed:,.0f} tokens/s", flush=True)
    speeds = {who: [row["tokens_per_cpu_second"] for row in rows] for who, rows in measured.items()}
    batched = [who for who in field if who.startswith("ours")]
    return {
        "shape": name,
        "parameters": model.n_parameters,
        "model": asdict(model),
        "batch": batch,
        "context": context,
        "steps": steps,
        "speed": {who: spread(values) for who, values in speeds.items()},
        "ratio": {
            f"{who} / {base}": spread([a / b for a, b in zip(speeds[who], speeds[base], strict=True)])
            for who in batched
            for base in ("plain loop", "Trainer")
        },
        "setup_cpu_seconds": setup,
        "compile_wall_seconds": {who: first[who] for who in batched},
        "rounds": measured,
    }


def spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "low": min(values), "high": max(values)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="repeats of every measurement (default 7)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor of the steps (default 1)")
    names = [shape[0] for shape in SHAPES]
    parser.add_argument("--shapes", nargs="*", default=names, choices=names)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    training.COMPILE_FROM = 0  # a measurement is shorter than the runs that are worth compiling
    torch._inductor.config.force_disable_caches = True  # so that the time to compile is that of a first run
    load = [os.getloadavg()[0]]
    shapes = [
        measure(shape, rounds=arguments.rounds, scale=arguments.scale)
        for shape in SHAPES
        if shape[0] in arguments.shapes
    ]
    load.append(os.getloadavg()[0])
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("torch", "transformers", "accelerate", "tenfold"),
        "load_average": {"before": load[0], "after": load[1]},
        "rounds": arguments.rounds,
        "shapes": shapes,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "training_speed.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "training_speed.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
