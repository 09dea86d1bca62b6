"""What the benchmarks share: contenders timed in turn, spread and ratios, and how time grows with work."""

import argparse
import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
import statsmodels.api as sm
from machine import machine

RESULTS = Path(__file__).with_name("results")
LINEAR = 0.2  # a slope between neighbours within so much of 1 counts as linear
LEVEL = 0.95


def command_line(doc: str, *, rounds: int) -> argparse.Namespace:
    """The options that all these scripts take: rounds, by default as many as given, and out, a folder."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    return parser.parse_args()


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of this process, which another load on the machine moves less than the clock's."""
    start = time.process_time()
    work()
    return time.process_time() - start


def wall_seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": median(values), "low": min(values), "high": max(values)}


def ratios(rounds: Sequence[Mapping[str, float]], of: str, to: str) -> dict[str, float]:
    """How often `to` goes into `of`, taken within each round."""
    return spread([row[of] / row[to] for row in rounds])


def growth(sizes: Sequence[float], rounds: Sequence[Sequence[float]], *, of: str = "seconds") -> dict:
    """The slope of log cost on log size with its 95 % interval, and the slopes between neighbours.

    rounds: for each round the cost at each size, in what `of` names.  The fit is to the medians, by least
    squares.
    linear: the sizes between whose neighbours the slope is within 0.2 of 1.
    """
    x, y = np.log(sizes), np.log(np.median(rounds, axis=0))
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    low, high = fit.conf_int(1 - LEVEL)[1]
    local = np.diff(y) / np.diff(x)
    linear = [size for size, slopes in zip(sizes[1:], local, strict=True) if abs(slopes - 1) <= LINEAR]
    return {
        "sizes": list(sizes),
        of: [spread(values) for values in np.transpose(rounds).tolist()],
        "slope": {"value": float(fit.params[1]), "low": float(low), "high": float(high), "level": LEVEL},
        "local_slopes": local.tolist(),
        "linear": linear,
    }


def growth_table(rows: Mapping[str, tuple[str, dict]]) -> list[str]:
    """Markdown: one row for each thing that grows.  rows: name to (unit of the sizes, `growth`)."""
    lines = [
        "| Grows | From | To | Slope | Between neighbours |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, (unit, grown) in rows.items():
        sizes, slope = grown["sizes"], grown["slope"]
        local = ", ".join(f"{value:.2f}" for value in grown["local_slopes"])
        told, costs = (_time, grown["seconds"]) if "seconds" in grown else (_mebibytes, grown["bytes"])
        ends = [f"{sizes[end]:,.0f} {unit}: {told(costs[end]['median'])}" for end in (0, -1)]
        fitted = f"{slope['value']:.2f} [{slope['low']:.2f}, {slope['high']:.2f}]"
        lines.append(f"| {name} | {ends[0]} | {ends[1]} | {fitted} | {local} |")
    return lines


def ranged(values: Mapping[str, float], form: str = ".2f") -> str:
    return f"{values['median']:{form}} [{values['low']:{form}}, {values['high']:{form}}]"


def conditions(*packages: str, rounds: int, load_before: float) -> dict:
    """When, on what machine, with what else running: the head of every result."""
    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("tenfold", *packages),
        "load_average": {"before": load_before, "after": os.getloadavg()[0]},
        "rounds": rounds,
    }


def said(results: dict, *packages: str) -> str:
    """`conditions` as a sentence."""
    computer, load = results["machine"], results["load_average"]
    versions = "".join(f", {package} {computer[package]}" for package in packages)
    return (
        f"Measured {results['measured']}, {results['rounds']} rounds, on {computer['processor']} "
        f"({computer['cores']} cores, {computer['system']}), Python {computer['python']}{versions}. "
        f"Load average {load['before']:.1f} before, {load['after']:.1f} after: more than the number of cores "
        "means that other work ran beside it. Numbers are medians over rounds, in brackets the lowest and "
        "highest; ratios are taken within a round."
    )


def write(name: str, results: dict, lines: Sequence[str], out: Path) -> None:
    """results/NAME.json and, as a table, results/NAME.md."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / f"{name}.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _time(seconds: float) -> str:
    digits = max(0, 2 - math.floor(math.log10(seconds))) if seconds < 100 else 0
    return f"{seconds:.{min(digits, 5)}f} s"


def _mebibytes(size: float) -> str:
    return f"{size / 2**20:,.0f} MiB"
