import hashlib
import json
import math

import numpy as np
import pytest
from pydantic import ValidationError

from tenfold.runs import ConfigError, Run, run_key, source_fingerprint
from tenfold.runs.record import load_train, same_metrics, train_path

RECORD = {
    "key": "k",
    "train": "tenfold.trial:train",
    "code": "c",
    "config": {"lr": 0.1},
    "metrics": {"loss": 1.5},
    "curve": [[0, 2.5], [1, 1.5]],
    "seconds": 0.25,
    "device": "cpu",
    "versions": {"python": "3.11.7"},
    "recorded": "2026-01-02T03:04:05.678901+00:00",
}


def test_key_is_the_hash_of_configuration_train_function_and_code(trial):
    code = source_fingerprint(trial)
    text = '{"code":"CODE","config":{"a":"\\u00e4","lr":0.1,"on":[true,null]},"train":"tenfold.trial:train"}'
    key = hashlib.sha256(text.replace("CODE", code).encode("ascii")).hexdigest()
    config = {"on": [True, None], "a": "ä", "lr": 0.1}
    assert run_key(config, trial.train) == run_key(config, "tenfold.trial:train") == key


def test_key_differs_between_configurations_and_train_functions(trial):
    keys = [run_key({"lr": rate}, train) for rate in (0.1, 0.2) for train in (trial.train, trial.threads)]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"lr": (0.1,)}, r"config\['lr'\] is \(0.1,\) of type tuple: use str, int"),
        ({"lr": np.float64(0.1)}, r"config\['lr'\] is .* of type float64"),
        ({"lr": math.nan}, r"config\['lr'\] is nan: use a finite number, or None"),
        ({"model": {"width": [1, math.inf]}}, r"config\['model'\]\['width'\]\[1\] is inf"),
        ({"model": {1: 2}}, r"config\['model'\] has the key 1 of type int: use a string"),
        ([1], r"config is \[1\] of type list: use a dict"),
    ],
)
def test_configuration_that_json_would_change_is_refused(trial, config, message):
    with pytest.raises(ConfigError, match=message):
        run_key(config, trial.train)


@pytest.mark.parametrize(
    "train", [lambda configs: [], math.sqrt, print], ids=["lambda", "outside tenfold", "built-in"]
)
def test_train_function_that_others_cannot_import_is_refused(train):
    with pytest.raises(ConfigError, match="it must stand at the top level of a module of tenfold"):
        train_path(train)


def test_wrapped_train_function_is_refused(trial, monkeypatch):
    original = trial.train
    monkeypatch.setattr(trial, "train", lambda configs: original(configs))
    with pytest.raises(ConfigError, match=r"tenfold\.trial:train is not what its name gives"):
        train_path(original)


@pytest.mark.parametrize("path", ["tenfold.trial:gone", "tenfold.gone:train"])
def test_train_function_that_is_gone_is_named(trial, path):
    with pytest.raises(ConfigError, match=f"'{path}' cannot be imported"):
        load_train(path)


def test_run_survives_its_line_of_json():
    run = Run(**RECORD)
    assert json.loads(run.to_json()) == RECORD
    assert Run(**json.loads(run.to_json())) == run


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_diverged_values_are_null_on_disk_and_nan_in_python(value):
    run = Run(**RECORD | {"metrics": {"loss": value}, "curve": [[0.0, value]]})
    record = json.loads(run.to_json())
    assert record["metrics"] == {"loss": None}
    assert record["curve"] == [[0.0, None]]
    assert math.isnan(Run(**record).metrics["loss"])
    assert math.isnan(run.metrics["loss"])
    assert same_metrics(run, Run(**record))


def test_same_metrics_needs_equal_names_and_values():
    run = Run(**RECORD)
    assert not same_metrics(run, Run(**RECORD | {"metrics": {"loss": 1.25}}))
    assert not same_metrics(run, Run(**RECORD | {"metrics": {"loss": math.nan}}))
    assert not same_metrics(run, Run(**RECORD | {"metrics": {"loss": 1.5, "more": 1.0}}))


@pytest.mark.parametrize(
    "change",
    [{"metrics": {"loss": "1.5"}}, {"curve": [[0, "x"]]}, {"config": []}, {"seconds": None}, {"more": 1}],
)
def test_record_with_a_wrong_field_is_refused(change):
    with pytest.raises(ValidationError):
        Run(**RECORD | change)
