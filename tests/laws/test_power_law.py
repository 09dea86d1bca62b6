"""Power laws: known laws come back, and refits agree with scipy's."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, least_squares
from scipy.stats import linregress, t

from tenfold.laws import FitError, FitWarning, fit_power_law
from tenfold.laws.power_law_curve import log_curve, log_curve_gradient, refit_curves

N = np.geomspace(1e6, 1e10, 12)


@pytest.mark.parametrize(
    ("E", "A", "alpha"),
    [(1.69, 406.4, 0.34), (0.02, 3.0, 0.05), (5.0, 1e7, 1.2)],
    ids=["usual", "slow", "steep"],
)
def test_recovers_a_known_law_with_a_floor(E, A, alpha, rng):
    fit = fit_power_law(N, E + A * N**-alpha, n_boot=0, rng=rng)
    assert (fit.E, fit.A, fit.alpha) == pytest.approx((E, A, alpha), rel=1e-6)
    assert fit.status == "converged"
    assert fit.predict(3e7) == pytest.approx(E + A * 3e7**-alpha, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.34, -0.5], ids=["falling", "rising"])
def test_recovers_a_pure_power(alpha, rng):
    fit = fit_power_law(N, 406.4 * N**-alpha, offset=False, n_boot=0, rng=rng)
    assert (fit.E, fit.A, fit.alpha) == pytest.approx((0.0, 406.4, alpha), rel=1e-9)


def test_pure_power_interval_is_the_t_interval_of_log_log_regression(rng):
    y = 3 * N**-0.2 * np.exp(rng.normal(0, 0.1, len(N)))
    line = linregress(np.log(N), np.log(y))
    half = t.ppf(0.95, len(N) - 2) * line.stderr
    low, high = fit_power_law(N, y, offset=False, n_boot=200_000, rng=rng).interval("alpha")
    assert (low, high) == pytest.approx((-line.slope - half, -line.slope + half), abs=0.02 * half)


def test_estimate_is_not_beaten_by_scipy_from_many_random_starts(rng):
    y = (1.69 + 406.4 * N**-0.34) * np.exp(rng.normal(0, 0.02, len(N)))
    fit = fit_power_law(N, y, n_boot=0, rng=rng)

    def residuals(theta):
        return np.log(np.exp(theta[0]) + np.exp(theta[1] - theta[2] * np.log(N / 1e8))) - np.log(y)

    costs = [least_squares(residuals, rng.normal([0, 0, 0.5], [0.5, 1, 0.2])).cost for _ in range(20)]
    own = np.sum((np.log(fit.predict(N)) - np.log(y)) ** 2) / 2
    assert own == pytest.approx(min(costs), rel=1e-9)
    assert fit.scatter == pytest.approx(np.sqrt(2 * own / (len(N) - 3)))


def test_refits_of_many_data_sets_equal_scipy_one_by_one(rng):
    u, theta = np.linspace(-4, 4, 10), np.array([0.5, 0.2, 0.4])
    low, high = np.array([-8.0, -8.0, 1e-6]), np.array([3.0, 3.0, 12.0])
    data = log_curve(theta, u) + rng.normal(0, 0.01, (20, len(u)))
    tight = {"bounds": (low, high), "ftol": 1e-14, "xtol": 1e-14}
    expected = [least_squares(lambda p, y=y: log_curve(p, u) - y, theta, **tight).x for y in data]
    found = refit_curves(data, u, start=theta, low=low, high=high)
    assert found == pytest.approx(np.array(expected), abs=1e-4)


def test_gradient_equals_finite_differences():
    u, theta = np.linspace(-3, 3, 7), np.array([0.3, -0.4, 0.7])
    expected = [approx_fprime(theta, lambda p, at=at: log_curve(p, np.array([at]))[0], 1e-7) for at in u]
    assert log_curve_gradient(theta, u) == pytest.approx(np.array(expected), abs=1e-6)


def test_a_floor_that_is_not_there_is_reported_as_a_bound(rng):
    fit = fit_power_law(N, 406.4 * N**-0.34, n_boot=0, rng=rng)
    assert fit.status == "bound_hit"
    assert fit.alpha == pytest.approx(0.34, rel=1e-3)
    assert 1e-3 * (406.4 * N**-0.34).min() > fit.E


def test_data_that_determine_no_law_are_warned_about(rng):
    with pytest.warns(FitWarning, match="starts disagree"):
        fit_power_law(np.geomspace(1, 10, 5), [2.0, 2.02, 1.98, 2.0, 2.01], n_boot=0, rng=rng)


def test_interval_of_a_prediction_covers_its_estimate_and_narrows_with_the_level(rng):
    fit = fit_power_law(N, (1.69 + 406.4 * N**-0.34) * np.exp(rng.normal(0, 0.01, 12)), n_boot=500, rng=rng)
    low, high = fit.predict_interval(N, 0.9)
    inner_low, inner_high = fit.predict_interval(N, 0.5)
    assert low.shape == N.shape
    assert np.all((low < inner_low) & (inner_low < inner_high) & (inner_high < high))
    assert np.all((low < fit.predict(N)) & (fit.predict(N) < high))


@pytest.mark.parametrize(("offset", "points"), [(True, 2), (False, 1)])
def test_fewer_points_than_parameters_are_refused(offset, points, rng):
    with pytest.raises(FitError, match=f"got {points} points"):
        fit_power_law(N[:points], N[:points] ** -0.3, offset=offset, rng=rng)


def test_repeated_x_do_not_count_as_further_points(rng):
    with pytest.raises(FitError, match="2 points"):
        fit_power_law([1, 1, 2, 2], [2.0, 2.1, 1.0, 1.1], rng=rng)
    with pytest.raises(FitError, match="tell 2 coefficients apart"):
        fit_power_law([3, 3, 3], [2.0, 2.1, 1.0], offset=False, rng=rng)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, np.nan, 3, 4], [4, 3, 2, 1], r"x\[1\] is nan"),
        ([1, 2, 3, 4], [4, 3, 2, np.inf], r"y\[3\] is inf"),
        ([1, 2, 3, 4], [4, 3, 0, 1], r"y\[2\] is 0.0"),
        ([-1, 2, 3, 4], [4, 3, 2, 1], r"x\[0\] is -1.0"),
        ([1, 2, 3, 4], [4, 3, 2], "y has 3 values where 4"),
        ([[1, 2], [3, 4]], [4, 3, 2, 1], "x has shape"),
    ],
    ids=["nan x", "inf y", "zero y", "negative x", "lengths differ", "a matrix"],
)
def test_bad_input_is_named(x, y, message, rng):
    with pytest.raises(ValueError, match=message):
        fit_power_law(x, y, rng=rng)


@pytest.mark.parametrize("n_boot", [-1, 2.5])
def test_a_wrong_number_of_draws_is_named(n_boot, rng):
    with pytest.raises(ValueError, match="n_boot is"):
        fit_power_law(N, N**-0.3, n_boot=n_boot, rng=rng)


def test_as_many_points_as_parameters_give_an_estimate_without_interval(rng):
    fit = fit_power_law(N[:3], 1.69 + 406.4 * N[:3] ** -0.34, n_boot=100, rng=rng)
    assert fit.alpha == pytest.approx(0.34, rel=1e-5)
    with pytest.raises(FitError, match="no draws"):
        fit.interval("alpha")
