import io
import json
import os
import subprocess
from dataclasses import replace

import pytest
from rich.console import Console

from tenfold.book.copies import read_stamp
from tenfold.book.execute import current_commit, execute, plan
from tenfold.book.parameters import ParameterError
from tenfold.book.progress import ExecutionProgress

VERDICTS = """
from IPython.display import display
records = [{"claim": "C1", "verdict": "reproduced"}, {"claim": "C2", "verdict": "inconclusive"}]
from tenfold.claims import VERDICTS_MIME
display({"text/plain": "table"}, raw=True, metadata={VERDICTS_MIME: records})
"""
ENVIRONMENT = """
import json, os, pathlib
print(json.dumps({
    "fingerprint": os.environ["TENFOLD_FINGERPRINT"],
    "commit": os.environ["TENFOLD_COMMIT"],
    "threads": os.environ["OMP_NUM_THREADS"],
    "hashseed": os.environ["PYTHONHASHSEED"],
    "in root": pathlib.Path.cwd() == pathlib.Path(os.environ["TENFOLD_ROOT"]),
    "seed": seed,
}))
"""


def run(tasks, jobs=2):
    """Outcomes by chapter, and what was printed."""
    console = Console(file=io.StringIO())
    with ExecutionProgress(tasks, jobs, console) as progress:
        outcomes = {outcome.task.name: outcome for outcome in execute(tasks, jobs=jobs, progress=progress)}
    return outcomes, console.file.getvalue()


def outputs(copy):
    """Text printed by the code cells of a copy, one entry a cell."""
    cells = json.loads(copy.read_text())["cells"]
    return [
        "".join("".join(o.get("text", [])) for o in c["outputs"]) for c in cells if c["cell_type"] == "code"
    ]


def test_one_batch_with_good_and_bad_chapters(small_project):
    """Everything that needs a kernel at default parameters, in one batch: kernels are slow to start."""
    good = small_project.add("01_good", ENVIRONMENT, VERDICTS, data=["requirements.lock"])
    raising = small_project.add("02_raising", "x = 1", "print('before')\nraise ValueError('boom')", "y = 1")
    dying = small_project.add("03_dying", "import os\nos.write(2, b'last words')\nos._exit(9)")
    killed = small_project.add("04_killed", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    small_project.copy("02_raising").parent.mkdir(parents=True)
    small_project.copy("02_raising").write_text("the last good copy")

    tasks = plan([good, raising, dying, killed], small_project.root, {})
    outcomes, printed = run(tasks)

    assert {name: bool(outcome.failure) for name, outcome in outcomes.items()} == {
        "01_good": False,
        "02_raising": True,
        "03_dying": True,
        "04_killed": True,
    }
    assert "01_good: done in" in printed
    assert "02_raising: failed in" in printed

    stamp = read_stamp(small_project.copy("01_good"))
    assert stamp["fingerprint"] == tasks[0].stamp["fingerprint"]
    assert stamp["inputs"].keys() >= {"notebook", "parameters", "requirements.lock", "requirements-data.txt"}
    assert stamp["parameters"] == good.parameters
    assert stamp["commit"] == "unknown"
    assert stamp["seconds"] > 0
    assert stamp["data"] == ["requirements.lock"]
    assert [(r["claim"], r["verdict"]) for r in stamp["verdicts"]] == [
        ("C1", "reproduced"),
        ("C2", "inconclusive"),
    ]
    seen = json.loads(outputs(small_project.copy("01_good"))[1])
    assert seen == {
        "fingerprint": stamp["fingerprint"],
        "commit": "unknown",
        "threads": "1",
        "hashseed": "0",
        "in root": True,
        "seed": 0,
    }

    failure = outcomes["02_raising"].failure
    assert (failure.cell, failure.error) == (4, "ValueError: boom")
    assert "raise ValueError('boom')" in failure.traceback
    assert "\x1b" not in failure.traceback
    assert small_project.copy("02_raising").read_text() == "the last good copy"
    failed = small_project.copy("02_raising").parent / "failed" / "02_raising.ipynb"
    assert "before\n" in outputs(failed)

    failure = outcomes["03_dying"].failure
    assert failure.cell == 3
    assert "kernel died" in failure.error
    assert "last words" in failure.traceback
    assert not small_project.copy("03_dying").exists()
    assert outcomes["04_killed"].failure.error == "its process ended with exit code -9"

    left = sorted(path.name for path in small_project.copy("01_good").parent.iterdir())
    assert left == ["01_good.ipynb", "02_raising.ipynb", "failed"]

    assert plan([good], small_project.root, {}) == []
    assert [task.name for task in plan([good], small_project.root, {}, force=True)] == ["01_good"]
    assert [task.name for task in plan([good, raising], small_project.root, {})] == ["02_raising"]
    mended = small_project.add("02_raising", "x = 1")
    outcomes, _ = run(plan([mended], small_project.root, {}))
    assert not outcomes["02_raising"].failure
    assert read_stamp(small_project.copy("02_raising")) is not None
    assert not failed.exists()


def test_other_parameters_reach_the_chapter_and_leave_the_default_copy_alone(small_project):
    chapter = small_project.add("01_first", "print(profile, seed, label)", "assert seed < 5")
    default = small_project.copy("01_first")
    default.parent.mkdir(parents=True)
    default.write_text("the default copy")

    given = [{"profile": "smoke"}, {"seed": "7", "profile": "smoke"}]
    (smoke,), (seeded,) = (plan([chapter], small_project.root, values) for values in given)
    assert smoke.copy.parent.name == "executed-smoke"
    assert seeded.copy.parent.name.startswith("executed-")
    assert len({smoke.copy, seeded.copy, default}) == 3

    outcomes = [run([task])[0]["01_first"] for task in (smoke, seeded)]
    assert outcomes[0].failure is None
    assert "smoke 0 plain\n" in outputs(smoke.copy)
    assert read_stamp(smoke.copy)["parameters"] == chapter.parameters | {"profile": "smoke"}
    assert outcomes[1].failure.cell == 4, "the cell that papermill injects must not count"
    assert default.read_text() == "the default copy"


def test_a_value_equal_to_the_default_is_the_default(small_project):
    chapter = small_project.add("01_first")
    plain, same = (plan([chapter], small_project.root, given) for given in ({}, {"seed": "0"}))
    assert plain == same


def test_a_wrong_value_is_refused_naming_the_chapter(small_project):
    chapter = small_project.add("01_first")
    with pytest.raises(ParameterError, match=r"01_first: no parameter 'sed', did you mean 'seed'\?"):
        plan([chapter], small_project.root, {"sed": "1"})


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"metadata": {"tenfold": {"data": []}}}'],
    ids=["empty", "torn", "list", "no metadata", "not executed"],
)
def test_a_copy_that_cannot_be_trusted_is_made_again(small_project, text):
    chapter = small_project.add("01_first")
    small_project.copy("01_first").parent.mkdir(parents=True)
    small_project.copy("01_first").write_text(text)
    assert [task.name for task in plan([chapter], small_project.root, {})] == ["01_first"]


