"""The tables of what grows: what was measured for it, and what other benchmarks have on record.

Run by itself, it writes results/growth.md anew, for when attention or training were measured after growth.
"""

import json

import recorded_growth
from side_by_side import RESULTS, growth_table, said, write

WHY = {
    "decoding": "Dense decoding reads every key before the token. Ours reads the local blocks, always as "
    "many, and one in eight of the others, which count only in long texts.",
    "long context": "Reading multiplies each token with the weights, which counts once, and attends to those "
    "before it, which counts twice: dense reading grows faster the longer the text. Retrieval reads window "
    "after window. A step of generation has the weights and the calls as a fixed part; dense attention adds "
    "all keys, retrieval one product with each stored state in one layer.",
    "preference step": "Each further pair is the same work. With few pairs, what a step costs by itself "
    "shows: starting its operations, and the optimiser.",
    "preference memory": "The plain way holds the logits of all positions over the whole vocabulary. Ours "
    "holds 2²⁴ logits at once and TRL's those of 32,768 words, so both grow up to that vocabulary; beyond it "
    "the gradient of the output weight still does.",
    "result pages": "Documents are indexed one after the other; reading them from their packages, most of "
    "the time in the table above, is not counted. A page has a fixed part, the searches and the rendering, "
    "which some hundred calls of the judge add little to.",
    "dialogues": "Each dialogue is read by itself, so their number counts once. They are unequally long.",
}


def table(results: dict) -> list[str]:
    lines = [
        "# How each grows with its work",
        "",
        said(results, "torch"),
        "",
        "Measured where the tables above have one size. CPU time of one thread; indexing, dialogues and "
        "memory once. The slope is fitted to the medians; its interval is wide where sizes are few or the "
        "growth is bent.",
    ]
    for title, rows in results["parts"].items():
        grown = {name: (row["unit"], row) for name, row in rows.items()}
        lines += ["", f"## Growth: {title}", "", *growth_table(grown), "", WHY[title]]
    for title, (name, clock, part) in recorded_growth.PARTS.items():
        grown, why = part(recorded := recorded_growth.recorded(name))
        source = f"From the times of {recorded['measured']} in `benchmarks/results/{name}.json`, {clock}."
        lines += ["", f"## Growth: {title}", "", source, "", *growth_table(grown), "", why]
    return lines


if __name__ == "__main__":
    measured = json.loads((RESULTS / "growth.json").read_text())
    write("growth", measured, table(measured), RESULTS)
