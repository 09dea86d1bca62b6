"""What the raster judge sees of faults that only show once a page is laid out: results/serp_layout.json.

Eight pages by the generic template, two for each class of queries (seed 101), in headless Chromium at 1280 x
900 pixels: as rendered, and with each of three faults injected. A fault counts as found where the judge's
score falls. The user model is asked too: it sees the same page either way. Not part of `make bench`, as it
needs a browser.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from machine import machine

from tenfold.serp import Browser, RasterJudge, UserModel, fixed_template, render
from tenfold.serp.corpus import open_index
from tenfold.serp.experiment import gathered, tasks
from tenfold.serp.faults import FAULTS, with_fault

RESULTS = Path(__file__).with_name("results")
SEED, PER_CLASS, PAGES = 101, 20, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    judge = RasterJudge(Browser())
    rows = []
    for (query_class, number), task in tasks(SEED, PER_CLASS).items():
        if number >= PAGES:
            continue
        page = fixed_template(gathered(task.query)[0])
        html = render(page)
        for fault in ("none", *FAULTS):
            layout = judge.layout_of(html if fault == "none" else with_fault(html, fault))
            rows.append(
                {
                    "query_class": query_class,
                    "number": number,
                    "fault": fault,
                    "coverage": layout.coverage,
                    "overlap": layout.overlap,
                    "overflow": layout.overflow,
                    "balance": layout.balance,
                    "raster": layout.score,
                    "user_model": UserModel(task.need).score(page),
                }
            )
            print(rows[-1], flush=True)
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("tenfold"),
        "index": open_index().fingerprint,
        "rows": [{k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()} for row in rows],
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "serp_layout.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
