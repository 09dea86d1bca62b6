"""What one process of a sweep does: train a batch of runs as one computation, and record them."""

import copy
import functools
import importlib.metadata
import os
import platform
import sys
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tenfold.runs.errors import SourceError
from tenfold.runs.fingerprint import source_fingerprint
from tenfold.runs.record import Config, Run, Train, check_metrics, key_of, load_train
from tenfold.runs.store import RunStore

PACKAGES = ("tenfold", "torch", "numpy")


@dataclass(frozen=True)
class Failure:
    """A batch whose train function raised: its configurations, the error in one line, and the traceback."""

    configs: list[Config]
    error: str
    trace: str


def train_and_record(
    path: str, code: str, configs: list[Config], store: RunStore, parent: int | None
) -> list[Run] | Failure:
    """Train those of the configurations that are not in the store yet, and append them to it at once.

    parent: process id of the sweep, where this process was started by it. If it has outlived the sweep, it
    takes no new batch: a killed sweep does not go on computing beside its successor.
    """
    if parent not in (None, os.getpid(), os.getppid()):
        os._exit(1)  # loky would survive SystemExit
    store = _opened(store.path)
    known = store.load()
    missing = [config for config in configs if key_of(config, path, code) not in known]
    done = [run for config in configs if (run := known.get(key_of(config, path, code)))]
    trained = train_batch(path, code, missing) if missing else []
    return trained if isinstance(trained, Failure) else done + store.append(*trained)


@functools.lru_cache(maxsize=1)
def _opened(path: Path) -> RunStore:
    """The store of this process's sweep; each call comes with an object that has read nothing yet."""
    return RunStore(path)


def train_batch(path: str, code: str, configs: list[Config]) -> list[Run] | Failure:
    """Train the runs in one call of the train function that `path` names, with one torch thread."""
    train = checked_train(path, code)
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else None
    if torch:
        torch.set_num_threads(1)
    start = time.perf_counter()
    try:
        results = train(copy.deepcopy(configs))
        if len(results) != len(configs):
            raise ValueError(f"{path} gave {len(results)} results for {len(configs)} configurations")
        measured = [check_metrics(result, path) for result in results]
    except Exception as error:
        line = f"{type(error).__name__}: {error}".partition("\n")[0]
        return Failure(configs, line, traceback.format_exc())
    finally:
        if torch:
            torch.set_num_threads(threads)
    seconds = round((time.perf_counter() - start) / len(configs), 3)
    recorded = datetime.now(UTC).isoformat(timespec="microseconds")
    return [
        Run(
            key=key_of(config, path, code),
            train=path,
            code=code,
            config=config,
            metrics=metrics,
            curve=curve,
            seconds=seconds,
            device=_device(),
            versions=_versions(),
            recorded=recorded,
        )
        for config, (metrics, curve) in zip(configs, measured, strict=True)
    ]


def checked_train(path: str, code: str) -> Train:
    """The train function, if its source was `code` already when this process first imported it."""
    train, imported_code = _imported(path)
    if imported_code != code:
        raise SourceError(f"the source of {path} changed after it was imported: start a new process")
    return train


@functools.cache
def _imported(path: str) -> tuple[Train, str]:
    train = load_train(path)
    return train, source_fingerprint(train)


def _device() -> str:
    torch = sys.modules.get("torch")
    if torch and torch.cuda.is_initialized():
        return f"cuda {torch.cuda.get_device_name()}"
    instructions = [torch.backends.cpu.get_cpu_capability()] if torch else []
    return " ".join(["cpu", platform.machine(), *instructions])


@functools.cache
def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
