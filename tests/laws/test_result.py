"""Intervals, p-values and texts that every fit shares."""

import numpy as np
import pytest

from tenfold.laws import Fit, FitError
from tenfold.laws.result import quantile_interval


def fit_with(draws):
    return Fit(status="converged", n_points=4, columns=("log_C", "beta"), draws=np.asarray(draws, float))


def test_interval_leaves_equal_tails():
    draws = np.column_stack([np.zeros(1001), np.arange(1001)])
    assert fit_with(draws).interval("beta", 0.90) == (50, 950)
    assert fit_with(draws).interval("beta", 0.50) == (250, 750)


def test_a_log_column_also_gives_the_plain_quantity():
    fit = fit_with(np.column_stack([np.linspace(0, 1, 101), np.zeros(101)]))
    assert fit.interval("C", 0.8) == pytest.approx(np.exp(fit.interval("log_C", 0.8)))


def test_draws_without_an_estimate_widen_the_interval_on_both_sides():
    draws = np.arange(100.0)
    draws[[10, 50, 90]] = np.nan
    assert quantile_interval(draws, 0.90) == (1, 98)
    draws[::10] = np.nan
    assert quantile_interval(draws, 0.90) == (-np.inf, np.inf)


def test_p_value_counts_draws_beyond_the_null():
    fit = fit_with(np.column_stack([np.zeros(999), np.arange(999)]))
    assert fit.p_value("beta", 9.5) == pytest.approx(2 * (1 + 10) / 1000)
    assert fit.p_value("beta", 499.0) == 1.0
    assert fit.p_value("beta", -1.0) == pytest.approx(2 / 1000)


def test_an_unknown_estimate_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="choose from log_C, beta, C"):
        fit_with(np.zeros((5, 2))).interval("gamma")


def test_a_fit_without_draws_says_why_it_has_no_interval():
    with pytest.raises(FitError, match="n_boot=0, or its 4 points"):
        fit_with(np.zeros((0, 2))).interval("beta")


@pytest.mark.parametrize("level", [0.0, 1.0, 90, -0.1])
def test_a_level_outside_zero_to_one_is_refused(level):
    with pytest.raises(ValueError, match="level is"):
        fit_with(np.zeros((5, 2))).interval("beta", level)
