"""Recorded runs on disk: one line of JSON a run, only ever appended to."""

import json
import os
import re
import warnings
from pathlib import Path

from pydantic import ValidationError

from tenfold.paths import project_root
from tenfold.runs import journal
from tenfold.runs.errors import RunStoreError, TornLineWarning
from tenfold.runs.record import Run, key_of, same_metrics

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
            with journal.lock(self.path, RunStoreError):
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
        with journal.lock(self.path, RunStoreError):
            runs, good, _ = self._read()
            missing = {run.key: run for run in new if run.key not in runs}
            lines = "".join(run.to_json() + "\n" for run in missing.values())
            if lines:
                journal.write_lines(self.path, lines.encode(), good, RunStoreError, "runs")
        return [runs.get(run.key) or missing[run.key] for run in new]

    def _read(self) -> tuple[dict[str, Run], int, int]:
        """The runs, the number of bytes of whole lines, and the number of all bytes."""
        content = self.path.read_bytes() if self.path.exists() else b""
        before, known = self._parsed
        if not content.startswith(before):
            before, known = b"", {}
        whole, rest = journal.whole_lines(content[len(before) :])
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
