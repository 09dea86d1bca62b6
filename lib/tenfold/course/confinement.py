"""The walls around a submission's kernel: limits, its own network and processes, and few files.

Run as a program it is the kernel: `python -m tenfold.course.confinement -f CONNECTION_FILE`.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from tenfold.course.landlock import landlock_version, restrict_files

SETTINGS = "TENFOLD_CONFINEMENT"  # environment: the Confinement as JSON
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys", "/opt", "/dev/urandom")
_DEVICES = ("/dev/null", "/dev/zero")
_ALONE = ("--user", "--map-current-user", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")


@dataclass(frozen=True)
class Confinement:
    """What a kernel may use.  memory, file_size: bytes, of each process.  cpu_seconds: of each process.

    scratch: the folders it may write to.  readable: folders it may read beside Python and the system's.
    """

    memory: int
    cpu_seconds: int
    file_size: int
    scratch: tuple[str, ...]
    readable: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        return {SETTINGS: json.dumps(asdict(self))}

    def enter(self) -> None:
        """Put this process behind the walls, for good."""
        _limit(resource.RLIMIT_AS, self.memory)
        _limit(resource.RLIMIT_CPU, self.cpu_seconds)
        _limit(resource.RLIMIT_FSIZE, self.file_size)
        _limit(resource.RLIMIT_CORE, 0)
        if landlock_version():
            python = {sys.prefix, sys.base_prefix, *filter(os.path.isabs, sys.path)}
            readable = [Path(name) for name in (*_SYSTEM, *python, *self.readable)]
            restrict_files(readable=readable, writable=[Path(name) for name in (*_DEVICES, *self.scratch)])


def kernel_command() -> list[str]:
    """What starts the kernel: where the system allows it, without network and with processes of its own."""
    kernel = [sys.executable, "-m", __name__, "-f", "{connection_file}"]
    alone = [shutil.which("unshare"), *_ALONE] if can_be_alone() else []
    setpriv = shutil.which("setpriv")
    dies_with_us = [setpriv, "--pdeathsig", "KILL"] if setpriv else []
    return [*dies_with_us, *alone, *kernel]


@cache
def can_be_alone() -> bool:
    """Whether this system lets a user start a process without network and with a process table of its own."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", *_ALONE, "true"], capture_output=True, check=False).returncode == 0


def walls() -> dict[str, bool]:
    """What this system can wall off."""
    return {
        "network": can_be_alone(),
        "other processes": can_be_alone(),
        "files outside its folder": bool(landlock_version()),
    }


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


def _main() -> None:
    from ipykernel.kernelapp import IPKernelApp

    Confinement(**json.loads(os.environ.pop(SETTINGS))).enter()
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    _main()
