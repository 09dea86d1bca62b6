"""Processes to be killed, and a small file system of their own where the machine lets us make one."""

import contextlib
import importlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import tenfold

RUNS = Path(__file__).parents[1] / "runs"


@pytest.fixture
def rounds(request) -> int:
    return request.config.getoption("--rounds")


@pytest.fixture
def trial(monkeypatch):
    """The module `tenfold.trial` of tests/runs, here and in processes started from here."""
    monkeypatch.setattr(tenfold, "__path__", [*tenfold.__path__, str(RUNS / "modules")])
    monkeypatch.setenv("PYTHONPATH", str(RUNS / "site"), prepend=os.pathsep)
    yield importlib.import_module("tenfold.trial")
    del sys.modules["tenfold.trial"], tenfold.trial


@pytest.fixture
def kill_at_random(tmp_path) -> Callable[..., str]:
    """Runs a command in a process group of its own and ends the group by SIGKILL at a random moment.

    The moment lies between `ready()` and `span` seconds later. Gives back what happened, for a report.
    """

    def run(command: list, *, ready: Callable[[], bool], span: float, draw: random.Random, **options) -> str:
        with open(tmp_path / "said", "w") as said:
            process = subprocess.Popen(
                command, stdout=said, stderr=said, start_new_session=True, text=True, **options
            )
            while process.poll() is None and not ready():
                time.sleep(0.005)
            started = time.perf_counter()
            time.sleep(draw.uniform(0, span))
            after = time.perf_counter() - started
            ended = process.poll()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return f"killed after {after:.2f} s" if ended is None else f"had ended by itself with status {ended}"

    return run


@pytest.fixture
def small_disk(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a Python program with a small file system mounted on a folder that only it sees.

    kind: "full", a tmpfs of `size` KiB, or "read-only". Where mounts are not allowed, a limit on the size of
    files stands in for the full disk, and missing permissions for the read-only one.
    """

    def run(program: str, folder: Path, *arguments: object, kind: str, size: int = 64, **environment: str):
        file = tmp_path / "program.py"
        file.write_text(program)
        python = [sys.executable, str(file), str(folder), *map(str, arguments)]
        mount = (
            f'mount -t tmpfs -o size={size}k tmpfs "$0"'
            if kind == "full"
            else 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
        )
        options = {"capture_output": True, "text": True, "env": os.environ | environment, "timeout": 300}
        unshare = ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*unshare, "sh", "-c", mount, folder], capture_output=True).returncode == 0:
            return subprocess.run([*unshare, "sh", "-c", f'{mount} && exec "$@"', folder, *python], **options)
        if kind == "full":
            return subprocess.run(["sh", "-c", f'ulimit -f {2 * size}; exec "$@"', "sh", *python], **options)
        folder.chmod(0o500)
        try:
            return subprocess.run(python, **options)
        finally:
            folder.chmod(0o700)

    return run
