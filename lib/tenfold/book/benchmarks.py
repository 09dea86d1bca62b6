"""The tables of the page of benchmarks: what `make bench` wrote into benchmarks/results, in reading order."""

from pathlib import Path

MEASURED = (
    "book",
    "runner",
    "sweep",
    "training_speed",
    "laws",
    "attention",
    "preference_step",
    "preference_memory",
    "longcontext",
    "feedback",
    "serp",
    "growth",
)
COUNTED = ("gpu_cost",)


def stage_benchmarks(root: Path, out: Path) -> None:
    """Write benchmarks.md and gpu_cost.md into `out`; what was never measured is left out of them."""
    results = root / "benchmarks" / "results"
    for page, names in (("benchmarks.md", MEASURED), ("gpu_cost.md", COUNTED)):
        files = [results / f"{name}.md" for name in names]
        tables = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
        (out / page).write_text("\n".join(tables), encoding="utf-8")
