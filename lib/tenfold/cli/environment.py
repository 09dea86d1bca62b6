"""`tenfold doctor`: does this environment have what the book needs."""

import importlib.metadata
import os
import platform
import shutil
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tenfold.chat import ChatChoiceError, ChatError, describe_choice

_FREE_GB = 2
_SETUP = "make setup"


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and the remedy, empty where all is well."""

    name: str
    found: str
    remedy: str = ""


def examine(root: Path) -> int:
    """Print every check; the exit status, 1 where any found a problem."""
    checks = [_python(), *_packages(root), *_data_packages(root), _compiler(), _headers(), _disk(root)]
    checks.append(_language_model())
    for check in checks:
        print(f"{'problem' if check.remedy else 'ok':8}{check.name}: {check.found}", end="")
        print(f" (remedy: {check.remedy})" if check.remedy else "")
    return 1 if any(check.remedy for check in checks) else 0


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
    pins = list(_requirements(root / "requirements-data.txt"))
    problems = [Check(pin.name, found, _SETUP) for pin in pins if (found := _difference(pin, needed=True))]
    yield from problems or [Check("data packages", f"{len(pins)}, all as in requirements-data.txt")]


def _compiler() -> Check:
    names = [os.environ["CXX"]] if "CXX" in os.environ else ["c++", "g++", "clang++"]
    found = next(filter(None, map(shutil.which, names)), None)
    remedy = "install one, e.g. apt-get install g++, or set CXX to it"
    return Check("C++ compiler", found or f"none of {', '.join(names)}", "" if found else remedy)


def _headers() -> Check:
    header = Path(sysconfig.get_path("include"), "Python.h")
    remedy = "install the headers of this Python, e.g. apt-get install python3-dev"
    return Check(
        "Python headers",
        str(header) if header.is_file() else f"no {header}",
        "" if header.is_file() else remedy,
    )


def _disk(root: Path) -> Check:
    free = shutil.disk_usage(root).free / 1e9
    return Check("disk", f"{free:.1f} GB free", "" if free >= _FREE_GB else f"free at least {_FREE_GB} GB")


def _language_model() -> Check:
    try:
        return Check("language model", describe_choice())
    except (ChatChoiceError, ChatError) as error:
        return Check("language model", str(error), "change TENFOLD_CHAT, or unset it")


def _requirements(file: Path) -> Iterator[Requirement]:
    """The requirements in a file that apply to this Python and platform."""
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
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
