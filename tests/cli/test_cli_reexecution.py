"""`tenfold run` as a user gives it, on a copy of the library that can be edited."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tenfold
from tenfold.book.chapters import load_chapter
from tenfold.book.execute import plan

SAME_PYTHON = f"import sys\nassert sys.executable == {sys.executable!r}"
NO_STARTUP = "assert 'leaked' not in globals()"


@pytest.fixture
def library(tmp_path):
    """A copy of the package with a module more, tenfold.orchard; the folder that holds the package."""
    package = tmp_path / "library" / "tenfold"
    shutil.copytree(Path(tenfold.__file__).parent, package)
    (package / "orchard.py").write_text("def trees():\n    return 3\n")
    return package.parent


@pytest.fixture
def surroundings(tmp_path, library):
    """The environment of a user with a broken kernel registered as python3 and a start-up file of IPython."""
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/bin/false", "{connection_file}"], "display_name": "broken", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("leaked = 1\n")
    return {
        "PYTHONPATH": str(library),
        "JUPYTER_PATH": str(tmp_path / "jupyter"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "COLUMNS": "200",
    }


def executed(done):
    return {line.split(":")[0] for line in done.stdout.splitlines() if ": done in" in line}


def test_a_change_executes_exactly_the_chapters_that_depend_on_it(small_project, library, surroundings):
    small_project.add("01_orchard", "from tenfold.orchard import trees\nprint(trees(), 'trees')", SAME_PYTHON)
    small_project.add("02_plain", "import tenfold", NO_STARTUP)
    orchard = library / "tenfold" / "orchard.py"

    done = small_project.command("run", **surroundings)
    assert (done.returncode, done.stderr) == (0, "")
    assert executed(done) == {"01_orchard", "02_plain"}
    assert "3 trees" in small_project.copy("01_orchard").read_text()

    orchard.write_text('"""Fruit."""\n\n\ndef trees():\n    return 3  # still\n')
    (library / "tenfold" / "elsewhere.py").write_text("x = 1\n")
    (small_project.root / "README.md").write_text("new")
    before = small_project.copy("01_orchard").read_bytes()
    done = small_project.command("run", **surroundings)
    assert (done.returncode, executed(done)) == (0, set())
    assert "2 of 2 chapters are fresh" in done.stdout
    assert small_project.copy("01_orchard").read_bytes() == before

    orchard.write_text("def trees():\n    raise RuntimeError('no trees left')\n")
    done = small_project.command("run", **surroundings)
    assert done.returncode == 1
    assert "1 of 2 chapters are fresh" in done.stdout
    assert "error: 01_orchard failed in cell 3: RuntimeError: no trees left\n" in done.stderr
    assert "as far as it came: build/executed/failed/01_orchard.ipynb" in done.stderr
    assert "its last good copy stays: build/executed/01_orchard.ipynb" in done.stderr
    assert small_project.copy("01_orchard").read_bytes() == before

    done = small_project.command("status", **surroundings)
    first, second = (line for line in done.stdout.splitlines() if line.startswith("0"))
    assert "stale (tenfold.orchard changed); the last attempt failed" in first
    assert "fresh" in second


def wait_for(condition, process):
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_keeps_what_is_done_stops_what_runs_and_says_how_to_go_on(small_project):
    pid_file = small_project.root / "pid"
    slow = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)"
    chapters = [small_project.add("01_quick", "x = 1"), small_project.add("02_slow", slow)]
    printed = small_project.root / "printed"
    process = subprocess.Popen(
        [small_project.script, "run", "--jobs", "2"],
        cwd=small_project.root,
        stdout=printed.open("w"),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell starts its background jobs with Ctrl-C ignored, and what they start inherits it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(lambda: "01_quick: done" in printed.read_text(), process)
    wait_for(lambda: pid_file.exists() and pid_file.read_text().isdigit(), process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err == (
        "error: interrupted: 1 of 2 chapters are done and kept; the same command goes on with the rest\n"
    )
    assert not is_alive(int(pid_file.read_text()))
    assert [path.name for path in small_project.copy("01_quick").parent.iterdir()] == ["01_quick.ipynb"]
    todo = plan([load_chapter(chapter.path) for chapter in chapters], small_project.root, {})
    assert [task.name for task in todo] == ["02_slow"]
