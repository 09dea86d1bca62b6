"""Sweeps beside a plain loop that records nothing, written to results/sweep.{json,md}.

The loop calls the train function on one configuration after the other, in this process. The sweep calls it in
processes of its own, and records each run on disk before the next. Two kinds of run: training a small
decoder, and gradient descent on x², which takes no time, so that what is left is the sweep itself. The
processes are started before the first round. Wall-clock time, since several processes share the work.
"""

import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from side_by_side import (
    command_line,
    conditions,
    growth,
    growth_table,
    ranged,
    ratios,
    said,
    spread,
    wall_seconds,
    write,
)

import tenfold
from tenfold.corpora import corpus_config
from tenfold.lm import DecoderConfig, TrainingConfig, train_runs
from tenfold.runs import RunStore, sweep

TRIAL = Path(__file__).parents[1] / "tests" / "runs"  # has the train function that takes no time
PROCESSES = (1, 2)
DECODERS, STEPS = 6, 200
DESCENTS = 200
GROWN = (50, 100, 200, 400, 800, 1600)


WHY = (
    "Each process parses a recorded run once, so the number of runs counts about once. Before a run is "
    "added, the file is read again and compared with what was parsed, so that two sweeps may share it and an "
    "altered line is found at once: a small part that grows with the square of the runs."
)


def decoders() -> list[dict]:
    model, corpus = DecoderConfig(40, layers=1, heads=2), corpus_config("chat")
    rates = [0.004 * 1.5**k for k in range(DECODERS)]
    return [TrainingConfig(model, corpus, steps=STEPS, lr=lr, batch=4, context=64).to_json() for lr in rates]


def descents(number: int) -> list[dict]:
    return [{"lr": k / number, "steps": 3} for k in range(number)]


def loop(train: Callable, configs: list[dict]) -> list[dict]:
    return [train([dict(config)])[0] for config in configs]


def swept(train: Callable, configs: list[dict], processes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder, "sweep.jsonl"))
        runs = sweep(train, configs, store, n_jobs=processes, backend="loky", progress=False)
        if len(store.load()) != len(configs) or [run.config for run in runs] != configs:
            raise ArithmeticError("the sweep has not recorded what it was asked for")


def measure(train: Callable, configs: list[dict], rounds: int) -> dict:
    rows = []
    for _ in range(rounds):
        row = {"plain loop": wall_seconds(lambda: loop(train, configs))}
        for processes in PROCESSES:
            seconds = wall_seconds(lambda processes=processes: swept(train, configs, processes))
            row[f"sweep, {processes} process{'es' * (processes > 1)}"] = seconds
        rows.append(row)
        print(row, flush=True)
    return {
        "runs": len(configs),
        "seconds": {name: spread([row[name] for row in rows]) for name in rows[0]},
        "to_loop": {name: ratios(rows, name, "plain loop") for name in rows[0] if name != "plain loop"},
    }


def table(results: dict) -> list[str]:
    lines = [
        "# Sweeps",
        "",
        said(results, "torch", "joblib"),
        "",
        "Wall-clock time, starting the processes not counted. The loop records nothing; the sweep writes "
        "every run to disk before it goes on. To loop: the sweep's time over the loop's; below 1 the sweep "
        "is faster.",
        "",
        "| Runs | Number | Contender | Seconds | Seconds a run | To loop |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind, part in results["kinds"].items():
        for name, seconds in part["seconds"].items():
            to_loop = ranged(part["to_loop"][name]) if name in part["to_loop"] else ""
            each = f"{seconds['median'] / part['runs']:.4f}"
            lines.append(f"| {kind} | {part['runs']} | {name} | {ranged(seconds)} | {each} | {to_loop} |")
    grown = {"runs that take no time, 1 process": ("runs", results["growth"])}
    return [*lines, "", *growth_table(grown), "", WHY]


def main() -> None:
    arguments = command_line(__doc__, rounds=3)
    before = os.getloadavg()[0]
    torch.set_num_threads(1)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TRIAL / "site"), *sys.path[1:]])  # of the processes
    tenfold.__path__.append(str(TRIAL / "modules"))
    descend = importlib.import_module("tenfold.trial").train
    small = decoders()
    loop(train_runs, small[:1])
    for processes in PROCESSES:
        swept(train_runs, small[: 2 * processes], processes)  # each process imports what it needs
    kinds = {
        "training, 0.03M parameters": measure(train_runs, small, arguments.rounds),
        "nothing to compute": measure(descend, descents(DESCENTS), arguments.rounds),
    }
    seconds = [
        [wall_seconds(lambda size=size: swept(descend, descents(size), 1)) for size in GROWN]
        for _ in range(arguments.rounds)
    ]
    results = conditions("torch", "joblib", rounds=arguments.rounds, load_before=before)
    results |= {"kinds": kinds, "growth": growth(GROWN, seconds)}
    write("sweep", results, table(results), arguments.out)


if __name__ == "__main__":
    main()
