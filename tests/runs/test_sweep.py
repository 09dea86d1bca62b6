import json
import math
import pickle
import sys
from pathlib import Path

import pytest

import tenfold
from tenfold.runs import (
    ConfigError,
    Run,
    RunStore,
    RunStoreError,
    SourceError,
    SweepError,
    open_runs,
    run_key,
    source_fingerprint,
    sweep,
)
from tenfold.runs.record import train_path
from tenfold.runs.worker import train_and_record


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "demo.jsonl")


def config(lr: float, **more) -> dict:
    return {"lr": lr, "steps": 3, **more}


RATES = [0.3, 0.1, 0.2]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_runs_come_in_the_order_of_the_configurations_and_are_recorded(trial, store, n_jobs):
    configs = [config(rate) for rate in RATES]
    runs = sweep(trial.train, configs, store, n_jobs=n_jobs, progress=False)
    assert [run.config for run in runs] == configs
    assert [run.metrics["loss"] for run in runs] == pytest.approx([0.4**6, 0.8**6, 0.6**6], rel=1e-12)
    assert runs[0].curve == [[0.0, 1.0], [1.0, pytest.approx(0.4**2)], [2.0, pytest.approx(0.4**4)]]
    assert [run.key for run in runs] == [run_key(config, trial.train) for config in configs]
    assert {run.key: run for run in runs} == store.load()


def test_recorded_runs_are_not_trained_again(trial, store, trained):
    first = sweep(trial.train, [config(0.1), config(0.2)], store, progress=False)
    again = sweep(trial.train, [config(0.2), config(0.3), config(0.1)], store, progress=False)
    assert [again[0], again[2]] == [first[1], first[0]]
    assert trained() == [[0.1], [0.2], [0.3]]
    assert len(store.path.read_text().splitlines()) == 3


def test_calls_that_one_process_takes_parse_each_line_once_between_them(trial, store, monkeypatch):
    parsed, path, code = [], train_path(trial.train), source_fingerprint(trial.train)
    monkeypatch.setattr("tenfold.runs.store.Run", lambda **line: parsed.append(line["key"]) or Run(**line))
    for number in range(6):
        sent = pickle.loads(pickle.dumps(store))  # as each call of a parallel sweep gets it
        train_and_record(path, code, [config(number / 10)], sent, None)
    keys = [run_key(config(number / 10), trial.train) for number in range(6)]
    assert parsed == keys[:5]  # the last line is not read by a later call
    assert list(store.load()) == keys


def test_configuration_given_twice_is_trained_once(trial, store, trained):
    one, other = sweep(trial.train, [config(0.1), config(0.1)], store, progress=False)
    assert one is other
    assert trained() == [[0.1]]


def test_other_train_function_is_another_run(trial, store):
    sweep(trial.train, [config(0.1)], store, progress=False)
    sweep(trial.forgetful, [config(0.1)], store, progress=False)
    assert [run.train for run in store.load().values()] == ["tenfold.trial:train", "tenfold.trial:forgetful"]


def test_group_puts_runs_into_one_call_and_costliest_calls_start_first(trial, store, trained):
    configs = [config(rate, width=width) for rate in (0.1, 0.2) for width in (8, 64, 16)]
    runs = sweep(
        trial.train,
        [config | {"lr": config["lr"] + config["width"]} for config in configs],
        store,
        group=lambda config: config["width"],
        cost=lambda config: config["width"] * config["steps"],
        progress=False,
    )
    assert trained() == [[64.1, 64.2], [16.1, 16.2], [8.1, 8.2]]
    assert [run.config["width"] for run in runs] == [8, 64, 16, 8, 64, 16]
    shared = [{run.recorded for run in runs if run.config["width"] == width} for width in (8, 16, 64)]
    assert [len(times) for times in shared] == [1, 1, 1]


def test_of_a_group_that_is_partly_recorded_only_the_rest_is_trained(trial, store, trained):
    sweep(trial.train, [config(0.2)], store, progress=False)
    sweep(trial.train, [config(rate) for rate in RATES], store, group=lambda _: "all", progress=False)
    assert trained() == [[0.2], [0.3, 0.1]]


def test_diverged_run_is_recorded_as_nan(trial, store):
    (run,) = sweep(trial.train, [config(0.1, fault="diverges")], store, progress=False)
    assert math.isnan(run.metrics["loss"])
    assert json.loads(store.path.read_text())["metrics"] == {"loss": None}


def test_record_says_where_and_with_what_it_was_computed(trial, store):
    (run,) = sweep(trial.train, [config(0.1)], store, progress=False)
    assert run.device.startswith("cpu ")
    assert run.versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"tenfold", "torch", "numpy"} <= run.versions.keys()
    assert run.recorded.endswith("+00:00")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_failing_call_does_not_lose_the_others(trial, store, n_jobs):
    configs = [config(0.1), config(0.2, fault="raises"), config(0.3), config(0.4)]
    with pytest.raises(SweepError) as failed:
        sweep(trial.train, configs, store, n_jobs=n_jobs, progress=False)
    assert sorted(run.config["lr"] for run in store.load().values()) == [0.1, 0.3, 0.4]
    message = str(failed.value)
    assert f"3 of 4 runs are recorded in {store.path}" in message
    assert "1 run(s) failed with ArithmeticError: the loss is not a loss" in message
    assert 'first configuration: {"fault":"raises","lr":0.2,"steps":3}' in message
    assert "in descend" in message


