"""What it costs to run a chapter again."""

from collections.abc import Iterable
from pathlib import Path

from tenfold.runs import RunStore


def recorded_seconds(root: Path, data: Iterable[str]) -> float:
    """Seconds that the recorded runs took, each on one core, among the data files of a chapter."""
    stores = [RunStore(root / name) for name in data if name.startswith("data/runs/")]
    return sum(run.seconds for store in stores for run in store.load().values())
