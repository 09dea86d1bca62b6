"""Worker processes, one a chapter, forked from a server that has imported papermill (which takes seconds)."""

import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
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
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tenfold.book.worker"])
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


def _work(task: Task, connection: Connection) -> None:
    from tenfold.book.worker import work  # not at the top: only worker processes import papermill

    work(task, connection)
