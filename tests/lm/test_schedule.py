"""Learning-rate schedules by values computed by hand."""

import math

import pytest

from tenfold.lm import SCHEDULES, schedule_factor


def factors(schedule: str, steps: int, **settings) -> list[float]:
    return [schedule_factor(step, steps, schedule=schedule, **settings) for step in range(steps)]


def test_linear_by_hand():
    # 2 of 10 steps rise by halves, then 8 equal steps from 1 down to 0.2.
    expected = [0.5, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    assert factors("linear", 10, warmup=0.2, final=0.2) == pytest.approx(expected)


def test_cosine_by_hand():
    # After one step of warm-up, four steps at 45, 90, 135, 180 degrees of a half turn from 1 to 0.
    half = math.sqrt(0.5) / 2
    assert factors("cosine", 5, warmup=0.2, final=0.0) == pytest.approx([1, 0.5 + half, 0.5, 0.5 - half, 0])


def test_warmup_stable_decay_by_hand():
    expected = [0.5, 1, 1, 1, 1, 1, 0.775, 0.55, 0.325, 0.1]
    assert factors("wsd", 10, warmup=0.2, final=0.1, decay=0.4) == pytest.approx(expected)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [20, 2048])
def test_every_schedule_rises_to_the_peak_once_and_ends_at_the_final_rate(schedule, steps):
    values = factors(schedule, steps, warmup=0.05, final=0.1)
    peak = values.index(1.0)
    assert peak + 1 == round(0.05 * steps)
    assert values[: peak + 1] == sorted(values[: peak + 1])
    assert values[peak:] == sorted(values[peak:], reverse=True)
    assert values[-1] == pytest.approx(0.1)


def test_no_warmup_starts_at_the_peak():
    assert factors("linear", 4, warmup=0.0, final=0.0)[0] == 1.0


def test_unknown_schedule_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="schedule is 'step'; allowed: cosine, linear, wsd"):
        schedule_factor(5, 10, schedule="step", warmup=0.0, final=0.0)
