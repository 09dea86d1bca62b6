import importlib.metadata
import shutil
from collections import namedtuple

import pytest

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
