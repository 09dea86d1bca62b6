"""Recorded runs: what names them, where they are kept, how many of them are made at once."""

from tenfold.runs.errors import (
    ConfigError,
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

__all__ = [
    "ConfigError",
    "Run",
    "RunStore",
    "RunStoreError",
    "SourceError",
    "SweepError",
    "SweepInterrupted",
    "TornLineWarning",
    "modules_imported_by",
    "open_runs",
    "run_key",
    "source_fingerprint",
    "source_modules",
    "sweep",
]
