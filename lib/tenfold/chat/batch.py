"""Many requests at once."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tenfold.chat.errors import BatchError, BatchInterrupted
from tenfold.chat.messages import Reply, Request
from tenfold.chat.model import ChatModel


def complete_many(
    model: ChatModel, requests: Sequence[Request], *, max_concurrency: int = 4, progress: bool = True
) -> list[Reply]:
    """The replies in the order of the requests; equal requests are asked once.

    A request that fails does not stop the others; then BatchError names how many failed, and the first
    reason. Ctrl-C raises BatchInterrupted after the requests under way; where the model records, the same
    command goes on from there.
    """
    if max_concurrency < 1:
        raise ValueError(f"max_concurrency is {max_concurrency}: use at least 1")
    different = {request.key: request for request in requests}
    with ThreadPoolExecutor(max_concurrency, thread_name_prefix="chat") as pool, _bar(progress) as bar:
        task = bar.add_task(f"asking {model.name}", total=len(different))
        futures: dict[str, Future[Reply]] = {}
        try:
            for key, request in different.items():
                futures[key] = pool.submit(model.complete, request)
                futures[key].add_done_callback(lambda _: bar.advance(task))
            wait(futures.values())
        except KeyboardInterrupt:
            pool.shutdown(wait=True, cancel_futures=True)
            done = sum(_answered(future) for future in futures.values())
            raise BatchInterrupted(f"interrupted: {done} of {len(different)} requests are answered") from None
    errors = [error for future in futures.values() if (error := future.exception())]
    if errors:
        raise BatchError(
            f"{len(errors)} of {len(different)} requests failed, the first: {errors[0]}"
        ) from errors[0]
    return [futures[request.key].result() for request in requests]


def _answered(future: Future[Reply]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _bar(shown: bool) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, disable=not shown)
