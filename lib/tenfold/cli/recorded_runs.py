"""`tenfold verify` and `tenfold rerun`: do the recorded runs come out again."""

import os
import secrets
from pathlib import Path

from tenfold.runs import RunStore, RunStoreError, rerun, verify

_SEEDS = 1_000_000


def verify_recorded(root: Path, *, sample: int, seed: int | None, tolerance: float) -> int:
    """Retrain a sample of all recorded runs; the exit status, 1 where one differs or its code has changed."""
    stores = _stores(root)
    known = sum(len(RunStore(store).load()) for store in stores)
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    sample = min(sample, known)
    print(f"retraining {sample} of {known} recorded runs (again the same ones: --seed {seed})", flush=True)
    result = verify(stores, sample=sample, seed=seed, tolerance=tolerance)
    print(result)
    if not result.ok:
        print("some recorded runs do not stand: recompute them, or find what changed")
    return 0 if result.ok else 1


def rerun_recorded(root: Path, *, jobs: int | None, tolerance: float) -> int:
    """Recompute all recorded runs into build/runs/rerun; the exit status, 1 where a metric differs."""
    stores = _stores(root)
    out = root / "build" / "runs" / "rerun"
    checks = rerun(stores, out, jobs or os.cpu_count() or 1, tolerance=tolerance)
    beyond = [check for check in checks if not check.ok]
    for check in beyond:
        print(check)
    told = f"all {len(checks)}" if not beyond else f"{len(checks) - len(beyond)} of {len(checks)}"
    print(f"{told} metrics came out again within {tolerance:g}; the new runs are in {out.relative_to(root)}")
    return 1 if beyond else 0


def _stores(root: Path) -> list[Path]:
    stores = sorted((root / "data" / "runs").glob("*.jsonl"))
    if not any(len(RunStore(store).load()) for store in stores):
        raise RunStoreError(
            "data/runs holds no recorded runs (executing a chapter with a sweep records them)"
        )
    return stores
