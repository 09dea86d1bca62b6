"""Files of JSON lines that several processes append to at once and that survive their death."""

import json
import os
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_SECONDS = 300


def lock(path: Path, error: type[Exception]) -> FileLock:
    """The file's lock, held. Raises `error` if another process keeps it or the folder is read-only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(path.with_name(f".{path.name}.lock")).acquire(timeout=LOCK_SECONDS)
    except Timeout as reason:
        message = f"{path}: another process held {reason.lock_file} for {LOCK_SECONDS} s; end that process"
        raise error(message) from reason
    except OSError as reason:
        raise error(f"{path} cannot be locked ({reason}): make its folder writable") from reason


def whole_lines(content: bytes) -> tuple[list[bytes], bytes]:
    """The lines, and what was cut off at the end while it was written: a line without its end or no JSON."""
    *whole, rest = content.split(b"\n")
    if not rest and whole and not _is_json(whole[-1]):
        rest = whole.pop() + b"\n"
    return whole, rest


def write_lines(path: Path, lines: bytes, start: int, error: type[Exception], kept: str) -> None:
    """Write the lines at byte `start`, the end of the whole ones; on disk when this returns, or none of them.

    kept: what is in the file already, as `error` says it where the file cannot be written.
    """
    try:
        with open(path, "r+b" if path.exists() else "x+b", buffering=0) as file:
            file.truncate(start)
            try:
                file.seek(start)
                written = 0
                while written < len(lines):
                    written += file.write(lines[written:])
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise
    except OSError as reason:
        raise error(
            f"{path} cannot be written ({reason}); the {kept} recorded before are unharmed: "
            "free disk space or make the file writable, then give the same command again"
        ) from reason


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
