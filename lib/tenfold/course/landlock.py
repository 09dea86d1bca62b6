"""Landlock: from here on this process and its children read and write only below the folders named.

The interface of Linux (5.13 and later), which no package of ours wraps: three system calls.
Source: https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every processor
_VERSION = 1  # flag of _CREATE: say which version the kernel speaks
_BELOW_PATH = 1
_NO_NEW_PRIVILEGES = 38
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read file, read folder
# All that version 1 knows; each later version adds what is in its place.
_ADDED = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # the rights that a rule on a file may hold

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = [("handled_access_fs", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def landlock_version() -> int:
    """The version the kernel speaks, 0 where it has none."""
    return max(0, _libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))


def restrict_files(*, readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Let this process reach nothing but what is at or below these paths; it cannot be taken back.

    Paths that do not exist are passed over. What is open already stays open. Raises OSError.
    """
    version = landlock_version()
    rights = sum(added for since, added in _ADDED.items() if since <= version)
    ruleset = _Ruleset(rights)
    size = ctypes.c_size_t(ctypes.sizeof(ruleset))
    handle = _call(_CREATE, ctypes.byref(ruleset), size, ctypes.c_uint32(0))
    for paths, allowed in ((readable, _READ), (writable, rights)):
        for path in paths:
            if path.exists():
                _allow(handle, path, allowed if path.is_dir() else allowed & rights & _OF_FILES)
    if _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    _call(_RESTRICT, ctypes.c_int(handle), ctypes.c_uint32(0))
    os.close(handle)


def _allow(handle: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights, place)
        _call(_ADD, ctypes.c_int(handle), ctypes.c_int(_BELOW_PATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    result = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock, system call {number}")
    return result
