"""Polynomials with an intercept per seed, against numpy and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import sem, t

from tenfold.laws.polynomial import fit_seeded_polynomial

Z = np.linspace(-2, 2, 6)


def noisy_seeds(rng, seeds):
    z, seed = np.tile(Z, seeds), np.repeat(np.arange(seeds), len(Z))
    return z, 2 + 0.1 * z + 0.3 * z**2 + 0.5 * seed + rng.normal(0, 0.1, len(z)), seed


def test_slopes_and_residual_sd_equal_statsmodels_with_a_dummy_per_seed(rng):
    z, y, seed = noisy_seeds(rng, 3)
    keep = np.array([True] * 15 + [False, True, False])
    z, y, seed = z[keep], y[keep], seed[keep]
    fit = fit_seeded_polynomial(z, y, seed, degree=2, n_boot=0, rng=rng)
    dummies = sm.OLS(y, np.column_stack([z, z**2, seed[:, None] == np.arange(3)])).fit()
    assert fit.coefficients == pytest.approx([dummies.params[2:].mean(), *dummies.params[:2]])
    assert fit.residual_sd == pytest.approx(np.sqrt(dummies.mse_resid))


@pytest.mark.parametrize("degree", [2, 3])
def test_on_a_balanced_grid_draws_are_the_t_interval_over_the_seeds_own_fits(degree, rng):
    z, y, seed = noisy_seeds(rng, 4)
    own = np.array([np.polyfit(Z, y[seed == s], degree)[::-1] for s in range(4)])
    half = t.ppf(0.95, 3) * sem(own)
    fit = fit_seeded_polynomial(z, y, seed, degree=degree, n_boot=200_000, rng=rng)
    low, high = np.quantile(fit.draws, [0.05, 0.95], axis=0)
    assert fit.coefficients == pytest.approx(own.mean(0))
    assert (high - low) / 2 == pytest.approx(half, rel=0.03)
    assert (high + low) / 2 == pytest.approx(own.mean(0), abs=0.03 * half.max())


def test_with_one_seed_draws_are_the_t_interval_of_least_squares(rng):
    z, y, seed = noisy_seeds(rng, 1)
    fit = fit_seeded_polynomial(z, y, seed, degree=2, n_boot=200_000, rng=rng)
    ols = sm.OLS(y, np.column_stack([np.ones_like(z), z, z**2])).fit()
    low, high = np.quantile(fit.draws, [0.05, 0.95], axis=0)
    assert fit.coefficients == pytest.approx(ols.params)
    expected = ols.conf_int(0.10)
    assert high - low == pytest.approx(expected[:, 1] - expected[:, 0], rel=0.03)


def test_slopes_that_the_seeds_share_leave_no_doubt_about_them(rng):
    z, seed = np.tile(Z, 3), np.repeat(np.arange(3), len(Z))
    fit = fit_seeded_polynomial(z, 0.3 * z**2 + seed, seed, degree=2, n_boot=100, rng=rng)
    assert np.ptp(fit.draws[:, 1:], axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert np.std(fit.draws[:, 0]) > 0.5
    assert fit.r2 == pytest.approx(1)
