"""Time of scoring, signals and cleaning of the rated dialogues, written to results/feedback.{json,md}.

One process, one thread, no language model. A rubric is learnt once from 300 dialogues; then 1,000 others are
scored by it, searched for feedback signals, and cleaned of personal data. The same 1,000 are read into an
index, from which a rubric of them is learnt, and 100 of them are encoded. Wall-clock and CPU time of each; on
a busy machine the second says what the work itself takes.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"

from machine import machine

from tenfold.feedback import (
    PatternIndex,
    StatisticalExtractor,
    find_feedback,
    learn_rubric,
    rated_chats,
    remove_personal_data,
    score_many,
)
from tenfold.feedback.encoder import encode

RESULTS = Path(__file__).with_name("results")
TRAINING, SCORED, ENCODED = 300, 1_000, 100
LIMIT = 60.0
"""Seconds that scoring 1,000 dialogues may take."""


def timed(work: Callable[[], object], rounds: int) -> dict[str, float]:
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {"wall_seconds": median(walls), "cpu_seconds": median(cpus), "slowest_wall_seconds": max(walls)}


def table(results: dict) -> str:
    computer, load = results["machine"], results["load_average"]
    lines = [
        "# Reading feedback",
        "",
        f"Measured {results['measured']}, {results['rounds']} rounds, one process, one thread, on "
        f"{computer['processor']} ({computer['cores']} cores, {computer['system']}), Python "
        f"{computer['python']}. Load average {load['before']:.1f} before, {load['after']:.1f} "
        "after: about 1 is a quiet machine.",
        "",
        f"{results['dialogues']:,} rated dialogues with {results['turns']:,} turns and "
        f"{results['characters']:,} characters; learning: {TRAINING} others, once. "
        "Seconds: median over rounds.",
        "",
        "| Work | Wall-clock | Slowest round | CPU | Dialogues a CPU second |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in results["rows"].items():
        rate = row["dialogues"] / row["cpu_seconds"]
        lines.append(
            f"| {name} | {row['wall_seconds']:.1f} | {row['slowest_wall_seconds']:.1f} "
            f"| {row['cpu_seconds']:.1f} | {rate:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    before = os.getloadavg()[0]
    chats = [chat for chat in rated_chats(least_turns=4) if not chat.untouched]
    training, rest = chats[:TRAINING], chats[TRAINING : TRAINING + SCORED]
    dialogues = [chat.dialogue for chat in rest]
    labels = [1 if chat.rating >= 8 else -1 for chat in training]
    extractor, learnt = StatisticalExtractor(), []
    rows = {
        "learn a rubric": timed(
            lambda: learnt.append(learn_rubric([c.dialogue for c in training], labels, extractor)), 1
        )
        | {"dialogues": TRAINING}
    }
    texts = ["\n".join(turn.text for turn in dialogue.turns) for dialogue in dialogues]
    own_labels = [1 if chat.rating >= 8 else -1 for chat in rest]
    read: list[PatternIndex] = []

    def again(work: Callable[[StatisticalExtractor], object]) -> None:
        work(StatisticalExtractor(index=read[-1]))

    works = {
        "score by the rubric": (
            lambda: score_many(dialogues, learnt[0], extractor, progress=False),
            SCORED,
        ),
        "find feedback signals": (lambda: [find_feedback(dialogue) for dialogue in dialogues], SCORED),
        "remove personal data": (lambda: [remove_personal_data(text) for text in texts], SCORED),
        "read into an index": (lambda: read.append(PatternIndex(dialogues, longest=3)), SCORED),
        "learn a rubric from the index": (
            lambda: again(lambda indexed: learn_rubric(dialogues, own_labels, indexed)),
            SCORED,
        ),
        "encode": (lambda: encode(texts[:ENCODED], windows=4), ENCODED),
    }
    for name, (work, n) in works.items():
        rows[name] = timed(work, arguments.rounds) | {"dialogues": n}
        print(name, rows[name], flush=True)
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("tenfold", "numpy", "phonenumbers", "python-stdnum"),
        "load_average": {"before": before, "after": os.getloadavg()[0]},
        "rounds": arguments.rounds,
        "dialogues": len(dialogues),
        "turns": sum(len(dialogue.turns) for dialogue in dialogues),
        "characters": sum(len(turn.text) for dialogue in dialogues for turn in dialogue.turns),
        "items": len(learnt[0].items),
        "limit_seconds": LIMIT,
        "rows": rows,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "feedback.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "feedback.md").write_text(table(results))
    print(table(results))
    if rows["score by the rubric"]["wall_seconds"] > LIMIT:
        raise SystemExit(f"scoring {SCORED} dialogues took longer than {LIMIT:g} s")


if __name__ == "__main__":
    main()
