import base64
import hashlib
import importlib.metadata
import json
import shutil
from collections import namedtuple

import pytest

from tenfold.runs.record import key_of

RICH = importlib.metadata.version("rich")
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def locks(small_project):
    """Lock files that this environment satisfies."""
    files = {
        "requirements.in": "rich\n# a comment\n",
        "requirements.lock": f"rich=={RICH}\nabsent==1.0 ; sys_platform == 'nowhere'\nnot-needed==2.0\n",
        "requirements-data.txt": f"# data\nrich=={RICH}\n",
    }
    for name, text in files.items():
        (small_project.root / name).write_text(text)
    return small_project.root


def problems(tenfold):
    status, out, _ = tenfold("doctor")
    found = [line for line in out.splitlines() if line.startswith("problem")]
    assert status == (1 if found else 0)
    assert all("(remedy: " in line for line in found)
    return "\n".join(found)


def test_a_sound_environment_has_no_problem(tenfold, locks, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    assert problems(tenfold) == ""


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        (
            "requirements.lock",
            "rich==1.0",
            f"rich: {RICH} is installed, the lock has ==1.0 (remedy: make setup)",
        ),
        ("requirements-data.txt", "no-such-data==1.0", "no-such-data: is not installed, the lock has ==1.0"),
    ],
)
def test_a_package_that_differs_from_the_lock_is_a_problem(tenfold, locks, file, text, problem):
    (locks / file).write_text(text)
    assert problem in problems(tenfold)


def test_a_required_package_that_is_missing_is_a_problem(tenfold, locks):
    (locks / "requirements.in").write_text("rich\nnot_needed\n")
    assert (
        problems(tenfold) == "problem not-needed: is not installed, the lock has ==2.0 (remedy: make setup)"
    )


def test_a_local_build_of_the_locked_version_is_no_problem(tenfold, locks, monkeypatch):
    version = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version(name) + "+cpu")
    assert problems(tenfold) == ""


def test_an_unsupported_python_is_a_problem(tenfold, locks, monkeypatch):
    monkeypatch.setattr("platform.python_version", lambda: "3.10.4")
    assert "Python: 3.10.4, the book runs on" in problems(tenfold)


def test_a_missing_compiler_is_a_problem(tenfold, locks, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "C++ compiler: none of no-such-compiler (remedy: install one" in problems(tenfold)


def test_a_full_disk_is_a_problem(tenfold, locks, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 10**12, 5 * 10**8))
    assert "disk: 0.5 GB free (remedy: free at least 2 GB)" in problems(tenfold)


def notes(tenfold):
    status, out, _ = tenfold("doctor")
    assert status == 0
    found = [line for line in out.splitlines() if line.startswith("note")]
    assert all("; off: " in line and "(remedy: " in line for line in found)
    return "\n".join(found)


def test_a_missing_browser_is_no_problem_and_said_with_what_it_disables(tenfold, locks, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if "chrom" in name else which(name))
    assert "browser: none of chromium" in (told := notes(tenfold))
    assert "off: make pdf, make pages, and the judge that sees pages in chapter 10" in told


def test_a_missing_extra_package_is_no_problem_and_said_with_what_it_disables(tenfold, locks, monkeypatch):
    version = importlib.metadata.version

    def without_ray(name):
        if name == "ray":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_ray)
    assert "ray: not installed; off: sweeps on a cluster (remedy: uv pip install" in notes(tenfold)


def test_hashes_of_the_data_packages_are_no_part_of_their_pins(tenfold, locks):
    (locks / "requirements-data.txt").write_text(f"rich=={RICH} \\\n    --hash=sha256:{'0' * 64}\n")
    assert problems(tenfold) == ""


def test_a_changed_file_of_a_data_package_is_a_problem(tenfold, locks, monkeypatch, tmp_path):
    package = tmp_path / "site" / "shipped-1.0.dist-info"
    package.mkdir(parents=True)
    monkeypatch.syspath_prepend(package.parent)
    data = package.parent / "shipped.txt"
    data.write_text("as shipped")
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: shipped\nVersion: 1.0\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"as shipped").digest()).rstrip(b"=").decode()
    (package / "RECORD").write_text(f"shipped.txt,sha256={digest},10\nshipped-1.0.dist-info/RECORD,,\n")
    (locks / "requirements-data.txt").write_text("shipped==1.0")
    assert problems(tenfold) == ""
    data.write_text("as Shipped")
    assert (
        "shipped: 1 files differ from what was installed, as shipped.txt (remedy: reinstall it:"
        in problems(tenfold)
    )


def test_a_damaged_store_is_a_problem_and_the_others_are_still_read(tenfold, locks):
    (locks / "data" / "runs" / "a.jsonl").write_text('{"key": 1}\n{}\n')
    (locks / "data" / "runs" / "b.jsonl").write_text("")
    told = problems(tenfold)
    assert "a.jsonl, line 1: field" in told
    assert "(remedy: git checkout -- data/runs/a.jsonl)" in told


def test_recorded_runs_of_other_code_are_a_problem(tenfold, locks):
    run = {"train": "tenfold.lm.training:train_runs", "code": "c" * 64, "config": {}}
    run |= {"key": key_of({}, run["train"], run["code"]), "metrics": {"loss": 1.0}, "curve": []}
    run |= {"seconds": 1.0, "device": "cpu", "versions": {}, "recorded": "2026-01-02"}
    (locks / "data" / "runs" / "a.jsonl").write_text(json.dumps(run) + "\n")
    assert "1 runs of a.jsonl come from other code (remedy: make rerun" in problems(tenfold)


def test_a_folder_that_cannot_be_written_is_a_problem(tenfold, locks, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: "runs" not in str(path))
    assert "folders: data/runs cannot be written (remedy: make them writable" in problems(tenfold)


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        ("", "ok      language model: recorded answers, no model is asked (TENFOLD_CHAT chooses another)"),
        (
            "openai:m@http://127.0.0.1:8000/v1",
            "ok      language model: m at http://127.0.0.1:8000/v1, a key is set (TENFOLD_CHAT_KEY)",
        ),
    ],
)
def test_the_chosen_language_model_is_shown_without_its_key(tenfold, locks, monkeypatch, choice, line):
    monkeypatch.setenv("TENFOLD_CHAT", choice)
    monkeypatch.setenv("TENFOLD_CHAT_KEY", "sk-very-secret-0123456789")
    _, out, err = tenfold("doctor")
    assert line in out.splitlines()
    assert "secret" not in out + err


def test_a_choice_of_no_language_model_is_a_problem(tenfold, locks, monkeypatch):
    monkeypatch.setenv("TENFOLD_CHAT", "gpt")
    assert "language model: TENFOLD_CHAT is 'gpt': use one of recorded, " in problems(tenfold)
