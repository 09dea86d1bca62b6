"""What `make verify` and `make rerun` do."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tenfold.runs.check import Check, check_tolerance, compare, pick, retrain, stale
from tenfold.runs.errors import ConfigError, RunMismatch
from tenfold.runs.progress import SweepProgress
from tenfold.runs.record import Run, canonical_json, load_train
from tenfold.runs.store import RunStore
from tenfold.runs.sweep import sweep

Paths = Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class Verification:
    """Runs recorded by other code, checks of the retrained runs, and why others could not be retrained."""

    stale: list[Run]
    checks: list[Check]
    failures: list[str]

    @property
    def ok(self) -> bool:
        return not self.stale and not self.failures and all(check.ok for check in self.checks)

    def __str__(self) -> str:
        return "\n".join(
            [
                *(f"other code today: run {run.key[:12]} by {run.train}" for run in self.stale),
                *self.failures,
                *(str(check) for check in self.checks),
            ]
        )


def verify(
    paths: Paths,
    *,
    sample: int,
    seed: int,
    tolerance: float,
    metric: str | None = None,
    progress: bool = True,
) -> Verification:
    """Look for changed code behind all recorded runs, and retrain `sample` of them, drawn by the seed.

    tolerance, metric: as for `compare`. Raises RunStoreError, ValueError.
    """
    check_tolerance(tolerance)
    stores = _stores(paths)
    changed = [run for store in stores for run in stale(store)]
    chosen = pick([run for store in stores for run in store.load().values()], sample, seed)
    checks: list[Check] = []
    failures: list[str] = []
    with SweepProgress("verify", len(chosen), sum(_cost(run) for run in chosen), show=progress) as bar:
        for run in chosen:
            try:
                checks += retrain(run, tolerance=tolerance, metric=metric)
            except (RunMismatch, ConfigError) as error:
                failures.append(str(error))
            bar.advance(1, _cost(run))
    return Verification(changed, checks, failures)


def rerun(
    paths: Paths,
    out: str | os.PathLike[str],
    n_jobs: int,
    *,
    tolerance: float,
    metric: str | None = None,
    progress: bool = True,
) -> list[Check]:
    """Compute every recorded run again into a store of the same name in the folder `out`, and compare.

    Runs that were trained in one call are trained in one call again. What `out` holds already is not computed
    again, so that a stopped rerun goes on where it stopped. tolerance, metric: as for `compare`.
    Raises RunStoreError, ConfigError, SweepError, SweepInterrupted, ValueError.
    """
    check_tolerance(tolerance)
    checks: list[Check] = []
    for store in _stores(paths):
        fresh_store = RunStore(Path(out, store.path.name))
        if fresh_store.path.resolve() == store.path.resolve():
            raise ValueError(f"out is {os.fspath(out)!r}, where the recorded runs are: use another folder")
        by_train: dict[str, dict[str, Run]] = defaultdict(dict)
        for run in store.load().values():
            by_train[run.train][canonical_json(run.config)] = run
        for path, recorded in by_train.items():
            fresh = sweep(
                load_train(path),
                [run.config for run in recorded.values()],
                fresh_store,
                group=lambda config, recorded=recorded: recorded[canonical_json(config)].recorded,
                cost=lambda config, recorded=recorded: _cost(recorded[canonical_json(config)]),
                n_jobs=n_jobs,
                progress=progress,
            )
            checks += compare(list(recorded.values()), fresh, tolerance=tolerance, metric=metric)
    return checks


def _stores(paths: Paths) -> list[RunStore]:
    for path in paths:
        if not Path(path).is_file():
            raise ValueError(f"paths has {os.fspath(path)!r}, which is no file: give files of recorded runs")
    return [RunStore(path) for path in paths]


def _cost(run: Run) -> float:
    return max(run.seconds, 0.001)
