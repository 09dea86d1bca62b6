"""Recorded runs: what names them, where they are kept, how many are made at once, how they are checked."""

from tenfold.runs.check import Check, compare, live_check, stale
from tenfold.runs.errors import (
    ConfigError,
    RunMismatch,
    RunStoreError,
    SourceError,
    SweepError,
    SweepInterrupted,
    TornLineWarning,
)
from tenfold.runs.fingerprint import modules_imported_by, source_fingerprint, source_modules
from tenfold.runs.record import Run, run_key
from tenfold.runs.store import RunStore, open_runs
from tenfold.runs.sweep import sweep
from tenfold.runs.verification import Verification, rerun, verify

__all__ = [
    "Check",
    "ConfigError",
    "Run",
    "RunMismatch",
    "RunStore",
    "RunStoreError",
    "SourceError",
    "SweepError",
    "SweepInterrupted",
    "TornLineWarning",
    "Verification",
    "compare",
    "live_check",
    "modules_imported_by",
    "open_runs",
    "rerun",
    "run_key",
    "source_fingerprint",
    "source_modules",
    "stale",
    "sweep",
    "verify",
]
