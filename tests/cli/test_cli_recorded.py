import importlib
import sys

import pytest

import tenfold as package
from tenfold.runs import RunStore, SweepInterrupted, sweep, worker

TRAIN = """
def train(configs):
    return [{"metrics": {"loss": config["x"] ** 2}, "curve": []} for config in configs]
"""


@pytest.fixture
def module(tmp_path, monkeypatch, small_project):
    """The file of tenfold.toy, which trained the five runs in the project's data/runs/toy.jsonl."""
    folder = tmp_path / "library"
    folder.mkdir()
    file = folder / "toy.py"
    file.write_text(TRAIN)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    train = importlib.import_module("tenfold.toy").train
    store = RunStore(small_project.root / "data" / "runs" / "toy.jsonl")
    sweep(train, [{"x": x} for x in range(5)], store, progress=False)
    yield file
    as_in_a_new_process()


def as_in_a_new_process():
    """Forget the toy module: a process refuses to record with code that was edited after its import."""
    del sys.modules["tenfold.toy"]
    worker._imported.cache_clear()


def test_verify_retrains_the_sample_that_the_seed_draws(tenfold, module):
    status, out, _ = tenfold("verify", "--sample", "3", "--seed", "1")
    assert status == 0
    assert "retraining 3 of 5 recorded runs (again the same ones: --seed 1)" in out
    drawn = [line for line in out.splitlines() if line.startswith("loss of")]
    assert len(drawn) == 3
    assert [
        line for line in tenfold("verify", "--sample", "3", "--seed", "1")[1].splitlines() if line in drawn
    ] == drawn


def test_verify_says_when_there_are_fewer_runs_than_asked_for(tenfold, module):
    assert "retraining 5 of 5 recorded runs" in tenfold("verify", "--sample", "9")[1]


def test_verify_fails_when_the_code_has_changed(tenfold, module):
    module.write_text(TRAIN.replace("** 2", "** 3 + 0"))
    as_in_a_new_process()
    status, out, _ = tenfold("verify", "--sample", "1")
    assert status == 1
    assert out.count("other code today") == 5
    assert "some recorded runs do not stand" in out


def test_rerun_recomputes_everything_beside_the_recorded_runs(tenfold, module, small_project):
    status, out, _ = tenfold("rerun", "--jobs", "1")
    assert (status, out) == (
        0,
        "all 5 metrics came out again within 0.01; the new runs are in build/runs/rerun\n",
    )
    assert len(RunStore(small_project.root / "build" / "runs" / "rerun" / "toy.jsonl").load()) == 5


def test_rerun_computes_where_it_is_told_to(tenfold, module, monkeypatch):
    for name in ("TENFOLD_BACKEND", "TENFOLD_GPUS"):
        monkeypatch.setenv(name, "")  # what the command sets goes with the test
    status, _, err = tenfold("rerun", "--backend", "loky", "--gpus", "0.5")
    assert (status, err) == (
        1,
        "error: TENFOLD_GPUS is '0.5' with backend 'loky': use 0, or a positive number with \"ray\"\n",
    )
    assert "'dask' is not one of 'loky', 'ray'" in tenfold("rerun", "--backend", "dask")[2]
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "the package ray is missing" in tenfold("rerun", "--backend", "ray", "--gpus", "0")[2]
    assert tenfold("rerun", "--backend", "loky", "--gpus", "0", "--jobs", "1")[0] == 0


def test_rerun_fails_when_a_metric_differs(tenfold, module, small_project):
    store = small_project.root / "data" / "runs" / "toy.jsonl"
    store.write_text(store.read_text().replace('"loss": 16.0', '"loss": 16.5'))
    status, out, _ = tenfold("rerun", "--jobs", "1")
    assert status == 1
    assert "recorded 16.5, fresh 16, difference -0.5, beyond 0.01" in out
    assert "4 of 5 metrics came out again within 0.01" in out


def test_an_interrupted_rerun_says_how_to_go_on(tenfold, module, monkeypatch):
    def interrupted(*_, **__):
        raise SweepInterrupted("3 of 5 runs are recorded; the same command goes on from there")

    monkeypatch.setattr("tenfold.cli.recorded_runs.rerun", interrupted)
    status, _, err = tenfold("rerun")
    assert (status, err) == (
        130,
        "error: 3 of 5 runs are recorded; the same command goes on from there\n",
    )