def test_the_commit_says_whether_tracked_files_were_changed(tmp_path):
    assert current_commit(tmp_path) == "unknown"
    for command in (
        ["init", "-q"],
        ["add", "--all"],
        ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        (tmp_path / "file").write_text("1")
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    commit = current_commit(tmp_path)
    assert len(commit) == 40
    (tmp_path / "untracked").write_text("1")
    assert current_commit(tmp_path) == commit
    (tmp_path / "file").write_text("2")
    assert current_commit(tmp_path) == f"{commit}+changes"


@pytest.fixture
def tasks(small_project):
    """Three tasks of 4 cells that took 100, 60 and 20 seconds the last time."""
    chapters = [small_project.add(f"0{number}_x", "x = 1", "y = 1") for number in (1, 2, 3)]
    planned = plan(chapters, small_project.root, {})
    return [
        replace(task, expected=seconds) for task, seconds in zip(planned, (100.0, 60.0, 20.0), strict=True)
    ]


def test_time_left_follows_from_the_last_executions(tasks):
    assert ExecutionProgress(tasks, 2, Console(quiet=True)).seconds_left() == 100
    assert ExecutionProgress(tasks, 1, Console(quiet=True)).seconds_left() == 180
    assert ExecutionProgress(tasks[1:], 2, Console(quiet=True)).seconds_left() == 60


def test_time_left_is_not_guessed_for_a_chapter_that_never_ran(tasks):
    progress = ExecutionProgress([tasks[0], replace(tasks[1], expected=None)], 2, Console(quiet=True))
    assert progress.seconds_left() is None


def test_time_left_of_a_first_execution_follows_from_its_cells(tasks, monkeypatch):
    clock = iter([0.0, 30.0])
    progress = ExecutionProgress([new := replace(tasks[0], expected=None)], 1, Console(quiet=True))
    monkeypatch.setattr("tenfold.book.progress.time.monotonic", lambda: next(clock))
    progress.started(new)
    progress.cell_started(new, 4)  # three of four cells done
    assert progress.seconds_left() == pytest.approx(10)


def test_it_needs_at_least_one_process(tasks):
    with pytest.raises(ValueError, match="jobs is 0"):
        next(execute(tasks, jobs=0, progress=ExecutionProgress(tasks, 1, Console(quiet=True))))


def test_the_environment_of_this_process_is_left_alone(small_project):
    chapter = small_project.add("01_first")
    before = dict(os.environ)
    plan([chapter], small_project.root, {})
    assert dict(os.environ) == before
