"""The law of the optimum over horizons, against scipy's and statsmodels' regression."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import chi2, linregress, norm, t

from tenfold.laws import FitError, fit_lr_horizon

D = 1e6 * 2.0 ** np.arange(5)
SCATTER = np.array([0.1, -0.2, 0.15, 0.02, -0.05])


def around(log_lr, sd, rng, n=4000):
    return log_lr + sd * rng.standard_normal((n, len(log_lr)))


def test_recovers_a_known_law(rng):
    fit = fit_lr_horizon(D, 0.8 * D**-0.32, rng=rng)
    assert (fit.B, fit.beta) == pytest.approx((0.8, 0.32))
    assert fit.predict(1e9) == pytest.approx(0.8 * 1e9**-0.32)
    assert fit.interval("beta") == pytest.approx((0.32, 0.32), abs=1e-9)
    assert fit.r2 == pytest.approx(1)


def test_without_draws_the_interval_is_the_t_interval_of_the_regression(rng):
    lr = 0.8 * D**-0.32 * np.exp(SCATTER)
    line = linregress(np.log(D), np.log(lr))
    half = t.ppf(0.95, 3) * line.stderr
    fit = fit_lr_horizon(D, lr, n_boot=200_000, rng=rng)
    assert fit.beta == pytest.approx(-line.slope)
    assert fit.interval("beta") == pytest.approx((-line.slope - half, -line.slope + half), abs=0.03 * half)
    assert fit.p_value("beta", 0.0) == pytest.approx(line.pvalue, rel=0.1)


@pytest.mark.parametrize("measured", [False, True], ids=["law", "measured"])
def test_prediction_intervals_equal_those_of_statsmodels(measured, rng):
    lr = 0.8 * D**-0.32 * np.exp(SCATTER)
    new = np.array([3e6, 64e6])
    frame = sm.OLS(np.log(lr), sm.add_constant(np.log(D))).fit()
    frame = frame.get_prediction(sm.add_constant(np.log(new))).summary_frame(alpha=0.1)
    ends = ["obs_ci_lower", "obs_ci_upper"] if measured else ["mean_ci_lower", "mean_ci_upper"]
    found = fit_lr_horizon(D, lr, n_boot=200_000, rng=rng).predict_interval(new, measured=measured)
    assert np.log(found) == pytest.approx(frame[ends].to_numpy().T, abs=0.03)


def test_bowl_errors_smaller_than_the_scatter_change_nothing(rng):
    lr = 0.8 * D**-0.32 * np.exp(SCATTER)
    without = fit_lr_horizon(D, lr, n_boot=50_000, rng=rng)
    fit = fit_lr_horizon(D, lr, draws=around(np.log(lr), 0.02, rng), n_boot=50_000, rng=rng)
    assert fit.measurement_sd == pytest.approx(0.02, rel=0.05)
    assert fit.limited_by == "scatter"
    assert fit.interval("beta") == pytest.approx(without.interval("beta"), rel=0.05)


def test_scatter_smaller_than_the_bowl_errors_does_not_shorten_the_interval(rng):
    lr = 0.8 * D**-0.32 * np.exp(0.01 * SCATTER)
    sd = np.array([0.1, 0.1, 0.2, 0.2, 0.3])
    fit = fit_lr_horizon(D, lr, draws=around(np.log(lr), sd, rng), n_boot=100_000, rng=rng)
    u = np.log(D) - np.log(D).mean()
    expected = 2 * norm.ppf(0.95) * np.sqrt(u**2 @ sd**2) / (u @ u)
    low, high = fit.interval("beta")
    assert high - low == pytest.approx(expected, rel=0.05)
    assert fit.limited_by == "measurement"


def test_the_scatter_decides_only_beyond_what_bowl_errors_explain(rng):
    lr = 0.8 * D**-0.32 * np.exp(SCATTER)
    scatter = fit_lr_horizon(D, lr, n_boot=0, rng=rng).scatter
    threshold = np.sqrt(chi2.ppf(0.75, 3) / 3)
    for share, expected in ((0.9, "measurement"), (1.1, "scatter")):
        draws = around(np.log(lr), scatter / (share * threshold), rng, n=100_000)
        assert fit_lr_horizon(D, lr, draws=draws, n_boot=0, rng=rng).limited_by == expected


def test_draws_made_with_one_seed_do_not_cancel_in_the_slope(rng):
    lr = 0.8 * D**-0.32
    same = np.log(lr) + 0.1 * rng.standard_normal((4000, 1))
    low, high = fit_lr_horizon(D, lr, draws=same, rng=rng).interval("beta")
    assert high - low > 0.1


def test_a_rung_without_a_minimum_in_a_few_draws_is_usable_and_in_many_is_not(rng):
    lr = 0.8 * D**-0.32
    draws = around(np.log(lr), 0.1, rng)
    draws[:200, 3] = np.nan
    assert np.isfinite(fit_lr_horizon(D, lr, draws=draws, rng=rng).interval("beta")).all()
    draws[:3200, 3] = np.nan
    with pytest.raises(FitError, match="point 3 has no minimum in 80% of its draws"):
        fit_lr_horizon(D, lr, draws=draws, rng=rng)


def test_two_rungs_give_an_exponent_without_interval(rng):
    fit = fit_lr_horizon(D[:2], 0.8 * D[:2] ** -0.32, rng=rng)
    assert fit.beta == pytest.approx(0.32)
    with pytest.raises(FitError, match="no draws"):
        fit.interval("beta")


def test_three_rungs_give_a_wide_interval_and_no_warning_when_it_overflows(rng, recwarn):
    fit = fit_lr_horizon(D[:3], 0.8 * D[:3] ** -0.32 * np.exp(SCATTER[:3]), rng=rng)
    low, high = fit.interval("beta")
    assert high - low > 2
    assert fit.predict_interval(1e12, 0.999)[1] > 1e6
    assert not recwarn.list


@pytest.mark.parametrize("rungs", [D[:1], D[:1].repeat(4)], ids=["one rung", "one horizon"])
def test_a_single_horizon_is_refused(rungs, rng):
    with pytest.raises(FitError):
        fit_lr_horizon(rungs, rungs**-0.3, rng=rng)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"D": [np.nan, *D[1:]]}, r"D\[0\] is nan"),
        ({"lr_opt": np.zeros(5)}, r"lr_opt\[0\] is 0.0"),
        ({"lr_opt": D[:4] ** -0.3}, "lr_opt has 4 values where 5"),
        ({"draws": np.zeros((100, 4))}, r"draws has shape \(100, 4\)"),
        ({"draws": np.zeros((0, 5))}, r"draws has shape \(0, 5\)"),
        ({"draws": np.tile(D**-0.3, (100, 1))}, "draws of the natural log"),
        ({"n_boot": -1}, "n_boot is -1"),
    ],
    ids=["nan D", "zero lr", "lengths", "columns", "no rows", "not logs", "n_boot"],
)
def test_bad_input_is_named(change, message, rng):
    with pytest.raises(ValueError, match=message):
        fit_lr_horizon(**{"D": D, "lr_opt": D**-0.3, "rng": rng} | change)
