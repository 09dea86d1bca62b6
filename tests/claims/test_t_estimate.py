import numpy as np
import pytest

from tenfold.claims import t_estimate


def test_interval_of_two_values_by_hand():
    # t of 1 degree of freedom at 97.5 % is tan(0.475 pi); mean 2, standard error 1.
    estimate = t_estimate([1.0, 3.0], level=0.95)
    assert (estimate.value, estimate.n) == (2.0, 2)
    assert estimate.high - 2.0 == pytest.approx(np.tan(0.475 * np.pi))
    assert 2.0 - estimate.low == pytest.approx(np.tan(0.475 * np.pi))


def test_interval_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    estimates = [t_estimate(rng.normal(1.5, 2.0, 4), level=0.9) for _ in range(2000)]
    covered = np.mean([estimate.low <= 1.5 <= estimate.high for estimate in estimates])
    assert covered == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, float("nan")], [[1.0, 2.0]]], ids=str)
def test_too_few_or_unusable_values_are_refused(values):
    with pytest.raises(ValueError, match="at least two finite numbers"):
        t_estimate(values, level=0.95)
