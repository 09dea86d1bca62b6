"""Recorded runs against today's: comparison, live check, stale code."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tenfold.runs.errors import RunMismatch, SourceError
from tenfold.runs.fingerprint import source_fingerprint
from tenfold.runs.record import Config, Run, canonical_json, load_train
from tenfold.runs.store import RunStore
from tenfold.runs.worker import Failure, train_batch


@dataclass(frozen=True)
class Check:
    """One metric of one run, recorded and computed again; `difference` is fresh minus recorded.

    Where both diverged (nan) the difference is 0; where one did it is nan, and `ok` is False.
    """

    config: Config
    metric: str
    recorded: float
    fresh: float
    difference: float
    tolerance: float
    ok: bool

    def __str__(self) -> str:
        sign = "within" if self.ok else "beyond"
        return (
            f"{self.metric} of {canonical_json(self.config)}: recorded {self.recorded:.6g}, "
            f"fresh {self.fresh:.6g}, difference {self.difference:.3g}, {sign} {self.tolerance:g}"
        )


def compare(
    recorded: Sequence[Run], fresh: Sequence[Run], *, tolerance: float, metric: str | None = None
) -> list[Check]:
    """Compare runs with the same train function and configuration, in the order of `recorded`.

    tolerance: largest absolute difference that is `ok`.  metric: one of the metrics; None for all of them.
    Raises ValueError for runs without a counterpart, an unknown metric or a tolerance that is no number >= 0.
    """
    check_tolerance(tolerance)
    counterparts = {_identity(run): run for run in fresh}
    unmatched = {_identity(run) for run in recorded} ^ counterparts.keys()
    if unmatched:
        raise ValueError(
            f"{len(unmatched)} configurations are only among the recorded or only among the fresh runs, "
            f"as {min(unmatched)}: compare runs of the same configurations"
        )
    return [
        check for run in recorded for check in _checks(run, counterparts[_identity(run)], tolerance, metric)
    ]


def live_check(
    runs: Sequence[Run], *, n: int, seed: int, tolerance: float, metric: str | None = None
) -> list[Check]:
    """Retrain `n` of the recorded runs, each alone, by the train function each was recorded with.

    The choice depends on the seed and on the runs, not on their order. tolerance, metric: as for `compare`.
    Raises RunMismatch where a run does not come out again, ConfigError for a train function outside tenfold,
    ValueError.
    """
    check_tolerance(tolerance)
    checks = [
        check for run in pick(runs, n, seed) for check in retrain(run, tolerance=tolerance, metric=metric)
    ]
    if not all(check.ok for check in checks):
        bad = "; ".join(str(check) for check in checks if not check.ok)
        raise RunMismatch(f"{bad}. Recompute the runs, or find what changed: code, data or package versions")
    return checks


def check_tolerance(tolerance: float) -> None:
    if not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance is {tolerance!r}: use a number >= 0")


def pick(runs: Sequence[Run], n: int, seed: int) -> list[Run]:
    """`n` of the runs by the seed. Raises ValueError where there are not as many."""
    if not 1 <= n <= len(runs):
        raise ValueError(f"{n} runs cannot be drawn from {len(runs)}: use a number from 1 to {len(runs)}")
    return random.Random(seed).sample(sorted(runs, key=lambda run: run.key), n)


def retrain(run: Run, *, tolerance: float, metric: str | None = None) -> list[Check]:
    """Train a recorded run again, alone, and compare. Raises ConfigError, RunMismatch if training fails."""
    code = source_fingerprint(load_train(run.train))
    fresh = train_batch(run.train, code, [run.config])
    if isinstance(fresh, Failure):
        name = f"run {run.key[:12]} ({canonical_json(run.config)})"
        raise RunMismatch(f"{name} cannot be trained again by {run.train}: {fresh.error}")
    return compare([run], fresh, tolerance=tolerance, metric=metric)


def stale(store: RunStore) -> list[Run]:
    """The recorded runs whose train function has other code today, or is gone."""
    runs = list(store.load().values())
    today = {path: _fingerprint(path) for path in {run.train for run in runs}}
    return [run for run in runs if run.code != today[run.train]]


def _fingerprint(path: str) -> str | None:
    try:
        return source_fingerprint(path.partition(":")[0])
    except SourceError:
        return None


def _identity(run: Run) -> str:
    return f"{run.train} {canonical_json(run.config)}"


def _checks(recorded: Run, fresh: Run, tolerance: float, metric: str | None) -> list[Check]:
    names = [metric] if metric else list(recorded.metrics)
    for name in names:
        if not (name in recorded.metrics and name in fresh.metrics):
            known = sorted(recorded.metrics.keys() & fresh.metrics.keys())
            raise ValueError(f"metric is {name!r}, but both runs of {_identity(recorded)} have only {known}")
    return [_check(recorded, name, fresh.metrics[name], tolerance) for name in names]


def _check(run: Run, metric: str, fresh: float, tolerance: float) -> Check:
    recorded = run.metrics[metric]
    difference = 0.0 if math.isnan(recorded) and math.isnan(fresh) else fresh - recorded
    ok = abs(difference) <= tolerance
    return Check(run.config, metric, recorded, fresh, difference, tolerance, ok)
