"""The calls of a sweep as tasks of a Ray cluster, which repeats those that a lost node was busy with."""

import os
from collections.abc import Iterator

from tenfold.runs.record import Config, Run
from tenfold.runs.store import RunStore
from tenfold.runs.worker import Failure, train_batch

LOST_PROCESSES = 3  # how often a call is given to another process before it counts as failed


def check_ray() -> None:
    """Raises ModuleNotFoundError where ray is missing."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when ray is imported
    try:
        import ray  # noqa: F401
    except ImportError as error:
        raise ModuleNotFoundError(
            'backend "ray" needs the package ray: install it with pip install "tenfold[cluster]", '
            'or use backend "loky"',
            name="ray",
        ) from error


def ray_calls(
    path: str, code: str, batches: list[list[Config]], store: RunStore, *, gpus: float
) -> Iterator[list[Run] | Failure]:
    """The results of the calls as they come.  Each takes one core of a node, and `gpus` of its GPUs.

    The nodes send the runs back and the sweep records them, so that no node needs to see its folder.
    The cluster is that of RAY_ADDRESS, or the last one started on this machine, or one made for the purpose.
    """
    import ray

    if not ray.is_initialized():
        ray.init()
    train = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=LOST_PROCESSES)(train_batch)
    waiting = {train.remote(path, code, batch): batch for batch in batches}
    try:
        while waiting:
            (done,), _ = ray.wait(list(waiting))
            batch = waiting.pop(done)
            try:
                result = ray.get(done)
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None
            except ray.exceptions.RayError as error:
                line = f"{type(error).__name__} in each of {LOST_PROCESSES + 1} processes"
                result = Failure(batch, line, str(error))
            yield result if isinstance(result, Failure) else store.append(*result)
    finally:
        for call in waiting:
            ray.cancel(call, force=True)