@pytest.mark.parametrize(
    ("fault", "message"),
    [("gives a list", "gave a result with"), ("gives no metric", "with at least one metric")],
)
def test_result_of_the_wrong_form_fails_its_call_only(trial, store, fault, message):
    with pytest.raises(SweepError, match=message):
        sweep(trial.train, [config(0.1, fault=fault), config(0.2)], store, progress=False)
    assert [run.config["lr"] for run in store.load().values()] == [0.2]


def test_wrong_number_of_results_is_refused(trial, store):
    with pytest.raises(SweepError, match=r"tenfold\.trial:short gave 1 results for 2 configurations"):
        sweep(trial.short, [config(0.1), config(0.2)], store, group=lambda _: 0, progress=False)


def test_process_that_is_killed_stops_the_sweep_with_the_state_and_a_remedy(trial, store):
    configs = [config(0.1), config(0.2), config(0.3, fault="kills its process")]
    with pytest.raises(SweepError, match=r"a process was killed \(out of memory\?\).*fewer n_jobs"):
        sweep(trial.train, configs, store, n_jobs=2, progress=False, cost=lambda config: 1 / config["lr"])
    runs = sweep(trial.train, configs[:2], store, n_jobs=2, progress=False)
    assert [run.config["lr"] for run in runs] == [0.1, 0.2]


def test_workers_have_one_torch_thread_and_the_caller_keeps_its_own(trial, store):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for n_jobs in (1, 2):
            (run,) = sweep(trial.threads, [config(n_jobs)], store, n_jobs=n_jobs, progress=False)
            assert run.metrics["threads"] == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_code_edited_after_its_import_is_not_recorded(trial, store, monkeypatch, tmp_path):
    sweep(trial.train, [config(0.1)], store, progress=False)
    (tmp_path / "trial.py").write_text(Path(trial.__file__).read_text().replace("1 - 2 *", "1 - 2.5 *"))
    monkeypatch.setattr(tenfold, "__path__", [str(tmp_path)])
    with pytest.raises(SourceError, match=r"tenfold\.trial:train changed after it was imported: start a new"):
        sweep(trial.train, [config(0.1)], store, progress=False)
    assert len(store.load()) == 1


def test_broken_store_is_refused_before_anything_is_trained(trial, store, trained):
    store.path.write_text("broken\n{}\n")
    with pytest.raises(RunStoreError, match="line 1"):
        sweep(trial.train, [config(0.1)], store, progress=False)
    assert trained() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": "dask"}, "backend is 'dask': use one of loky, ray"),
        ({"n_jobs": 0}, "n_jobs is 0: use a number of processes, or -1 for all cores"),
        ({"n_jobs": 1.5}, "n_jobs is 1.5"),
        ({"gpus": 1}, "gpus is 1 with backend 'loky': use 0"),
        ({"cost": lambda config: 0.0}, 'cost is 0.0 for {"lr":0.1,"steps":3}: it must be a positive number'),
        ({"cost": lambda config: math.nan}, "cost is nan"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_option_is_refused_before_anything_is_trained(trial, store, trained, options, message):
    with pytest.raises(ValueError, match=message):
        sweep(trial.train, [config(0.1)], store, progress=False, **options)
    assert trained() == []


def test_bad_configuration_is_refused_before_anything_is_trained(trial, store, trained):
    with pytest.raises(ConfigError, match=r"config\['lr'\] is \[0\.1, nan\]|config\['lr'\]\[1\] is nan"):
        sweep(trial.train, [config(0.1), config([0.1, math.nan])], store, progress=False)
    assert trained() == []


def test_missing_ray_is_named_with_the_command_that_installs_it(trial, store, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r'pip install "tenfold\[cluster\]", or use backend "loky"'):
        sweep(trial.train, [config(0.1)], store, backend="ray")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TENFOLD_BACKEND", "dask", "TENFOLD_BACKEND is 'dask': use one of loky, ray"),
        ("TENFOLD_GPUS", "all", "TENFOLD_GPUS is 'all' with backend 'loky': use 0, or a positive number"),
        ("TENFOLD_GPUS", "1", "TENFOLD_GPUS is '1' with backend 'loky'"),
    ],
)
def test_backend_comes_from_the_environment_where_no_argument_names_one(
    trial, store, monkeypatch, variable, value, message
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=message):
        sweep(trial.train, [config(0.1)], store, progress=False)
    assert len(sweep(trial.train, [config(0.1)], store, backend="loky", gpus=0, progress=False)) == 1


def test_sweep_into_an_opened_store_makes_its_folder(trial, tmp_path, monkeypatch):
    (tmp_path / "data" / "claims").mkdir(parents=True)
    monkeypatch.setenv("TENFOLD_ROOT", str(tmp_path))
    sweep(trial.train, [config(0.1)], open_runs("demo", profile="smoke", runs="fresh"), progress=False)
    assert len(open_runs("demo", profile="smoke", runs="fresh").load()) == 1
