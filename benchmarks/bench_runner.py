"""Executing chapters by `tenfold run` beside plain papermill, written to results/runner.{json,md}.

Each is started as a reader would, from the command line, on chapters whose cells compute nothing: what is
measured is starting, executing, cleaning and storing. Papermill executes one notebook a command. The third
contender is `tenfold run` on chapters that are fresh, which looks for changes and executes nothing. CPU time
of the command with all processes it starts, and wall-clock time.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

from side_by_side import command_line, conditions, growth, growth_table, ranged, ratios, said, spread, write

CHAPTERS = 4
GROWN = (1, 2, 4, 8)
BIN = Path(sys.executable).parent


WHY = (
    "The command starts once, and the first chapter pays for it: the slope is below 1 for few chapters. "
    "Each further chapter costs the start of a kernel. One `papermill` command starts for each notebook."
)


def notebook() -> dict:
    """A title, a parameters cell, and two cells that print."""
    cells = ['profile = "laptop"\nruns = "recorded"\nseed = 0', "print(seed)", "print(profile)"]
    tags = [["parameters"], [], []]
    code = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": tag},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, (source, tag) in enumerate(zip(cells, tags, strict=True))
    ]
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Nothing"}
    metadata = {"tenfold": {"data": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return {"cells": [title, *code], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def project(root: Path, chapters: int) -> list[Path]:
    """A folder that `tenfold` accepts as a book's, with so many chapters; returns their notebooks."""
    for folder in ("notebooks", "data/claims", "data/runs", "data/reported"):
        (root / folder).mkdir(parents=True)
    for lock in ("requirements.lock", "requirements-data.txt"):
        (root / lock).touch()
    paths = [root / "notebooks" / f"{number:02}_nothing_{number}.ipynb" for number in range(1, chapters + 1)]
    for path in paths:
        path.write_text(json.dumps(notebook()))
    return paths


def timed(*commands: list[str | Path], cwd: Path) -> dict[str, float]:
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, "wall": wall}


def ours(root: Path, *options: str) -> dict[str, float]:
    return timed([BIN / "tenfold", "run", "--jobs", "1", *options], cwd=root)


def one_round(chapters: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "project")
        paths = project(root, chapters)
        plain = [[BIN / "papermill", path, root / path.name, "--no-progress-bar"] for path in paths]
        return {
            "papermill": timed(*plain, cwd=root),
            "tenfold run": ours(root),
            "tenfold run, nothing changed": ours(root),
        }


def table(results: dict) -> list[str]:
    lines = [
        "# Executing chapters",
        "",
        said(results, "papermill", "nbclient"),
        "",
        f"{results['chapters']} chapters that compute nothing, one after the other, by the command line. "
        "Seconds for all of them: CPU time with all processes, and wall-clock. To papermill: in CPU time.",
        "",
        "| Contender | CPU, s | Wall-clock, s | To papermill |",
        "| --- | --- | --- | --- |",
    ]
    for name, row in results["contenders"].items():
        to_papermill = ranged(row["to_papermill"]) if name != "papermill" else ""
        lines.append(f"| {name} | {ranged(row['cpu'])} | {ranged(row['wall'])} | {to_papermill} |")
    grown = {"tenfold run, CPU": ("chapters", results["growth"])}
    return [*lines, "", *growth_table(grown), "", WHY]


def main() -> None:
    arguments = command_line(__doc__, rounds=3)
    before = os.getloadavg()[0]
    rows = [one_round(CHAPTERS) for _ in range(arguments.rounds)]
    cpu = [{name: times["cpu"] for name, times in row.items()} for row in rows]
    contenders = {
        name: {
            "cpu": spread([row[name] for row in cpu]),
            "wall": spread([row[name]["wall"] for row in rows]),
            "to_papermill": ratios(cpu, name, "papermill"),
        }
        for name in rows[0]
    }
    grown = []
    for _ in range(arguments.rounds):
        grown.append([])
        for chapters in GROWN:
            with tempfile.TemporaryDirectory() as folder:
                project(Path(folder, "project"), chapters)
                grown[-1].append(ours(Path(folder, "project"))["cpu"])
    results = conditions("papermill", "nbclient", rounds=arguments.rounds, load_before=before)
    results |= {"chapters": CHAPTERS, "contenders": contenders, "growth": growth(GROWN, grown)}
    write("runner", results, table(results), arguments.out)


if __name__ == "__main__":
    main()
