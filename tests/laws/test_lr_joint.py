"""The joint law of size and horizon, against statsmodels' formula interface."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tenfold.laws import FitError, fit_lr_horizon, fit_lr_joint

GRID = np.array([(n, d) for n in (3e4, 1e5, 3e5) for d in 1e6 * 2.0 ** np.arange(5)])
N, D = GRID.T
NOISE = 0.1 * np.random.default_rng(8).standard_normal(15)


def test_recovers_a_known_law_and_predicts_it(rng):
    fit = fit_lr_joint(N, D, 50 * N**-0.23 * D**-0.32, rng=rng)
    assert (fit.C, fit.alpha, fit.beta) == pytest.approx((50, 0.23, 0.32))
    assert fit.predict(7e9, 1e12) == pytest.approx(50 * 7e9**-0.23 * 1e12**-0.32)
    assert fit.interaction == 0
    assert fit.columns == ("log_C", "alpha", "beta", "deviation")


def test_recovers_an_exponent_that_falls_with_size(rng):
    beta = {n: 0.7 - 0.1 * np.log(n / 3e4) for n in (3e4, 1e5, 3e5)}
    lr = np.array([5 * (d / 1e6) ** -beta[n] for n, d in GRID])
    fit = fit_lr_joint(N, D, lr, interaction=True, rng=rng)
    assert fit.interaction == pytest.approx(-0.1)
    assert fit.beta_at(np.array(list(beta))) == pytest.approx(np.array(list(beta.values())))
    for n, exponent in beta.items():
        alone = fit_lr_horizon(D[n == N], lr[n == N], rng=rng)
        assert alone.beta == pytest.approx(exponent)
    assert fit.predict(N, D) == pytest.approx(lr)


@pytest.mark.parametrize("interaction", [False, True], ids=["plain", "interaction"])
def test_estimates_and_intervals_equal_statsmodels(interaction, rng):
    lr = 50 * N**-0.23 * D**-0.32 * np.exp(NOISE)
    fit = fit_lr_joint(N, D, lr, interaction=interaction, n_boot=200_000, rng=rng)
    frame = pd.DataFrame({"lr": np.log(lr), "n": np.log(N / fit.N0), "d": np.log(D / fit.D0)})
    ols = smf.ols("lr ~ n * d" if interaction else "lr ~ n + d", frame).fit()
    names = {"alpha": "n", "beta": "d"} | ({"interaction": "n:d"} if interaction else {})
    for name, term in names.items():
        low, high = ols.conf_int(0.10).loc[term]
        assert getattr(fit, name) == pytest.approx(-ols.params[term])
        assert fit.interval(name) == pytest.approx((-high, -low), abs=0.03 * (high - low))
    assert fit.r2 == pytest.approx(ols.rsquared)
    if interaction:
        assert fit.p_value("interaction", 0.0) == pytest.approx(ols.pvalues["n:d"], rel=0.1)
    else:
        mean = ols.get_prediction(frame[:2]).summary_frame(0.1)
        assert np.log(fit.predict_interval(N[:2], D[:2])) == pytest.approx(
            mean[["mean_ci_lower", "mean_ci_upper"]].to_numpy().T, abs=0.01
        )


def test_interval_of_the_exponent_at_a_size_is_narrowest_in_the_middle(rng):
    lr = 50 * N**-0.23 * D**-0.32 * np.exp(NOISE)
    fit = fit_lr_joint(N, D, lr, interaction=True, rng=rng)
    low, high = fit.beta_interval(np.array([1e3, fit.N0, 1e8]))
    assert (high - low)[1] < (high - low)[[0, 2]].min()
    assert (low[1], high[1]) == pytest.approx(fit.interval("beta"))


def test_the_law_without_interaction_has_no_interval_for_it(rng):
    fit = fit_lr_joint(N, D, N**-0.23 * D**-0.32, rng=rng)
    with pytest.raises(ValueError, match="no estimate 'interaction'"):
        fit.beta_interval(1e5)


def test_bowl_errors_floor_the_interval(rng):
    lr = 50 * N**-0.23 * D**-0.32
    draws = np.log(lr) + 0.1 * rng.standard_normal((4000, 15))
    low, high = fit_lr_joint(N, D, lr, draws=draws, n_boot=50_000, rng=rng).interval("beta")
    spread = np.log(D) - np.log(D).mean()
    assert high - low == pytest.approx(2 * 1.645 * 0.1 / np.sqrt(spread @ spread), rel=0.05)


@pytest.mark.parametrize(
    ("points", "interaction", "message"),
    [
        (slice(0, 5), False, "do not tell 3 coefficients apart"),
        ([0, 1, 5], True, "got 3 points"),
        ([0, 1, 2, 5], True, "do not tell 4 coefficients apart"),
        ([0, 1, 5, 6], True, None),
        ([0, 6], False, "got 2 points"),
        ([0, 4, 5, 10], False, None),
        (slice(0, None, 5), False, "do not tell 3 coefficients apart"),
    ],
    ids=["one size", "3 of 4", "not crosswise", "crosswise", "2 of 3", "enough", "one horizon"],
)
def test_points_that_do_not_determine_the_law_are_refused(points, interaction, message, rng):
    n, d = N[points], D[points]
    if message is None:
        fit = fit_lr_joint(n, d, 50 * n**-0.23 * d**-0.32, interaction=interaction, rng=rng)
        assert fit.beta_at(fit.N0) == pytest.approx(0.32)
    else:
        with pytest.raises(FitError, match=message):
            fit_lr_joint(n, d, n**-0.23 * d**-0.32, interaction=interaction, rng=rng)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"N": -N}, r"N\[0\] is -30000"),
        ({"D": np.where(D[3] == D, np.nan, D)}, r"D\[3\] is nan"),
        ({"lr_opt": D[:3] ** -0.3}, "lr_opt has 3 values where 15"),
        ({"draws": np.zeros((10, 3))}, "draws has shape"),
    ],
    ids=["negative N", "nan D", "lengths", "draws"],
)
def test_bad_input_is_named(change, message, rng):
    with pytest.raises(ValueError, match=message):
        fit_lr_joint(**{"N": N, "D": D, "lr_opt": D**-0.3, "rng": rng} | change)
