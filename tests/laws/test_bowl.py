"""Loss bowls: known bowls come back, bad ones are refused, edges and diverged runs are reported."""

import math

import numpy as np
import pytest

from tenfold.laws import FitError, FitWarning, fit_loss_bowl

LN2 = math.log(2)


def test_recovers_a_known_bowl(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.3, noise=0)
    fit = fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng)
    assert fit.lr_opt == pytest.approx(2**0.3)
    assert fit.depth == pytest.approx(0.02)
    assert fit.curvature == pytest.approx(0.02 / LN2**2)
    assert fit.loss_min == pytest.approx(np.mean([loss[seed == s][0] for s in range(3)]) - 0.02 * 2.8**2)
    assert fit.r2 == pytest.approx(1)
    assert fit.seed_sd == pytest.approx(0, abs=1e-12)
    assert fit.status == "converged"
    assert not fit.at_edge
    assert fit.asymmetry.cubic == pytest.approx(0, abs=1e-12)


def test_recovers_the_asymmetry_of_a_skewed_bowl(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.3, cubic=0.002, noise=0)
    skew = fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng).asymmetry
    assert skew.cubic == pytest.approx(0.002 / LN2**3)
    assert skew.log_lr_opt == pytest.approx(0.3 * LN2)


def test_scaling_learning_rates_shifts_the_optimum_and_its_draws_and_nothing_else(bowl_runs):
    lr, loss, seed = bowl_runs(np.random.default_rng(1), optimum=0.2)
    one = fit_loss_bowl(lr, loss, seed=seed, rng=np.random.default_rng(2))
    other = fit_loss_bowl(0.003 * lr, loss, seed=seed, rng=np.random.default_rng(2))
    shift = math.log(0.003)
    assert other.log_lr_opt - one.log_lr_opt == pytest.approx(shift, abs=1e-12)
    assert other.draws - one.draws == pytest.approx(np.tile([shift, 0, 0], (2000, 1)), abs=1e-9)
    assert other.asymmetry.cubic == pytest.approx(one.asymmetry.cubic)
    assert other.seed_sd == pytest.approx(one.seed_sd)


def test_adding_a_constant_to_a_seed_moves_the_mean_loss_only(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.2)
    one = fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng)
    other = fit_loss_bowl(lr, loss + 0.3 * (seed == 1), seed=seed, n_boot=0, rng=rng)
    assert other.log_lr_opt == pytest.approx(one.log_lr_opt)
    assert other.curvature == pytest.approx(one.curvature)
    assert other.loss_min == pytest.approx(one.loss_min + 0.1)


def test_ignoring_unequal_seeds_would_bias_an_unbalanced_bowl_and_naming_them_does_not(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.2, noise=0)
    loss = loss + 0.02 * seed
    loss[-1] = np.nan
    assert fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng).lr_opt == pytest.approx(2**0.2)
    assert fit_loss_bowl(lr, loss, n_boot=0, rng=rng).lr_opt != pytest.approx(2**0.2, rel=0.01)


def test_order_of_runs_and_names_of_seeds_do_not_matter(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.2)
    order = rng.permutation(len(lr))
    names = np.array(["c", "a", "b"])[seed]
    one = fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng)
    other = fit_loss_bowl(lr[order], loss[order], seed=names[order], n_boot=0, rng=rng)
    assert other.log_lr_opt == pytest.approx(one.log_lr_opt, abs=1e-12)
    assert other.loss_min == pytest.approx(one.loss_min)


def test_only_learning_rates_within_the_window_around_the_best_are_fitted(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.3, rates=9, noise=0)
    loss[np.abs(np.log2(lr)) > 2.5] += 1.0
    fit = fit_loss_bowl(lr, loss, seed=seed, window=4.0, n_boot=0, rng=rng)
    assert fit.lr_used == pytest.approx((0.25, 0.5, 1, 2, 4))
    assert fit.n_points == 15
    assert fit.lr_opt == pytest.approx(2**0.3)
    narrow = fit_loss_bowl(lr, loss, seed=seed, window=2.0, n_boot=0, rng=rng)
    assert narrow.lr_used == pytest.approx((0.5, 1, 2))


def test_the_window_moves_to_the_fitted_optimum(rng):
    lr = 2.0 ** np.arange(7)
    loss = 0.02 * (np.log2(lr) - 3.2) ** 2
    loss[5] = -0.01  # a lucky run far from the bottom of the bowl
    fit = fit_loss_bowl(lr, loss, window=4.0, n_boot=0, rng=rng)
    assert fit.status == "converged"
    assert fit.lr_used == pytest.approx(tuple(2.0 ** np.arange(2, 7)))


def test_learning_rates_that_differ_by_rounding_are_one(rng):
    lr = np.array([0.1, 0.2, 0.3, 0.1 * (1 + 1e-14), 0.2, 0.1 + 0.2])
    with pytest.raises(FitError, match="the most is 2"):
        fit_loss_bowl(lr[[0, 1, 3, 4]], [1, 2, 1, 2], n_boot=0, rng=rng)
    assert len(fit_loss_bowl(lr, [1, 0.5, 1.2, 1, 0.5, 1.2], n_boot=0, rng=rng).lr_used) == 3


