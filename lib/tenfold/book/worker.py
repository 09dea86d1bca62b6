"""Executing one chapter in a process of its own: papermill runs it, the cleaned copy is put in place.

This module is imported by worker processes only: papermill takes seconds to import.
"""

import datetime
import os
import signal
import sys
import tempfile
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError, strip_color
from traitlets import default

from tenfold.book.clean import clean_notebook
from tenfold.book.copies import replace_copy, sealed, verdict_records
from tenfold.book.tasks import Failure, Outcome, Task

# Under load a kernel may be slow to start and outputs slow to arrive; fewer seconds than this are no sign
# of failure.
_PATIENCE = 120
_REMEDY = "the last good one is kept: free disk space, or make build/ writable, then give the command again"


class _OwnKernelManager(AsyncKernelManager):
    """Knows one kernel, python3 of this interpreter, whatever kernels the user has registered."""

    @default("kernel_spec_manager")
    def _only_the_native_kernel(self) -> KernelSpecManager:
        return KernelSpecManager(parent=self, kernel_dirs=[])


class _Watch:
    """Follows an execution: the notebook as it fills, and the number of the cell that started last."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.notebook: NotebookNode | None = None
        self.cell: int | None = None

    def notebook_started(self, notebook: NotebookNode) -> None:
        self.notebook = notebook

    def cell_started(self, cell: NotebookNode, cell_index: int) -> None:
        """Report the cell's number as in the source, which lacks the cell that papermill injects."""
        before = self.notebook.cells[: cell_index + 1]
        self.cell = sum("injected-parameters" not in cell.metadata.get("tags", []) for cell in before)
        self.connection.send(self.cell)


def work(task: Task, connection: Connection) -> None:
    """Execute the task; send the number of every cell as it starts, and the Outcome at the end.

    SIGTERM stops the kernel and leaves all copies as they were.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    watch = _Watch(connection)
    failure = None
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        _redirect_output(log)
        try:
            notebook = _execute(task, watch, Path(folder))
        except Exception as error:
            failure = _failure(error, watch.cell, log)
            notebook = watch.notebook
    seconds = round(time.perf_counter() - start, 2)
    if notebook is not None:
        try:
            _store(task, notebook, seconds, task.failed_copy if failure else task.copy)
        except OSError as error:
            failure = failure or Failure(None, f"its copy cannot be written ({error}); {_REMEDY}", "")
    if failure is None:
        task.failed_copy.unlink(missing_ok=True)
    connection.send(Outcome(task, seconds, failure))


def _execute(task: Task, watch: _Watch, folder: Path) -> NotebookNode:
    # Neither the start-up files nor the history of the user's IPython take part.
    os.environ |= task.environment | {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder),
    }
    os.chdir(folder)  # papermill expands braces in paths, so it gets relative ones
    Path("in.ipynb").write_text(task.source, encoding="utf-8")
    return papermill.execute_notebook(
        "in.ipynb",
        "out.ipynb",
        parameters=task.changed,
        kernel_name="python3",
        language="python",
        cwd=task.root,
        progress_bar=False,
        request_save_on_cell_execute=False,
        start_timeout=_PATIENCE,
        iopub_timeout=_PATIENCE,
        record_timing=False,
        coalesce_streams=True,
        kernel_manager_class=_OwnKernelManager,
        on_notebook_start=watch.notebook_started,
        on_cell_start=watch.cell_started,
    )


def _store(task: Task, notebook: NotebookNode, seconds: float, path: Path) -> None:
    clean_notebook(notebook, task.root)
    notebook.metadata["tenfold"] = {
        **notebook.metadata.get("tenfold", {}),
        **task.stamp,
        "seconds": seconds,
        "executed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "verdicts": verdict_records(notebook),
    }
    replace_copy(path, sealed(nbformat.writes(notebook)))


def _redirect_output(log: Path) -> None:
    """Send what this process and its kernel print to a file, so that the progress display stays whole."""
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _failure(error: Exception, cell: int | None, log: Path) -> Failure:
    if isinstance(error, PapermillExecutionError):
        return Failure(cell, f"{error.ename}: {error.evalue}", strip_color("\n".join(error.traceback)))
    if isinstance(error, DeadKernelError):
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()
        last_words = "\n".join(
            line for line in said if "[IPKernelApp]" not in line
        )  # its remarks on transport
        return Failure(cell, "the kernel died (out of memory, or a crash in native code)", last_words)
    return Failure(cell, f"{type(error).__name__}: {error}", traceback.format_exc())
