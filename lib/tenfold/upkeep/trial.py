"""A trial of the book in an environment of its own: with the newest allowed versions, or on another Python.

`python -m tenfold.upkeep.trial` resolves the newest versions that requirements.in allows, installs them
beside a clone of the repository in build/trial, runs the chapters there in the smoke profile with runs made
anew, and writes build/trial/report.md. With --locked the lock decides; --python names an interpreter.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tenfold.paths import project_root

_PIN = re.compile(r"^([\w.-]+)==([^\s;+]+)", re.MULTILINE)  # a local build such as +cpu is the same version
_OUTCOME = re.compile(r"^(\d\d_[a-z0-9_]+): (done|failed) in (.+)$", re.MULTILINE)
_ERROR_LINES = 60


class TrialError(RuntimeError):
    """A step before the chapters that failed, with the end of what it said."""


def pins(lock: str) -> dict[str, str]:
    """Package and version; of several for different Pythons the last one."""
    return dict(_PIN.findall(lock))


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """One line a package that is new, gone, or in another version."""
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return [f"{name}: {old.get(name, 'not there')} to {new.get(name, 'not there')}" for name in names]


def outcomes(printed: str) -> dict[str, str]:
    """Chapter and "done in 5 s" or "failed in 5 s", from what `tenfold run` printed."""
    return {name: f"{state} in {time}" for name, state, time in _OUTCOME.findall(printed)}


def report(python: str, moved: list[str], found: Mapping[str, str], said: str) -> str:
    """Markdown: the Python, versions that differ from the lock, chapters, and the errors."""
    versions = "\n".join(f"- {line}" for line in moved) or "The versions are those of the lock."
    chapters = "\n".join(f"| {name} | {outcome} |" for name, outcome in found.items())
    errors = f"\n## What went wrong\n\n```\n{said.strip()}\n```\n" if said.strip() else ""
    return (
        f"# Trial on Python {python}\n\n## Versions\n\n{versions}\n\n## Chapters, profile smoke\n\n"
        f"| Chapter | Outcome |\n| --- | --- |\n{chapters}\n{errors}"
    )


def run_trial(root: Path, *, python: str, locked: bool, chapters: list[str]) -> int:
    """Make the environment, run the chapters (none named: all), write the report; 1 where one failed.

    Raises TrialError.
    """
    folder = root / "build" / "trial"
    copy, venv = folder / "project", folder / "venv"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.rmtree(venv, ignore_errors=True)
    _output(["git", "clone", "--quiet", str(root), str(copy)])
    uv = str(Path(sys.executable).with_name("uv"))
    _output([uv, "venv", "--python", python, str(venv)])
    interpreter = str(venv / "bin" / "python")
    version = _output([interpreter, "-c", "import platform; print(platform.python_version())"]).strip()
    lock = copy / "requirements.lock"
    old = pins(lock.read_text(encoding="utf-8"))
    if not locked:
        newest = [uv, "pip", "compile", "--upgrade", "pyproject.toml", "--all-extras", "--universal"]
        form = ["--python-version", "3.11", "--no-header", "--no-annotate", "--output-file", str(lock)]
        _output([*newest, *form], cwd=copy)
    install = [uv, "pip", "install", "--python", interpreter]
    _output([*install, "-r", str(copy / "requirements.in"), "-c", str(lock)])
    _output([*install, "--no-deps", "-r", str(copy / "requirements-data.txt")])
    _output([*install, "--no-deps", "--no-build-isolation", "--editable", str(copy)])
    print(f"installed on Python {version}; running the chapters", flush=True)
    command = [venv / "bin" / "tenfold", "run", *chapters, "--profile", "smoke", "--runs", "fresh", "--force"]
    done = subprocess.run(command, cwd=copy, env=_environment(), capture_output=True, text=True, check=False)
    moved = changes(old, pins(lock.read_text(encoding="utf-8")))
    found = outcomes(done.stdout)
    told = report(version, moved, found, done.stderr if done.returncode else "")
    (folder / "report.md").write_text(told, encoding="utf-8")
    print(f"{told}\nThe report: {(folder / 'report.md').relative_to(root)}")
    return done.returncode


def _environment() -> dict[str, str]:
    """This environment, with links to wheels at hand told to uv as pip knows them."""
    return os.environ | {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")}


def _output(command: list[str], *, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-_ERROR_LINES:])
        raise TrialError(f"{' '.join(command[:4])} … failed with status {done.returncode}:\n{last}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chapters", nargs="*", help="names or numbers; none: all")
    parser.add_argument("--python", default=sys.executable, help="the interpreter; default: this one")
    parser.add_argument("--locked", action="store_true", help="the versions of the lock, not the newest")
    given = parser.parse_args()
    try:
        sys.exit(run_trial(project_root(), python=given.python, locked=given.locked, chapters=given.chapters))
    except TrialError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
