"""Sweeps that are killed, interrupted or started twice, in processes of their own."""

import json
import os
import signal
import time

import pytest

from tenfold.runs import RunStore, sweep

SWEEP = """
import sys
from pathlib import Path
from tenfold.runs import RunStore, SweepInterrupted, sweep
from tenfold.trial import train

store, free, gate = RunStore(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
configs = [{"lr": n / 100, "steps": 2} | ({} if n < free else {"gate": gate}) for n in range(12)]
try:
    sweep(train, configs, store, n_jobs=2, cost=lambda config: 2 - ("gate" in config) - config["lr"])
except SweepInterrupted as stopped:
    sys.exit(f"said: {stopped}")
"""


def configs(free: int, gate) -> list[dict]:
    """Those of SWEEP: the first `free` finish at once, the others when the file `gate` appears."""
    return [{"lr": n / 100, "steps": 2} | ({} if n < free else {"gate": str(gate)}) for n in range(12)]


def lines(store: RunStore) -> list[str]:
    return store.path.read_text().splitlines() if store.path.exists() else []


def wait_until(condition, process) -> None:
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "demo.jsonl")


def test_sweep_killed_in_mid_run_loses_and_repeats_no_finished_run(trial, store, start, trained, tmp_path):
    gate = tmp_path / "gate"
    first = start(SWEEP, store.path, 5, gate)
    wait_until(lambda: len(lines(store)) == 5, first)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = lines(store)
    gate.touch()
    second = start(SWEEP, store.path, 5, gate)
    assert second.wait() == 0
    assert lines(store)[:5] == before
    recorded = [json.loads(line)["config"] for line in lines(store)]
    assert sorted(recorded, key=lambda config: config["lr"]) == configs(5, gate)
    assert all(trained().count([n / 100]) == 1 for n in range(5))


def test_interrupted_sweep_says_what_is_recorded_and_goes_on_later(trial, store, start, trained, tmp_path):
    gate = tmp_path / "gate"
    process = start(SWEEP, store.path, 7, gate)
    wait_until(lambda: len(lines(store)) == 7, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"said: sweep stopped: 7 of 12 runs are recorded in {store.path}; the same command goes on" in said
    gate.touch()
    assert len(sweep(trial.train, configs(7, gate), store, n_jobs=2, progress=False)) == 12
    assert all(trained().count([n / 100]) == 1 for n in range(7))


def test_two_sweeps_at_once_on_one_store_record_each_run_once(trial, store, start, trained, tmp_path):
    gate = tmp_path / "gate"
    both = [start(SWEEP, store.path, 0, gate) for _ in range(2)]
    wait_until(lambda: len(trained()) == 4, both[0])  # each has two processes waiting at the gate
    gate.touch()
    assert [process.wait() for process in both] == [0, 0]
    recorded = [json.loads(line)["config"] for line in lines(store)]
    assert sorted(recorded, key=lambda config: config["lr"]) == configs(0, gate)
    assert len(store.load()) == 12


def test_sweep_repairs_the_line_that_a_killed_one_tore(trial, store, start, tmp_path):
    sweep(trial.train, configs(12, "")[:4], store, progress=False)
    whole = store.path.read_text()
    store.path.write_text(whole[:-30])
    process = start(SWEEP, store.path, 12, tmp_path / "gate")
    _, said = process.communicate()
    assert process.returncode == 0
    assert "the last line is cut off and not used; its run will be recomputed" in said
    assert sorted(run.config["lr"] for run in store.load().values()) == [n / 100 for n in range(12)]
    assert store.path.read_text().startswith("".join(whole.splitlines(keepends=True)[:3]))


FULL_DISK = """
import resource, sys
from tenfold.runs import RunStore, RunStoreError, sweep
from tenfold.trial import train

store = RunStore(sys.argv[1])
sweep(train, [{"lr": 0.1, "steps": 2}], store)
resource.setrlimit(resource.RLIMIT_FSIZE, (store.path.stat().st_size + 100, resource.RLIM_INFINITY))
try:
    sweep(train, [{"lr": n / 10, "steps": 2} for n in (1, 2, 3)], store)
except RunStoreError as error:
    sys.exit(f"said: {error}")
"""


def test_sweep_on_a_full_disk_stops_at_once_and_harms_nothing(trial, store, start, trained):
    process = start(FULL_DISK, store.path)
    _, said = process.communicate()
    assert process.returncode == 1
    assert "free disk space or make the file writable, then give the same command again" in said
    assert [run.config["lr"] for run in store.load().values()] == [0.1]
    assert trained() == [[0.1], [0.2]]