@pytest.mark.parametrize(
    ("optimum", "at_edge"), [(0.0, False), (2.4, True), (3.5, True), (-3.5, True)], ids=str
)
def test_an_optimum_on_or_beyond_the_edge_of_the_grid_is_reported(optimum, at_edge, bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=optimum, noise=1e-4)
    fit = fit_loss_bowl(lr, loss, seed=seed, n_boot=100, rng=rng)
    assert fit.at_edge is at_edge
    assert ("extend it" in fit.summary()) is at_edge


def test_learning_rates_at_which_all_runs_diverged_do_not_bracket_the_optimum(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=1.4, noise=1e-4)
    assert not fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng).at_edge
    fit = fit_loss_bowl(lr, np.where(lr > 3, np.nan, loss), seed=seed, n_boot=0, rng=rng)
    assert fit.at_edge
    assert fit.n_diverged == 3


@pytest.mark.parametrize("mark", [np.nan, np.inf], ids=str)
def test_diverged_runs_are_counted_and_do_not_disturb_the_others(mark, bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.1, noise=0)
    loss[[5, 17]] = mark
    fit = fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng)
    assert fit.n_diverged == 2
    assert fit.lr_opt == pytest.approx(2**0.1)
    assert "2 diverged" in fit.summary()


def test_a_seed_with_too_few_finite_runs_is_left_out_with_a_warning(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.1)
    loss[(seed == 2) & (lr > 0.3)] = np.nan
    with pytest.warns(FitWarning, match="2 of 3 seeds are fitted"):
        fit = fit_loss_bowl(lr, loss, seed=seed, n_boot=0, rng=rng)
    assert fit.n_seeds == 2


def test_an_all_diverged_grid_is_refused(rng):
    with pytest.raises(FitError, match="all 4 runs diverged"):
        fit_loss_bowl([1, 2, 4, 8], [np.nan] * 4, rng=rng)


def test_fewer_than_three_finite_learning_rates_are_refused(rng):
    with pytest.raises(FitError, match="the most is 2, and 2 runs diverged"):
        fit_loss_bowl([1, 2, 4, 8], [1.0, 0.9, np.nan, np.nan], rng=rng)


def test_a_label_of_its_own_for_each_run_is_refused_with_the_remedy(rng):
    with pytest.raises(FitError, match="seed=None"):
        fit_loss_bowl([1, 2, 4], [1.0, 0.9, 1.0], seed=[0, 1, 2], rng=rng)


def test_a_hill_is_refused(rng):
    with pytest.raises(FitError, match="no minimum: its curvature is -"):
        fit_loss_bowl([1, 2, 4, 8, 16], [0.0, 0.75, 1.0, 0.75, 0.0], window=100, rng=rng)


def test_three_runs_give_an_optimum_without_interval(rng):
    fit = fit_loss_bowl([1, 2, 4], [1.0, 0.9, 1.0], rng=rng)
    assert fit.lr_opt == pytest.approx(2)
    assert math.isnan(fit.seed_sd)
    assert fit.asymmetry is None
    with pytest.raises(FitError, match="no draws"):
        fit.interval("lr_opt")


def test_a_bowl_that_not_all_seeds_see_has_an_endless_interval(bowl_runs, rng):
    lr, _, seed = bowl_runs(rng, optimum=0.0)
    loss = np.array([0.03, -0.02, 0.005])[seed] * np.log2(lr) ** 2
    assert fit_loss_bowl(lr, loss, seed=seed, window=100, rng=rng).interval("lr_opt") == (0, math.inf)


def test_regret_is_the_loss_above_the_optimum_and_its_interval_holds_it(bowl_runs, rng):
    lr, loss, seed = bowl_runs(rng, optimum=0.0)
    fit = fit_loss_bowl(lr, loss, seed=seed, rng=rng)
    asked = fit.lr_opt * np.array([1.0, 2.0, 4.0])
    assert fit.regret(asked) == pytest.approx(fit.depth * np.array([0, 1, 4]))
    assert fit.predict(asked) == pytest.approx(fit.loss_min + fit.regret(asked))
    low, high = fit.regret_interval(asked)
    assert np.all((low[1:] < fit.regret(asked)[1:]) & (fit.regret(asked)[1:] < high[1:]))
    assert low[1] < 0.02 < high[1]
    low, high = fit.predict_interval(asked)
    assert np.all((low < fit.predict(asked)) & (fit.predict(asked) < high))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": [0.0, 1, 2, 4]}, r"lr\[0\] is 0.0"),
        ({"lr": [np.nan, 1, 2, 4]}, r"lr\[0\] is nan"),
        ({"loss": [1.0, 1, 1]}, "loss has shape"),
        ({"loss": [1.0, 1, -np.inf, 1]}, "-inf"),
        ({"seed": [0, 1]}, "seed has shape"),
        ({"window": 1.0}, "window is 1.0"),
        ({"window": np.nan}, "window is nan"),
        ({"n_boot": -5}, "n_boot is -5"),
    ],
    ids=["zero lr", "nan lr", "short loss", "-inf", "short seed", "window 1", "window nan", "n_boot"],
)
def test_bad_input_is_named(change, message, rng):
    arguments = {"lr": [1, 2, 4, 8], "loss": [1.0, 0.9, 0.95, 1.1]} | change
    with pytest.raises(ValueError, match=message):
        fit_loss_bowl(**arguments, rng=rng)
