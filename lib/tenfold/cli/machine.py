"""What the machine itself must have, and what it may have: compiler, memory, disk, threads, a browser."""

import os
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

_FREE_GB = 2
_MEMORY_GB = 6  # two chapters at a time, the largest of which takes 3 GB by its card
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and the remedy, empty where all is well.

    disables: what is off without it; empty for what the book cannot be built or tested without.
    """

    name: str
    found: str
    remedy: str = ""
    disables: str = ""

    @property
    def breaks(self) -> bool:
        return bool(self.remedy) and not self.disables

    def __str__(self) -> str:
        state = "problem" if self.breaks else "note" if self.remedy else "ok"
        off = f"; off: {self.disables}" if self.remedy and self.disables else ""
        return f"{state:8}{self.name}: {self.found}{off}" + (
            f" (remedy: {self.remedy})" if self.remedy else ""
        )


def machine_checks(root: Path) -> list[Check]:
    return [_compiler(), _headers(), _disk(root), _writable(root), _memory(), _threads(), _browser(), _gpu()]


def _compiler() -> Check:
    names = [os.environ["CXX"]] if "CXX" in os.environ else ["c++", "g++", "clang++"]
    found = next(filter(None, map(shutil.which, names)), None)
    remedy = "install one, e.g. apt-get install g++, or set CXX to it"
    return Check("C++ compiler", found or f"none of {', '.join(names)}", "" if found else remedy)


def _headers() -> Check:
    header = Path(sysconfig.get_path("include"), "Python.h")
    remedy = "install the headers of this Python, e.g. apt-get install python3-dev"
    there = header.is_file()
    return Check("Python headers", str(header) if there else f"no {header}", "" if there else remedy)


def _disk(root: Path) -> Check:
    free = shutil.disk_usage(root).free / 1e9
    return Check("disk", f"{free:.1f} GB free", "" if free >= _FREE_GB else f"free at least {_FREE_GB} GB")


def _writable(root: Path) -> Check:
    closed = [name for name in ("data/runs", "build", ".") if not os.access(_existing(root / name), os.W_OK)]
    found = f"{', '.join(closed)} cannot be written" if closed else "data/runs and build can be written"
    return Check("folders", found, "make them writable, e.g. chmod u+w" if closed else "")


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    enough = total >= _MEMORY_GB
    return Check(
        "memory",
        f"{total:.1f} GB",
        "" if enough else "tenfold run --jobs 1 needs about half",
        disables=f"two chapters at a time, which need about {_MEMORY_GB} GB",
    )


def _threads() -> Check:
    cores, set_to = os.cpu_count() or 1, os.environ.get("OMP_NUM_THREADS", "")
    found = f"{cores} cores, OMP_NUM_THREADS is {set_to or 'not set (chapters set it to 1)'}"
    fits = not set_to or (set_to.isdigit() and 1 <= int(set_to) <= cores)
    return Check("threads", found, "" if fits else "set OMP_NUM_THREADS to 1, or unset it", disables="speed")


def _browser() -> Check:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return Check(
        "browser",
        found or f"none of {', '.join(_BROWSERS)}",
        "" if found else "apt-get install chromium",
        disables="make pdf, make pages, and the judge that sees pages in chapter 10",
    )


def _gpu() -> Check:
    """By the driver's tool, so that torch need not be imported."""
    there = shutil.which("nvidia-smi") or shutil.which("rocm-smi")
    found = there or "none (nothing needs one but the profile gpu)"
    return Check("GPU", found)
