"""A train function small enough to check by hand: gradient descent on x², from x = 1.

Each step multiplies x by (1 - 2 lr), so the loss after n steps is (1 - 2 lr)^(2n). Tests import it as
`tenfold.trial`.
"""

import os
import time
from pathlib import Path
from typing import Any

MEMORY = {}


def train(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """configs: {"lr", "steps"} and, to steer a test, "fault": what goes wrong, "gate": file to wait for."""
    note(" ".join(str(config["lr"]) for config in configs))
    return [descend(config) for config in configs]


def descend(config: dict[str, Any]) -> dict[str, Any]:
    fault = config.get("fault")
    if fault == "raises":
        raise ArithmeticError("the loss is not a loss")
    if fault == "kills its process":
        os._exit(9)
    if fault == "gives a list":
        return []
    if fault == "gives no metric":
        return {"metrics": {}, "curve": []}
    while "gate" in config and not Path(config["gate"]).exists():
        time.sleep(0.01)
    x, curve = 1.0, []
    for step in range(config["steps"]):
        curve.append((step, x**2))
        x *= 1 - 2 * config["lr"]
    config["lr"] = None  # a run must not see what another did to its configuration
    return {"metrics": {"loss": float("nan") if fault == "diverges" else x**2}, "curve": curve}


def forgetful(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Not a pure function: the second run of a configuration gives another loss."""
    results = []
    for config in configs:
        MEMORY[config["lr"]] = MEMORY.get(config["lr"], 0) + 1
        results.append({"metrics": {"loss": config["lr"] + 0.25 * MEMORY[config["lr"]]}, "curve": []})
    return results


def short(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leaves the last result out."""
    return [descend(config) for config in configs[:-1]]


def threads(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    import torch

    return [{"metrics": {"threads": torch.get_num_threads()}, "curve": []} for _ in configs]


def note(line: str) -> None:
    """Write down which runs a call trained, where a test asks for it."""
    if "TRIAL_LOG" in os.environ:
        with open(os.environ["TRIAL_LOG"], "a") as log:
            log.write(line + "\n")


def slow(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `train`, and long enough to be killed in it."""
    time.sleep(0.03)
    return train(configs)
