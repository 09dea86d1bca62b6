"""Sweeps: many runs, in parallel, each recorded as soon as it is finished."""

import math
from collections.abc import Callable, Hashable, Sequence
from contextlib import closing

from joblib.externals.loky.process_executor import TerminatedWorkerError

from tenfold.runs.backends import check_n_jobs, chosen_backend, run_calls
from tenfold.runs.errors import SweepError, SweepInterrupted
from tenfold.runs.fingerprint import source_fingerprint
from tenfold.runs.progress import SweepProgress
from tenfold.runs.record import Config, Run, Train, canonical_json, key_of, train_path
from tenfold.runs.store import RunStore
from tenfold.runs.worker import Failure


def sweep(
    train: Train,
    configs: Sequence[Config],
    store: RunStore,
    *,
    group: Callable[[Config], Hashable] | None = None,
    cost: Callable[[Config], float] | None = None,
    n_jobs: int = 1,
    backend: str | None = None,
    gpus: float | None = None,
    progress: bool = True,
) -> list[Run]:
    """Train all configurations that the store does not hold yet; the runs in the order of `configs`.

    train: a function at the top level of a module of tenfold, `train(configs) -> results`, each result
    {"metrics": {name: number}, "curve": [[x, y], …]}, a pure function of the configuration.
    configs: dicts of plain JSON values, with whatever fixes the result (seed, fingerprint of the data).
    group: runs with the same value are trained in one call of `train`; without it each run has its own call.
    cost: relative time a run takes; the costliest calls start first, and the time left is estimated from it.
    backend: "loky" for this machine, "ray" for a cluster; default: what TENFOLD_BACKEND says, else "loky".
    n_jobs: processes on this machine; -1 for all cores.  A cluster has as many as it has cores or GPUs.
    gpus: GPUs, or the share of one, that a call takes on a cluster; default: what TENFOLD_GPUS says, else 0.

    Every finished call is recorded at once, so that a killed sweep goes on where it stopped when it is
    started again, and two sweeps on one store are safe. A cluster repeats the calls that a lost node was
    busy with; it needs no folder that its nodes share. Raises ConfigError, RunStoreError, SourceError (also
    for code edited after it was imported), SweepError (some runs failed; the others are recorded),
    SweepInterrupted (Ctrl-C), ValueError, ImportError (ray is missing).
    """
    check_n_jobs(n_jobs)
    backend, gpus = chosen_backend(backend, gpus)
    path = train_path(train)
    code = source_fingerprint(train)
    keys = [key_of(config, path, code) for config in configs]
    known = store.load()
    missing = {key: config for key, config in zip(keys, configs, strict=True) if key not in known}
    if not missing:
        return [known[key] for key in keys]
    price = {key: _price(config, cost) for key, config in missing.items()}
    batches = _batches(missing, price, group)
    failures: list[Failure] = []
    with (
        closing(run_calls(path, code, batches, store, n_jobs=n_jobs, backend=backend, gpus=gpus)) as calls,
        SweepProgress(store.path.stem, len(missing), sum(price.values()), show=progress) as bar,
    ):
        try:
            for done in calls:
                if isinstance(done, Failure):
                    failures.append(done)
                    continue
                known.update((run.key, run) for run in done)
                bar.advance(len(done), sum(price[run.key] for run in done))
        except KeyboardInterrupt:
            raise SweepInterrupted(_state(store, keys, "stopped")) from None
        except TerminatedWorkerError as error:
            message = _state(store, keys, "stopped, because a process was killed (out of memory?)")
            raise SweepError(f"{message}; with fewer n_jobs it needs less memory") from error
    if failures:
        raise SweepError(_state(store, keys, "ended with failures") + "".join(map(_told, failures)))
    return [known[key] for key in keys]


def _price(config: Config, cost: Callable[[Config], float] | None) -> float:
    price = float(cost(config)) if cost else 1.0
    if not 0 < price < math.inf:
        raise ValueError(f"cost is {price} for {canonical_json(config)}: it must be a positive number")
    return price


def _batches(
    missing: dict[str, Config], price: dict[str, float], group: Callable[[Config], Hashable] | None
) -> list[list[Config]]:
    """The configurations of each call of the train function, costliest call first."""
    calls: dict[Hashable, list[str]] = {}
    for key, config in missing.items():
        calls.setdefault(group(config) if group else key, []).append(key)
    ordered = sorted(calls.values(), key=lambda keys: sum(price[key] for key in keys), reverse=True)
    return [[missing[key] for key in keys] for keys in ordered]


def _state(store: RunStore, keys: list[str], what: str) -> str:
    done = len(store.load().keys() & set(keys))
    return (
        f"sweep {what}: {done} of {len(set(keys))} runs are recorded in {store.path}; "
        "the same command goes on from there"
    )


def _told(failure: Failure) -> str:
    return (
        f"\n{len(failure.configs)} run(s) failed with {failure.error}\n"
        f"  first configuration: {canonical_json(failure.configs[0])}\n{failure.trace}"
    )
