"""Worker processes, one a chapter, forked from a server that has imported papermill (which takes seconds)."""

import multiprocessing
import signal
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Self

from tenfold.book.tasks import Failure, Outcome, Task


@dataclass(frozen=True)
class WorkerProcess:
    """A process that executes one task.  connection: where its messages arrive."""

    task: Task
    process: BaseProcess
    connection: Connection

    @classmethod
    def start(cls, task: Task) -> Self:
        context = _server()
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(task, there), name=task.name)
        process.start()
        there.close()  # so that the process's death shows as the end of its messages
        return cls(task, process, here)

    def receive(self) -> int | Outcome:
        """The next message: the number of a cell that starts, or how the task ended."""
        try:
            message = self.connection.recv()
        except EOFError:
            self.process.join()
            failure = Failure(None, f"its process ended with exit code {self.process.exitcode}", "")
            return Outcome(self.task, 0.0, failure)
        if isinstance(message, Outcome):
            self.process.join()
        return message


def _server() -> ForkServerContext:
    """The server of processes, running. Ctrl-C reaches the whole group; only this process answers it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tenfold.book.worker"])
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, handler)
    return context


def _work(task: Task, connection: Connection) -> None:
    from tenfold.book.worker import work  # not at the top: only worker processes import papermill

    work(task, connection)
