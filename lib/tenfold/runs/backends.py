"""Where the calls of a sweep run: processes of this machine, or a ray cluster; both are joblib's."""

import os
from collections.abc import Iterator
from contextlib import closing

import joblib

from tenfold.runs.record import Config, Run
from tenfold.runs.store import RunStore
from tenfold.runs.worker import Failure, train_and_record

BACKENDS = ("loky", "ray")
JOBLIB_VERBOSITY = 10  # a line at least every tenth call


def check_backend(backend: str, n_jobs: int, gpus: float) -> None:
    """Refuse what cannot run before anything is computed. Raises ValueError, ImportError (ray missing)."""
    if backend not in BACKENDS:
        raise ValueError(f"backend is {backend!r}: use one of {', '.join(BACKENDS)}")
    if type(n_jobs) is not int or n_jobs < -1 or n_jobs == 0:
        raise ValueError(f"n_jobs is {n_jobs!r}: use a number of processes, or -1 for all cores")
    if gpus < 0 or (gpus > 0 and backend != "ray"):
        raise ValueError(f'gpus is {gpus!r} with backend {backend!r}: use 0, or a positive number with "ray"')
    if backend == "ray":
        try:
            from ray.util.joblib import register_ray
        except ImportError as error:
            raise ImportError(
                'backend "ray" needs the package ray: install it with pip install "tenfold[cluster]", '
                'or use backend "loky"'
            ) from error
        register_ray()


def run_calls(
    path: str,
    code: str,
    batches: list[list[Config]],
    store: RunStore,
    *,
    n_jobs: int,
    backend: str,
    gpus: float,
    progress: bool,
) -> Iterator[list[Run] | Failure]:
    """The results of the calls as they come, recorded by the worker itself so that they outlive the sweep.

    Ray hands them over at the end only; with `progress`, joblib reports on the calls meanwhile.
    """
    if backend == "ray":
        calls = [joblib.delayed(train_and_record)(path, code, batch, store, None) for batch in batches]
        with joblib.parallel_config(backend="ray", ray_remote_args={"num_gpus": gpus}):
            pool = joblib.Parallel(n_jobs=n_jobs, batch_size=1, verbose=JOBLIB_VERBOSITY if progress else 0)
            yield from pool(calls)
        return
    calls = [joblib.delayed(train_and_record)(path, code, batch, store, os.getpid()) for batch in batches]
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        pool = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
        with closing(pool(calls)) as results:
            yield from results
