"""How attention and training grow with their work, from the times that their own benchmarks have recorded."""

import json

import numpy as np
from side_by_side import RESULTS, growth

WHY_ATTENTION = (
    "Dense attention compares each token with all before it, so the slope tends to 2; short texts have a "
    "share of other work. Of the pattern, {0:.2f} (stride 8) and {1:.2f} (stride 16) is the slope of the "
    "block pairs that it visits: a query sees all of the same number of local blocks, and of the others one "
    "in eight or sixteen. Ours grows less than its pairs, since what a token costs by itself weighs more in "
    "a short text."
)
WHY_TRAINING = (
    "The products of a step grow with the parameters. In a small model the rest of a step, which starts many "
    "short operations, takes most of the time, so that more parameters cost little; the slope comes "
    "nearer to 1 as the matrices grow."
)


def recorded(name: str) -> dict:
    return json.loads((RESULTS / f"{name}.json").read_text())


def attention(results: dict) -> tuple[dict, str]:
    """What grows, name to (unit, growth): time with the tokens; and why."""
    grown, pairs = {}, []
    cases = [case for case in results["cases"] if case["case"] != "decode"]
    for stride, name, who in (
        (8, "forward", "dense"),
        (8, "forward", "flex"),
        (8, "forward", "ours"),
        (16, "forward", "ours"),
        (8, "forward and backward", "dense"),
        (8, "forward and backward", "ours"),
        (16, "forward and backward", "ours"),
    ):
        some = [case for case in cases if (case["case"], case["stride"]) == (name, stride)]
        sizes = [case["time"] for case in some]
        seconds = np.transpose([case["seconds"][who] for case in some]).tolist()
        label = {
            "dense": "dense",
            "flex": f"FlexAttention, stride {stride}",
            "ours": f"ours, stride {stride}",
        }
        grown[f"{name}, {label[who]}"] = ("tokens", growth(sizes, seconds))
        if (name, who) == ("forward", "ours"):
            visited = [case["time"] ** 2 / case["ideal"] for case in some]
            pairs.append(growth(sizes, [visited])["slope"]["value"])
    return grown, WHY_ATTENTION.format(*pairs)


def training(results: dict) -> tuple[dict, str]:
    """A step of 4 windows of 64 tokens: time with the parameters; and why."""
    shapes = [shape for shape in results["shapes"] if (shape["batch"], shape["context"]) == (4, 64)]
    sizes = [shape["parameters"] for shape in shapes]
    grown = {}
    for who in ("plain loop", "Trainer", "ours, R=1"):
        speeds = np.transpose(
            [[row["tokens_per_cpu_second"] for row in shape["rounds"][who]] for shape in shapes]
        )
        grown[f"a step, {who}"] = ("parameters", growth(sizes, (4 * 64 / speeds).tolist()))
    return grown, WHY_TRAINING


PARTS = {
    "attention": ("attention", "wall-clock with two threads", attention),
    "training step": ("training_speed", "CPU time of one thread", training),
}
