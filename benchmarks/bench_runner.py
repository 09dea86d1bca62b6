"""Executing chapters by `tenfold run` beside plain papermill, written to results/runner.{json,md}.

Each is started as a reader would, from the command line, on chapters whose cells compute nothing: what is
measured is starting, executing, cleaning and storing. Papermill executes one notebook a command. The third
contender is `tenfold run` on chapters that are fresh, which looks for changes and executes nothing. CPU time
of the command with all processes it starts, and wall-clock time.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

from processes import timed
from side_by_side import command_line, conditions, growth, growth_table, ranged, ratios, said, spread, write

CHAPTERS = 4
GROWN = (1, 2, 4, 8, 16)
BIN = Path(sys.executable).parent


WHY = (
    "The first chapter pays for starting the command and for a server of processes that imports papermill; "
    "each further one is forked from the server and pays for its kernel. So the slope is below 1 while the "
    "chapters are few, and comes nearer to it. `papermill` starts and imports anew for each notebook."
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


def ours(root: Path) -> dict[str, float]:
    return timed([BIN / "tenfold", "run", "--jobs", "1"], cwd=root)


def one_round() -> dict[str, dict[str, float]]:
    """Each contender's times on `CHAPTERS` chapters, and those of `tenfold run` on the other numbers."""
    row = {}
    with tempfile.TemporaryDirectory() as folder:
        for chapters in GROWN:
            root = Path(folder, str(chapters))
            paths = project(root, chapters)
            if chapters == CHAPTERS:
                plain = [[BIN / "papermill", path, root / path.name, "--no-progress-bar"] for path in paths]
                row["papermill"] = timed(*plain, cwd=root)
            row[_run(chapters)] = ours(root)
            if chapters == CHAPTERS:
                row["tenfold run, nothing changed"] = ours(root)
    print(
        {name: {clock: round(value, 1) for clock, value in times.items()} for name, times in row.items()},
        flush=True,
    )
    return row


def _run(chapters: int) -> str:
    return "tenfold run" if chapters == CHAPTERS else f"tenfold run, {chapters} chapters"


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
    rows = [one_round() for _ in range(arguments.rounds)]
    cpu = [{name: times["cpu"] for name, times in row.items()} for row in rows]
    contenders = {
        name: {
            "cpu": spread([row[name] for row in cpu]),
            "wall": spread([row[name]["wall"] for row in rows]),
            "to_papermill": ratios(cpu, name, "papermill"),
        }
        for name in ("papermill", "tenfold run", "tenfold run, nothing changed")
    }
    grown = [[row[_run(chapters)] for chapters in GROWN] for row in cpu]
    results = conditions("papermill", "nbclient", rounds=arguments.rounds, load_before=before)
    results |= {"chapters": CHAPTERS, "contenders": contenders, "growth": growth(GROWN, grown)}
    write("runner", results, table(results), arguments.out)


if __name__ == "__main__":
    main()
