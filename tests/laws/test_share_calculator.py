"""The calculator, on runs made from known laws."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from tenfold.laws import FitError, fit_power_law, language_shares, mixture_loss, optimal_shares

LAWS = {"Germanic": (1.1, 0.08), "Romance": (1.2, 0.10), "Slavic": (0.9, 0.15), "Sinitic": (1.6, 0.09)}
C, GAMMA = np.array(list(LAWS.values())).T
GRID = np.array([row for row in permutations((0.5, 0.25, 0.15, 0.1))])
SHARES = pd.DataFrame(GRID, columns=LAWS)


def losses(rng, noise: float = 0.004) -> pd.DataFrame:
    exact = C * GRID**-GAMMA
    return pd.DataFrame(exact * np.exp(noise * rng.standard_normal(exact.shape)), columns=LAWS)


@pytest.mark.parametrize(("objective", "scale"), [("normalised", np.ones(4)), ("sum", C)])
def test_noiseless_runs_give_the_laws_and_their_optimum(objective, scale, rng):
    found = language_shares(SHARES, losses(rng, noise=0), objective=objective, rng=rng)
    assert found.table["gamma"].to_numpy() == pytest.approx(GAMMA)
    assert found.table["c"].to_numpy() == pytest.approx(C)
    best = optimal_shares(GAMMA, scale)
    assert found.table["share"].to_numpy() == pytest.approx(best)
    uniform, optimal = mixture_loss(np.full(4, 0.25), GAMMA, scale), mixture_loss(best, GAMMA, scale)
    assert (found.total_uniform, found.total_optimal) == pytest.approx((uniform, optimal))
    assert found.gain == pytest.approx(100 * (uniform - optimal) / uniform)
    assert found.gain_interval == pytest.approx((found.gain, found.gain))


def test_plain_sum_gives_more_to_the_family_of_large_loss_than_the_normalised_total(rng):
    runs = losses(rng)
    normalised, plain = (
        language_shares(SHARES, runs, objective=objective, n_boot=10, rng=rng).table["share"]
        for objective in ("normalised", "sum")
    )
    assert plain["Sinitic"] > normalised["Sinitic"]
    assert plain["Slavic"] < normalised["Slavic"]


def test_laws_are_those_of_the_power_law_fit(rng):
    runs = losses(rng)
    found = language_shares(SHARES, runs, rng=np.random.default_rng(3))
    alone = fit_power_law(SHARES["Germanic"], runs["Germanic"], offset=False, rng=np.random.default_rng(3))
    row = found.table.loc["Germanic"]
    assert (row["gamma"], row["gamma_low"], row["gamma_high"]) == pytest.approx(
        (alone.alpha, *alone.interval("alpha", 0.90))
    )
    assert (row["c_low"], row["c_high"]) == pytest.approx(alone.interval("A", 0.90))


def test_intervals_hold_the_true_shares_in_ninety_percent_of_simulated_sets(rng):
    truth = optimal_shares(GAMMA, np.ones(4))
    hits = []
    for _ in range(200):
        table = language_shares(SHARES, losses(rng), n_boot=300, rng=rng).table
        hits.append((table["share_low"] <= truth) & (truth <= table["share_high"]))
    # Four standard errors of a share of 200, and the noise of ends read from 300 draws.
    assert np.mean(hits, axis=0) == pytest.approx(np.full(4, 0.90), abs=0.09)


def test_gain_that_noise_could_have_made_has_an_interval_reaching_below_zero(rng):
    alike = pd.DataFrame(
        GRID**-0.1 * np.exp(0.01 * rng.standard_normal(GRID.shape)), columns=LAWS
    )  # uniform shares are best
    found = language_shares(SHARES, alike, rng=rng)
    assert found.gain > 0
    assert found.gain_interval[0] < 0


def test_clear_gain_has_an_interval_above_zero_that_holds_it(rng):
    found = language_shares(SHARES, losses(rng), rng=rng)
    low, high = found.gain_interval
    assert 0 < low < found.gain < high


def test_weights_tilt_shares_and_a_weight_of_zero_takes_all(rng):
    weights = {"Sinitic": 0.0, "Slavic": 1.0, "Romance": 1.0, "Germanic": 5.0}
    table = language_shares(SHARES, losses(rng, noise=0), weights=weights, rng=rng).table
    expected = optimal_shares(GAMMA, np.ones(4), [5.0, 1.0, 1.0, 0.0])
    assert table["share"].to_numpy() == pytest.approx(expected)
    assert table.loc["Sinitic", ["share", "share_low", "share_high"]].tolist() == [0, 0, 0]


def test_plain_dictionaries_in_any_order_give_what_tables_give(rng):
    runs = losses(rng)
    from_table = language_shares(SHARES, runs, rng=np.random.default_rng(0))
    from_lists = language_shares(
        {family: SHARES[family].tolist() for family in LAWS},
        {family: runs[family].tolist() for family in reversed(LAWS)},
        rng=np.random.default_rng(0),
    )
    pd.testing.assert_frame_equal(from_lists.table, from_table.table)


def test_shares_that_the_runs_do_not_bound_reach_from_nothing_to_everything(rng):
    noise = rng.standard_normal(GRID.shape)
    for log_share, column in zip(np.log(GRID).T, noise.T, strict=True):
        column -= np.polyval(np.polyfit(log_share, column, 1), log_share)  # the fitted exponent stays 0.1
    wild = pd.DataFrame(GRID**-0.1 * np.exp(noise), columns=LAWS)
    table = language_shares(SHARES, wild, rng=rng).table
    assert table["share_low"].tolist() == [0] * 4
    assert table["share_high"].tolist() == [1] * 4


def test_a_run_without_a_family_is_refused_with_the_remedy(rng):
    shares = pd.concat([SHARES, pd.DataFrame([[0, 0.5, 0.25, 0.25]], columns=LAWS)], ignore_index=True)
    runs = pd.concat([losses(rng), losses(rng).iloc[:1]], ignore_index=True)
    with pytest.raises(ValueError, match=r"share of 'Germanic' in run 24 is 0.*leave that run out"):
        language_shares(shares, runs, rng=rng)


def test_a_family_that_never_varies_is_refused(rng):
    shares = {"a": [0.5, 0.5, 0.5], "b": [0.1, 0.2, 0.3], "c": [0.4, 0.3, 0.2]}
    runs = {family: [1.0, 1.1, 1.2] for family in shares}
    with pytest.raises(FitError, match=r"'a' has the same share in all runs.*at least 2 levels"):
        language_shares(shares, runs, rng=rng)


def test_two_runs_are_too_few(rng):
    shares, runs = {"a": [0.5, 0.4], "b": [0.5, 0.6]}, {"a": [1.0, 1.1], "b": [1.1, 1.0]}
    with pytest.raises(FitError, match=r"'a' has 2 runs.*at least 3"):
        language_shares(shares, runs, rng=rng)


def test_a_family_whose_loss_does_not_fall_with_its_share_is_named(rng):
    runs = losses(rng)
    runs["Slavic"] = 1 / runs["Slavic"]
    with pytest.raises(FitError, match=r"'Slavic' does not fall with its share \(gamma -0.1"):
        language_shares(SHARES, runs, rng=rng)


BAD = {
    "objective": ({"objective": "mean"}, "objective is 'mean': choose from normalised, sum"),
    "families of losses": (
        {"losses": {"Germanic": [1.0]}},
        "losses are of Germanic: give those of Germanic, Romance",
    ),
    "families of weights": ({"weights": {"Germanic": 1.0}}, "weights are of Germanic: give one for each"),
    "negative weight": ({"weights": dict.fromkeys(LAWS, 1.0) | {"Slavic": -1.0}}, r"weights\[2\] is -1.0"),
    "sum": ({"shares": SHARES * 0.9}, "shares of run 0 sum to 0.9"),
    "one family": ({"shares": SHARES[["Slavic"]]}, "shares has 1 families: give at least 2"),
    "level": ({"level": 1.0}, "level is 1.0"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named(arguments, message, rng):
    with pytest.raises(ValueError, match=message):
        language_shares(**{"shares": SHARES, "losses": losses(rng), "n_boot": 20, "rng": rng} | arguments)


def test_without_draws_there_is_no_interval(rng):
    with pytest.raises(FitError, match="has no draws"):
        language_shares(SHARES, losses(rng), n_boot=0, rng=rng)
