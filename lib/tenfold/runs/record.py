"""A recorded run and the key that names it."""

import hashlib
import importlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict
from pydantic.dataclasses import dataclass

from tenfold.runs.errors import ConfigError
from tenfold.runs.fingerprint import source_fingerprint
from tenfold.runs.imports import PACKAGE

Config = dict[str, Any]
Train = Callable[[list[Config]], list[dict[str, Any]]]


NO_NUMBER = (None, math.inf, -math.inf)  # JSON has null for what diverged; here it is nan


def _metrics(value: Any) -> Any:
    return {name: math.nan if part in NO_NUMBER else part for name, part in dict(value).items()}


def _curve(value: Any) -> Any:
    return [[math.nan if part in NO_NUMBER else part for part in point] for point in value]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class Run:
    """One run, as it stands in one line of a store.

    key: `run_key` of the run.  train: "module:name" of the function that trained it.  code: the source
    fingerprint of that function.  metrics: name to value, nan where the run diverged.  curve: [[x, y], …].
    seconds: wall-clock time of the call that trained it, divided by the number of runs in that call.
    device: what it was computed on.  versions: of Python and the packages.
    recorded: UTC time (ISO 8601); runs trained in one call share it.
    """

    key: str
    train: str
    code: str
    config: Config
    metrics: Annotated[dict[str, float], BeforeValidator(_metrics)]
    curve: Annotated[list[list[float]], BeforeValidator(_curve)]
    seconds: float
    device: str
    versions: dict[str, str]
    recorded: str

    def to_json(self) -> str:
        """The run as one line of JSON, without the line end; nan is null."""
        record = {name: getattr(self, name) for name in self.__dataclass_fields__}
        record["metrics"] = {name: _or_null(value) for name, value in self.metrics.items()}
        record["curve"] = [[_or_null(value) for value in point] for point in self.curve]
        return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None


def same_metrics(one: Run, other: Run) -> bool:
    """Whether two runs have the same metrics with equal values; diverged equals diverged."""
    values = [{name: _or_null(value) for name, value in run.metrics.items()} for run in (one, other)]
    return values[0] == values[1]


def run_key(config: Config, train: Train | str) -> str:
    """The name of a run: SHA-256 (hex) of its configuration, its train function's name and code.

    train: the function, or its "module:name". Raises ConfigError, SourceError.
    """
    path = train if isinstance(train, str) else train_path(train)
    return key_of(config, path, source_fingerprint(path.partition(":")[0]))


def key_of(config: Config, path: str, code: str) -> str:
    """`run_key` where the code's fingerprint is known already."""
    if type(config) is not dict:
        raise ConfigError(f"config is {config!r} of type {type(config).__name__}: use a dict")
    _check_plain(config, "config")
    record = {"config": config, "train": path, "code": code}
    return hashlib.sha256(canonical_json(record).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _check_plain(value: Any, where: str) -> None:
    """Raises ConfigError for what JSON would not give back as it is."""
    if type(value) is dict:
        for name, part in value.items():
            if type(name) is not str:
                raise ConfigError(f"{where} has the key {name!r} of type {type(name).__name__}: use a string")
            _check_plain(part, f"{where}[{name!r}]")
    elif type(value) is list:
        for position, part in enumerate(value):
            _check_plain(part, f"{where}[{position}]")
    elif type(value) not in (str, int, float, bool, type(None)):
        raise ConfigError(
            f"{where} is {value!r} of type {type(value).__name__}: "
            "use str, int, float, bool, None, or a list or dict of these"
        )
    elif type(value) is float and not math.isfinite(value):
        raise ConfigError(f"{where} is {value}: use a finite number, or None")


def train_path(train: Train) -> str:
    """The "module:name" by which another process finds a train function. Raises ConfigError if it cannot."""
    module, name = getattr(train, "__module__", None), getattr(train, "__qualname__", None)
    path = f"{module}:{name}"
    if load_train(path) is not train:
        raise ConfigError(f"train function {path} is not what its name gives: do not wrap or shadow it")
    return path


def load_train(path: str) -> Train:
    """The function that "module:name" names; only modules of tenfold are imported. Raises ConfigError."""
    module, _, name = path.partition(":")
    if not (module.startswith(f"{PACKAGE}.") and name.isidentifier()):
        raise ConfigError(f"train function {path!r}: it must stand at the top level of a module of {PACKAGE}")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"train function {path!r} cannot be imported: {error}") from error


def check_metrics(result: Mapping[str, Any], path: str) -> tuple[dict[str, float], list[list[float]]]:
    """The metrics and the curve of one result of a train function, as plain floats. Raises ValueError."""
    if set(result) != {"metrics", "curve"} or not result["metrics"]:
        raise ValueError(
            f"{path} gave a result with {sorted(result)}: "
            'it must be {"metrics": {name: number}, "curve": [[x, y], …]} with at least one metric'
        )
    metrics = {str(name): float(value) for name, value in result["metrics"].items()}
    return metrics, [[float(x), float(y)] for x, y in result["curve"]]
