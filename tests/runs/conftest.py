import contextlib
import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

import tenfold

HERE = Path(__file__).parent


@pytest.fixture(scope="module", autouse=True)
def worker_processes():
    """End the processes that sweeps have started here: other tests want them without the trial module."""
    yield
    get_reusable_executor().shutdown(kill_workers=True)


@pytest.fixture
def trial(monkeypatch, tmp_path):
    """The module `tenfold.trial` (tests/runs/modules/trial.py), here and in processes started from here."""
    monkeypatch.setattr(tenfold, "__path__", [*tenfold.__path__, str(HERE / "modules")])
    monkeypatch.setenv("PYTHONPATH", str(HERE / "site"), prepend=os.pathsep)
    monkeypatch.setenv("TRIAL_LOG", str(tmp_path / "trained.log"))
    yield importlib.import_module("tenfold.trial")
    del sys.modules["tenfold.trial"], tenfold.trial


@pytest.fixture
def trained(tmp_path):
    """The learning rates of the runs that were trained, one list a call of the train function."""

    def read() -> list[list[float]]:
        log = tmp_path / "trained.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [[float(rate) for rate in line.split()] for line in lines]

    return read


@pytest.fixture
def start(trial, tmp_path):
    """Starts a Python process in a process group of its own; what is left of the group ends with the test."""
    started = []

    def run(program: str, *arguments: object) -> subprocess.Popen:
        file = tmp_path / f"program{len(started)}.py"
        file.write_text(program)
        process = subprocess.Popen(
            [sys.executable, str(file), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A background job of a shell ignores Ctrl-C, and its children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        return process

    yield run
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
