"""Time of building the search index and of composing a page, written to results/serp.{json,md}.

One process, one thread, no language model. The index is built over all documents into a temporary file. A
page is one for each of 40 queries of four classes: six tools, the rule-based proposer, beam of 4 with 64
calls of the user model with a guessed need, and rendering. Wall-clock and CPU time: on a busy machine the
second says what the work itself takes, and by it the aim for the index is checked.
"""

import argparse
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from machine import machine

from tenfold.serp import RuleProposer, SearchIndex, all_tools, compose, estimated_judge, make_queries, render
from tenfold.serp.corpus import all_documents

RESULTS = Path(__file__).with_name("results")
PER_CLASS, BUDGET = 10, 64
PAGE_LIMIT, INDEX_LIMIT, DOCUMENTS = 0.2, 60.0, 20_000
"""Seconds that a page may take in the median, and an index of so many documents."""


def clocks() -> np.ndarray:
    return np.array([time.perf_counter(), time.process_time()])


def table(results: dict) -> str:
    computer, load, page, index = (results[name] for name in ("machine", "load_average", "page", "index"))
    return "\n".join(
        [
            "# Composing result pages",
            "",
            f"Measured {results['measured']}, one process, one thread, on {computer['processor']} "
            f"({computer['cores']} cores, {computer['system']}), Python {computer['python']}. Load average "
            f"{load['before']:.1f} before, {load['after']:.1f} after: about 1 is a quiet machine.",
            "",
            f"A page: {page['queries']} queries, {page['rounds']} rounds; six tools, beam of 4, "
            f"{BUDGET} calls of the judge, rendered.",
            "",
            "| Work | Wall-clock, s | CPU, s |",
            "| --- | --- | --- |",
            f"| build an index of {index['documents']:,} documents | {index['wall_seconds']:.1f} "
            f"| {index['cpu_seconds']:.1f} |",
            f"| a page, median | {page['median_wall_seconds']:.3f} | {page['median_cpu_seconds']:.3f} |",
            f"| a page, 90th percentile | {page['p90_wall_seconds']:.3f} | {page['p90_cpu_seconds']:.3f} |",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        start = clocks()
        index = SearchIndex.build(all_documents(), Path(folder, "index.sqlite"))
        built = clocks() - start
        print(f"index of {index.count} documents: {built[0]:.1f} s", flush=True)
        tools, proposer = all_tools(index), RuleProposer()
        tasks = make_queries(index, per_class=PER_CLASS, rng=np.random.default_rng(101))
        settings = {"strategy": "beam", "budget": BUDGET}
        spent = []
        for round_ in range(arguments.rounds + 1):  # the first one warms up
            for number, task in enumerate(tasks):
                start = clocks()
                rng = np.random.default_rng(number)
                made = compose(task.query, tools, proposer, estimated_judge, rng=rng, **settings)
                render(made.page)
                spent += [clocks() - start] if round_ else []
        index.close()
    walls, cpus = np.array(spent).T.tolist()
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("tenfold", "pydantic", "jinja2"),
        "load_average": {"before": before, "after": os.getloadavg()[0]},
        "index": {
            "documents": index.count,
            "fingerprint": index.fingerprint,
            "wall_seconds": built[0],
            "cpu_seconds": built[1],
            "limit_seconds": INDEX_LIMIT,
        },
        "page": {
            "queries": len(tasks),
            "rounds": arguments.rounds,
            "median_wall_seconds": median(walls),
            "median_cpu_seconds": median(cpus),
            "p90_wall_seconds": quantiles(walls, n=10)[-1],
            "p90_cpu_seconds": quantiles(cpus, n=10)[-1],
            "limit_seconds": PAGE_LIMIT,
        },
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "serp.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "serp.md").write_text(table(results))
    print(table(results))
    if index.count < DOCUMENTS or built[1] > INDEX_LIMIT:
        raise SystemExit(
            f"{index.count} documents took {built[1]:.0f} s of CPU to index: the aim is {INDEX_LIMIT:g} s"
        )
    if median(walls) > PAGE_LIMIT:
        raise SystemExit(f"a page took {median(walls):.3f} s in the median: the aim is {PAGE_LIMIT:g} s")


if __name__ == "__main__":
    main()
