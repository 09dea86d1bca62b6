"""The clock may jump: no duration is a difference of wall-clock times, and such times order nothing."""

import ast
from dataclasses import replace
from pathlib import Path

from tenfold.runs import RunStore, sweep

REPOSITORY = Path(__file__).parents[2]


def test_no_duration_is_measured_by_the_wall_clock():
    found = [
        f"{file.name}:{node.lineno}"
        for file in (REPOSITORY / "lib").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.time", "time.time_ns")
    ]
    assert found == []


def test_runs_recorded_in_the_future_are_loaded_in_the_order_of_the_file(trial, tmp_path):
    store, moved = RunStore(tmp_path / "now.jsonl"), RunStore(tmp_path / "moved.jsonl")
    configs = [{"lr": n / 10, "steps": 2} for n in range(3)]
    runs = sweep(trial.train, configs, store, progress=False)
    for run, year in zip(runs, ("2031", "1970", "2026"), strict=True):
        moved.append(replace(run, recorded=f"{year}-01-02T03:04:05+00:00"))
    assert list(moved.load()) == [run.key for run in runs]
    assert [run.metrics for run in sweep(trial.train, configs, moved, progress=False)] == [
        run.metrics for run in runs
    ]
