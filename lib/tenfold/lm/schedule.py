"""Learning-rate schedules as a factor of the peak."""

import math

SCHEDULES = ("cosine", "linear", "wsd")


def schedule_factor(
    step: int, steps: int, *, schedule: str, warmup: float, final: float, decay: float = 0.2
) -> float:
    """Factor of the peak learning rate at `step` (0-based) of a complete run of `steps`.

    Linear warm-up over the share `warmup` of the run, then from 1 to `final`: "cosine" and "linear" over the
    rest, "wsd" (warm-up, stable, decay) linearly over the last share `decay`.
    """
    warmup_steps = max(1, round(warmup * steps))
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    if schedule == "wsd":
        start = steps - round(decay * steps)
    elif schedule in ("cosine", "linear"):
        start = warmup_steps
    else:
        raise ValueError(f"schedule is {schedule!r}; allowed: {', '.join(SCHEDULES)}")
    progress = max(0.0, (step + 1 - start) / max(1, steps - start))
    fall = (1 - math.cos(math.pi * progress)) / 2 if schedule == "cosine" else progress
    return 1 - (1 - final) * fall
