"""Building the book, cold and warm, beside jupyter-book alone, written to results/book.{json,md}.

The committed state is cloned into a temporary folder. Cold: `tenfold book` there, where nothing was built
before; every chapter is executed on its recorded runs. Warm: the same command again. Beside it, jupyter-book
builds the pages that the warm build has staged. Once each: the cold build alone takes minutes. Wall-clock
time, which is what a reader waits, and CPU time with all processes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

from bench_runner import BIN
from processes import timed
from side_by_side import RESULTS, conditions, said, write

REPOSITORY = Path(__file__).parents[1]
AIMS = {"cold": 600, "warm": 60}
JOBS = 2


def measure(root: Path) -> dict:
    os.environ["PYTHONPATH"] = str(root / "lib")  # of the commands: the library of the same state
    book = [BIN / "tenfold", "book", "--jobs", str(JOBS)]
    cold, warm = timed(book, cwd=root), timed(book, cwd=root)
    staged = root / "build" / "book"
    alone = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", staged]
    alone += ["--config", root / "_config.yml", "--toc", staged / "_toc.yml"]
    copies = sorted((root / "build" / "executed").glob("*.ipynb"))
    stamps = [json.loads(copy.read_text())["metadata"]["tenfold"] for copy in copies]
    return {
        "builds": {
            "cold": cold,
            "warm": warm,
            "jupyter-book alone": timed([*alone, "--path-output", root / "build" / "alone"], cwd=root),
        },
        "chapters": {copy.stem: stamp["seconds"] for copy, stamp in zip(copies, stamps, strict=True)},
    }


def table(results: dict) -> list[str]:
    lines = [
        "# Building the book",
        "",
        said(results, "jupyter-book", "papermill"),
        "",
        f"`tenfold book` with {JOBS} processes on a fresh clone, once each. "
        "Cold: all chapters on recorded runs. Warm: nothing has changed.",
        "",
        "| Build | Wall-clock, s | CPU, s | Aim, s |",
        "| --- | --- | --- | --- |",
    ]
    for name, row in results["builds"].items():
        lines.append(f"| {name} | {row['wall']:.0f} | {row['cpu']:.0f} | {AIMS.get(name, '')} |")
    lines += ["", "| Chapter | Seconds in the cold build |", "| --- | --- |"]
    return [*lines, *(f"| {name} | {seconds:.0f} |" for name, seconds in results["chapters"].items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY, help="the repository to clone")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "clone")
        subprocess.run(["git", "clone", "--quiet", "--local", arguments.root, root], check=True)
        measured = measure(root)
    results = conditions("jupyter-book", "papermill", rounds=1, load_before=before) | measured
    write("book", results, table(results), arguments.out)


if __name__ == "__main__":
    main()
