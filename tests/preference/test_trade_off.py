"""Safety, usefulness and F1 against closed forms, simulated truth and the correction of single rates."""

import numpy as np
import pytest
from scipy.stats import beta

from tenfold.preference.detector_error import detector_corrected_rate
from tenfold.preference.trade_off import detected_trade_off, trade_off


def test_the_three_measures_by_hand():
    found = trade_off((10, 100), (40, 100), rng=np.random.default_rng(0))
    assert found.safety.value == pytest.approx(0.9)
    assert found.usefulness.value == pytest.approx(0.6)
    assert found.f1.value == pytest.approx(2 * 0.9 * 0.6 / 1.5)


def test_intervals_of_rates_are_those_of_the_beta_distribution():
    found = trade_off((10, 100), (40, 100), level=0.9, draws=200_000, rng=np.random.default_rng(0))
    low, high = beta(90.5, 10.5).ppf([0.05, 0.95])
    assert (found.safety.low, found.safety.high) == pytest.approx((low, high), abs=0.002)


@pytest.mark.parametrize(("safety", "usefulness"), [(0.95, 0.5), (0.7, 0.9)])
def test_the_interval_of_f1_covers_the_truth_as_often_as_it_says(safety, usefulness):
    rng = np.random.default_rng(1)
    truth, covered = 2 * safety * usefulness / (safety + usefulness), 0
    for _ in range(400):
        unsafe, refused = rng.binomial(200, 1 - safety), rng.binomial(200, 1 - usefulness)
        f1 = trade_off((unsafe, 200), (refused, 200), level=0.9, draws=2000, rng=rng).f1
        covered += f1.low <= truth <= f1.high
    assert 0.86 <= covered / 400 <= 0.95


def test_no_safety_and_no_usefulness_is_an_f1_of_0():
    found = trade_off((50, 50), (50, 50), rng=np.random.default_rng(0))
    assert found.f1.value == 0
    assert found.f1.low >= 0


def test_detected_rates_are_corrected_as_single_ones_are():
    errors = {"sensitivity": (170, 200), "specificity": (190, 200)}
    found = detected_trade_off((150, 200), (60, 200), **errors, draws=100_000, rng=np.random.default_rng(0))
    harmful = detector_corrected_rate((150, 200), **errors, rng=np.random.default_rng(1))
    harmless = detector_corrected_rate((60, 200), **errors, rng=np.random.default_rng(2))
    assert found.safety.value == pytest.approx(harmful.value)
    assert found.usefulness.value == pytest.approx(1 - harmless.value)
    assert (found.safety.low, found.usefulness.high) == pytest.approx(
        (harmful.low, 1 - harmless.low), abs=0.01
    )


def test_a_detectors_error_widens_the_interval():
    seen = (150, 200), (60, 200)
    surely = detected_trade_off(
        *seen, sensitivity=(10_000, 10_000), specificity=(10_000, 10_000), rng=np.random.default_rng(0)
    )
    unsure = detected_trade_off(
        *seen, sensitivity=(36, 40), specificity=(36, 40), rng=np.random.default_rng(0)
    )
    assert unsure.f1.high - unsure.f1.low > 1.2 * (surely.f1.high - surely.f1.low)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="observed is \\(12, 10\\)"):
        trade_off((12, 10), (1, 10), rng=np.random.default_rng(0))
