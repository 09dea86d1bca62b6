"""The page of benchmarks shows what was measured, and the arithmetic of the gpu profile adds up."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tenfold.book.benchmarks import COUNTED, MEASURED, stage_benchmarks

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def scripts():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield
    sys.path.remove(str(ROOT / "benchmarks"))


def test_page_has_the_measured_tables_in_reading_order(tmp_path):
    results = tmp_path / "benchmarks" / "results"
    results.mkdir(parents=True)
    for name in ("serp", "laws", "unknown"):
        (results / f"{name}.md").write_text(f"# {name}\n")
    stage_benchmarks(tmp_path, tmp_path)
    assert (tmp_path / "benchmarks.md").read_text() == "# laws\n\n# serp\n"
    assert (tmp_path / "gpu_cost.md").read_text() == ""


def test_every_table_comes_from_a_script_and_says_when_it_was_measured():
    scripts = "".join(path.read_text() for path in (ROOT / "benchmarks").glob("*.py"))
    for name in (*MEASURED, *COUNTED):
        assert f'"{name}' in scripts, name


@pytest.mark.parametrize("name", MEASURED)
def test_everything_on_the_page_was_measured(name):
    results = ROOT / "benchmarks" / "results"
    assert (results / f"{name}.json").is_file(), f"run benchmarks/bench_{name}.py on a quiet machine"
    measured = json.loads((results / f"{name}.json").read_text())["measured"]
    assert f"\nMeasured {measured}" in (results / f"{name}.md").read_text()


@pytest.mark.parametrize(
    ("name", "report"),
    [("attention", "attention_report"), ("growth", "growth_report")],
)
def test_stored_table_is_that_of_the_stored_measurements(name, report):
    results = ROOT / "benchmarks" / "results"
    table = importlib.import_module(report).table(json.loads((results / f"{name}.json").read_text()))
    told = table if isinstance(table, str) else "\n".join(table) + "\n"
    assert (results / f"{name}.md").read_text() == told


def test_slope_of_a_power_is_its_exponent_and_its_interval_follows_the_scatter():
    from side_by_side import growth

    sizes = [10, 20, 40, 80]
    exact = growth(sizes, [[3 * size**1.5 for size in sizes]])
    assert exact["slope"]["value"] == pytest.approx(1.5)
    assert exact["slope"]["high"] - exact["slope"]["low"] < 1e-9
    assert exact["local_slopes"] == pytest.approx([1.5] * 3)
    bent = growth(sizes, [[1.0, 2.0, 4.0, 16.0], [1.0, 2.0, 4.0, 16.0], [9.0, 9.0, 9.0, 9.0]])
    assert bent["local_slopes"] == pytest.approx([1, 1, 2])
    assert bent["linear"] == [20, 40]
    assert bent["slope"]["low"] < 1.3 < bent["slope"]["high"]


def test_growth_of_memory_is_told_in_mebibytes():
    from side_by_side import growth, growth_table

    row = growth_table({"peak": ("words", growth([1, 2, 4], [[2**20, 2**21, 2**22]], of="bytes"))})[-1]
    assert row.startswith("| peak | 1 words: 1 MiB | 4 words: 4 MiB | 1.00 [1.00, 1.00] |")


LEFT_BEHIND = """
import os, sys, time
if os.fork() == 0:
    time.sleep(0.5)  # the command has ended by then
    while time.process_time() < 1:
        pass
"""


def timed_apart(command: str) -> subprocess.CompletedProcess:
    """Another process prints the CPU time of a Python command: it has to become the parent of orphans."""
    measure = (
        "import sys; from pathlib import Path; from processes import timed;"
        f"print(timed([sys.executable, '-c', {command!r}], cwd=Path('/'))['cpu'])"
    )
    return subprocess.run(
        [sys.executable, "-c", measure], cwd=ROOT / "benchmarks", capture_output=True, text=True, check=False
    )


def test_cpu_time_of_a_process_that_outlives_its_command_is_counted():
    assert float(timed_apart(LEFT_BEHIND).stdout) > 1


def test_failed_command_is_told_with_its_words():
    assert "ended with 3:\nno such chapter" in timed_apart("print('no such chapter'); exit(3)").stderr


def test_ratios_are_taken_within_a_round():
    from side_by_side import ratios

    rounds = [{"ours": 1.0, "loop": 10.0}, {"ours": 10.0, "loop": 120.0}, {"ours": 2.0, "loop": 22.0}]
    assert ratios(rounds, "loop", "ours") == {"median": 11.0, "low": 10.0, "high": 12.0}


def test_cost_of_the_gpu_profile_is_operations_over_rate_or_steps_or_writing():
    from gpu_cost import HOUR, PEAK, STEP, USED, WRITTEN, Plan

    def plan(**more) -> float:
        return Plan("x", "y", 1, 1e9, **more).hours * HOUR

    assert plan(operations=PEAK * USED * 60) == pytest.approx(60)
    assert plan(operations=PEAK * USED * 60, steps=100 / STEP) == pytest.approx(100)
    assert plan(operations=PEAK * USED * 60, written=5 / WRITTEN) == pytest.approx(65)


def test_shared_trainings_of_the_gpu_profile_are_counted_once():
    from gpu_cost import lr_horizon

    from tenfold.lm import DecoderConfig

    model = {"d_model": 12}
    config = {"model": model, "steps": 100, "batch": 4, "context": 64, "schedule": "cosine", "seed": 0}
    plan = lr_horizon([config | {"lr": 0.1}, config | {"lr": 0.2}, config | {"lr": 0.1, "seed": 1}])
    assert (plan.runs, plan.tokens, plan.steps) == (3, 3 * 25_600, 200)
    assert plan.operations == pytest.approx(6 * DecoderConfig(96).n_parameters * 3 * 25_600)


def test_stored_cost_of_the_gpu_profile_is_what_the_arithmetic_gives():
    from gpu_cost import plans, table

    stored = ROOT / "benchmarks" / "results"
    counted = plans()
    assert (stored / "gpu_cost.md").read_text() == "\n".join(table(counted)) + "\n"
    hours = [plan["hours"] for plan in json.loads((stored / "gpu_cost.json").read_text())["plans"]]
    assert np.allclose(hours, [plan.hours for plan in counted])
