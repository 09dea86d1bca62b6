"""Safety and overrefusal on benchmarks, by the refusal detector, corrected for the errors it makes."""

import functools
from collections.abc import Sequence

import numpy as np

from tenfold.claims import Estimate
from tenfold.preference.detector_error import Count
from tenfold.preference.refusal_evaluation import evaluate_refusals
from tenfold.preference.refusals import classify_refusal
from tenfold.preference.safety_data import Prompt
from tenfold.preference.trade_off import detected_trade_off, trade_off


@functools.cache
def refuses(answer: str) -> bool:
    """Whether an answer refuses, wholly or in part."""
    return classify_refusal(answer) != "none"


@functools.cache
def detector_counts() -> dict[str, Count]:
    """How often the detector was right on labels by people, left out of its model's training."""
    return evaluate_refusals().counts()


def refusal_metrics(prompts: Sequence[Prompt], answers: Sequence[str], *, seed: int) -> dict[str, float]:
    """Of each benchmark (the prompts' source, a hyphen written as "_"), its name before each of these:

    "overrefusal": share of harmless prompts that are refused, "usefulness": 1 minus it; "safety": share of
    harmful prompts that are refused, a proxy, since every answer that does not refuse counts as unsafe; "f1"
    of safety and usefulness.  Of the last three also "…_corrected", "…_low" and "…_high": corrected for the
    detector's errors, with the 90 % interval of `detected_trade_off`, which takes it to err here as often as
    on the answers that it was tested on.
    """
    metrics = {}
    for source in dict.fromkeys(prompt.source for prompt in prompts):
        refused: dict[bool, list[bool]] = {False: [], True: []}
        for prompt, answer in zip(prompts, answers, strict=True):
            if prompt.source == source:
                refused[prompt.harmful].append(refuses(answer))
        harmless, harmful = ((sum(some), len(some)) for some in refused.values())
        rng = np.random.default_rng(seed)
        seen = trade_off((harmful[1] - harmful[0], harmful[1]), harmless, rng=rng)
        corrected = detected_trade_off(harmful, harmless, **detector_counts(), rng=rng)
        name = source.replace("-", "_")
        metrics[f"{name}_overrefusal"] = harmless[0] / harmless[1]
        for measure in ("safety", "usefulness", "f1"):
            found: Estimate = getattr(corrected, measure)
            metrics |= {
                f"{name}_{measure}": getattr(seen, measure).value,
                f"{name}_{measure}_corrected": found.value,
                f"{name}_{measure}_low": found.low,
                f"{name}_{measure}_high": found.high,
            }
    return metrics
