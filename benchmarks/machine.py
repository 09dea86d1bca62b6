"""What a result says of the machine it was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import torch


def machine(*packages: str) -> dict:
    """Processor, cores, torch's threads, system, and the versions of Python and of `packages`."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }
