"""Time of a command with all processes that it starts, also those that it leaves to end by themselves."""

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # of Linux: whose parent ends becomes a child of this process
PATIENCE = 60
TOLD = 4000  # characters of what a failed command said


def timed(*commands: Sequence[str | Path], cwd: Path) -> dict[str, float]:
    """CPU seconds of the commands and all their processes, and wall-clock seconds until the last has ended.

    The system counts the CPU time of a process when its parent waits for it. A server of processes outlives
    the command by a moment: this process waits for it in the command's place, off the wall-clock. Linux only.
    Raises RuntimeError where a command fails, TimeoutError where a process is still there after a minute.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, start = _cpu(), time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)
        if done.returncode:
            told = (done.stdout + done.stderr)[-TOLD:]
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{told}")
    wall = time.perf_counter() - start
    _await_orphans()
    return {"cpu": _cpu() - before, "wall": wall}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _await_orphans() -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(0.02)
    raise TimeoutError(f"a process that the command started is still there {PATIENCE} s after its end")
