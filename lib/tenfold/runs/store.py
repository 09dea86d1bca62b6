"""Recorded runs on disk: one line of JSON a run, only ever appended to."""

import json
import os
import re
import warnings
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from tenfold.paths import project_root
from tenfold.runs.errors import RunStoreError, TornLineWarning
from tenfold.runs.record import Run, key_of, same_metrics

LOCK_SECONDS = 300
PROFILES = ("smoke", "laptop", "gpu")


class RunStore:
    """A file of recorded runs that several processes may append to at once and that survives their death.

    An object parses each line once. It keeps the bytes that it has parsed, compares them at every reading,
    and parses the file anew where they have changed. It gives the same runs each time: change none in place.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._parsed: tuple[bytes, dict[str, Run]] = b"", {}

    def __repr__(self) -> str:
        return f"RunStore({str(self.path)!r})"

    def __reduce__(self) -> tuple[type["RunStore"], tuple[Path]]:
        return RunStore, (self.path,)  # another process reads for itself

    def load(self) -> dict[str, Run]:
        """All recorded runs by key, in the order of recording; empty where the file does not exist.

        A last line that was cut off while it was written is left out, with a TornLineWarning.
        Raises RunStoreError for any other line that is no run, and for two different results of one run.
        """
        if not self.path.exists():
            return {}
        runs, good, size = self._read()
        if good < size:  # torn, or another process is writing it just now
            with self._lock():
                runs, good, size = self._read()
            if good < size:
                message = f"{self.path}: the last line is cut off and not used; its run will be recomputed"
                warnings.warn(message, TornLineWarning, stacklevel=2)
        return runs

    def append(self, *new: Run) -> list[Run]:
        """Record the runs, and give them back as recorded: for one recorded before, the earlier record.

        They are written under a lock and are on disk when this returns. A cut-off last line is removed first.
        Raises RunStoreError; then none of them is recorded.
        """
        with self._lock():
            runs, good, _ = self._read()
            missing = {run.key: run for run in new if run.key not in runs}
            lines = "".join(run.to_json() + "\n" for run in missing.values())
            if lines:
                self._write(lines.encode(), good)
        return [runs.get(run.key) or missing[run.key] for run in new]

    def _lock(self) -> FileLock:
        """The lock, held. Raises RunStoreError if another process keeps it or the folder is read-only."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return FileLock(self.path.with_name(f".{self.path.name}.lock")).acquire(timeout=LOCK_SECONDS)
        except Timeout as error:
            raise RunStoreError(
                f"{self.path}: another process held {error.lock_file} for {LOCK_SECONDS} s; end that process"
            ) from error
        except OSError as error:
            message = f"{self.path} cannot be locked ({error}): make its folder writable"
            raise RunStoreError(message) from error

    def _write(self, lines: bytes, start: int) -> None:
        """Write the lines at byte `start`, which is the end of the file but for a torn line."""
        try:
            with open(self.path, "r+b" if self.path.exists() else "x+b", buffering=0) as file:
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
        except OSError as error:
            raise RunStoreError(
                f"{self.path} cannot be written ({error}); the runs recorded before are unharmed: "
                "free disk space or make the file writable, then give the same command again"
            ) from error

    def _read(self) -> tuple[dict[str, Run], int, int]:
        """The runs, the number of bytes of whole lines, and the number of all bytes."""
        content = self.path.read_bytes() if self.path.exists() else b""
        before, known = self._parsed
        if not content.startswith(before):
            before, known = b"", {}
        lines = content[len(before) :].split(b"\n")
        whole, rest = lines[:-1], lines[-1]
        torn = bool(rest) or (bool(whole) and not _is_json(whole[-1]))
        if not rest and torn:
            rest = whole.pop() + b"\n"
        runs = dict(known)
        for number, line in enumerate(whole, start=1 + before.count(b"\n")):
            run = self._run(line, number)
            first = runs.setdefault(run.key, run)
            if not same_metrics(first, run):
                raise self._error(number, f"run {run.key[:12]} is recorded before with other metrics")
        good = len(content) - len(rest)
        self._parsed = content[:good], dict(runs)
        return runs, good, len(content)

    def _run(self, line: bytes, number: int) -> Run:
        try:
            run = Run(**json.loads(line))
            key = key_of(run.config, run.train, run.code)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise self._error(number, f"field {field!r}: {first['msg']}") from error
        except (ValueError, TypeError, RecursionError) as error:
            raise self._error(number, f"not a run ({error})") from error
        if run.key != key:
            raise self._error(number, "the key is not that of this configuration, train function and code")
        return run

    def _error(self, number: int, what: str) -> RunStoreError:
        return RunStoreError(
            f"{self.path}, line {number}: {what}. "
            "Restore the file from version control, or delete the line to have its run recomputed"
        )


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def open_runs(experiment: str, *, profile: str, runs: str) -> RunStore:
    """The store of an experiment: the recorded runs of the laptop profile, or a store in the build folder.

    profile: smoke, laptop or gpu. runs: "recorded" or "fresh". Raises ValueError, ProjectNotFound.
    """
    if not re.fullmatch(r"[a-z0-9_]+", experiment):
        raise ValueError(f"experiment is {experiment!r}: use lower-case letters, digits and underscores")
    for name, value, allowed in (("profile", profile, PROFILES), ("runs", runs, ("recorded", "fresh"))):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}: use one of {', '.join(allowed)}")
    if (profile, runs) == ("laptop", "recorded"):
        return RunStore(project_root() / "data" / "runs" / f"{experiment}.jsonl")
    return RunStore(project_root() / "build" / "runs" / f"{experiment}-{profile}-{runs}.jsonl")
