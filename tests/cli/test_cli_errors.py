import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "lr_horzon"], "no chapter 'lr_horzon', did you mean 'lr_horizon'?"),
        (["run", "1", "-p", "sed=1"], "01_lr_horizon: no parameter 'sed', did you mean 'seed'?"),
        (
            ["run", "--profile", "lapto"],
            "profile is 'lapto', did you mean 'laptop'? (allowed: smoke, laptop, gpu)",
        ),
        (["run", "--runs", "old"], "runs is 'old' (allowed: recorded, fresh)"),
        (["run", "-p", "seed=x"], "seed is 'x' (it must be of type int, like 0)"),
        (["run", "-p", "seed"], "-p seed is not NAME=VALUE"),
        (["run", "-p", "seed=1", "-p", "seed=2"], "parameter seed is given twice"),
        (["run", "--profile", "smoke", "-p", "profile=gpu"], "parameter profile is given twice"),
        (["run", "--jobs", "0"], "--jobs"),
        (["run", "--job", "2"], "No such option: --job"),
        ([], "Missing command"),
        (["rum"], "No such command 'rum'"),
        (["verify"], "data/runs holds no recorded runs"),
        (["rerun"], "data/runs holds no recorded runs"),
        (["verify", "--tolerance", "-1"], "--tolerance"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_nothing_is_executed(tenfold, small_project, arguments, message):
    small_project.add("01_lr_horizon")
    status, _, err = tenfold(*arguments)
    assert status in (1, 2)
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1
    assert not (small_project.root / "build").exists()


def test_a_project_without_chapters_is_one_line(tenfold):
    assert tenfold("run")[::2] == (
        1,
        "error: notebooks/ holds no chapter (a chapter is a file NN_slug.ipynb, e.g. 01_lr_horizon.ipynb)\n",
    )


def test_a_folder_that_is_no_project_is_one_line(tenfold, tmp_path, monkeypatch):
    monkeypatch.setenv("TENFOLD_ROOT", str(tmp_path))
    status, _, err = tenfold("status")
    assert (status, err.count("\n")) == (1, 1)
    assert "data/claims" in err


def test_one_bad_chapter_is_refused_before_any_other_is_executed(tenfold, small_project):
    small_project.add("01_good")
    small_project.add("02_bad", data=["data/runs/gone.jsonl"])
    status, _, err = tenfold("run")
    assert (status, err.count("\n")) == (1, 1)
    assert "02_bad declares the data file data/runs/gone.jsonl, which does not exist" in err
    assert not (small_project.root / "build").exists()


def test_a_missing_package_is_one_line_with_the_remedy(small_project, tmp_path):
    small_project.add("01_first")
    (tmp_path / "joblib.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'joblib'\", name='joblib')"
    )
    done = small_project.command("run", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (
        1,
        "error: the package joblib is missing (make setup installs it)\n",
    )


def test_a_mistake_of_our_own_keeps_its_traceback(tenfold, monkeypatch):
    monkeypatch.setattr("tenfold.cli.run_chapters.chapter_paths", lambda root: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tenfold("run")


def test_importing_the_command_imports_nothing_slow():
    heavy = {"joblib", "nbformat", "numpy", "papermill", "pydantic", "torch"}
    code = f"import sys, tenfold.cli; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_help_lists_the_commands(tenfold):
    status, out, _ = tenfold("--help")
    assert status == 0
    for command in ("run", "book", "verify", "rerun", "status", "doctor"):
        assert f"\n  {command} " in out
