"""Where the calls of a sweep run: processes of this machine, through joblib, or a Ray cluster."""

import math
import os
from collections.abc import Iterator
from contextlib import closing

import joblib

from tenfold.runs.errors import ConfigError
from tenfold.runs.ray_calls import check_ray, ray_calls
from tenfold.runs.record import Config, Run
from tenfold.runs.store import RunStore
from tenfold.runs.worker import Failure, train_and_record

BACKENDS = ("loky", "ray")


def chosen_backend(backend: str | None, gpus: float | None) -> tuple[str, float]:
    """The backend and the GPUs of each call; for None those of TENFOLD_BACKEND and TENFOLD_GPUS.

    Refuses what cannot run before anything is computed. Raises ConfigError, ImportError (ray missing).
    """
    told = os.environ.get("TENFOLD_BACKEND", BACKENDS[0]) if backend is None else backend
    if told not in BACKENDS:
        name = "TENFOLD_BACKEND" if backend is None else "backend"
        raise ConfigError(f"{name} is {told!r}: use one of {', '.join(BACKENDS)}")
    share = os.environ.get("TENFOLD_GPUS", "0") if gpus is None else gpus
    try:
        number = float(share)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf or (number > 0 and told != "ray"):
        name = "TENFOLD_GPUS" if gpus is None else "gpus"
        message = f'{name} is {share!r} with backend {told!r}: use 0, or a positive number with "ray"'
        raise ConfigError(message)
    if told == "ray":
        check_ray()
    return told, number


def check_n_jobs(n_jobs: int) -> None:
    """Raises ValueError."""
    if type(n_jobs) is not int or n_jobs < -1 or n_jobs == 0:
        raise ValueError(f"n_jobs is {n_jobs!r}: use a number of processes, or -1 for all cores")


def run_calls(
    path: str,
    code: str,
    batches: list[list[Config]],
    store: RunStore,
    *,
    n_jobs: int,
    backend: str,
    gpus: float,
) -> Iterator[list[Run] | Failure]:
    """The results of the calls as they come, recorded; on this machine by the process that trained them,
    so that they outlive the sweep."""
    if backend == "ray":
        yield from ray_calls(path, code, batches, store, gpus=gpus)
        return
    calls = [joblib.delayed(train_and_record)(path, code, batch, store, os.getpid()) for batch in batches]
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        pool = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
        with closing(pool(calls)) as results:
            yield from results
