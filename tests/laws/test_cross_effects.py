"""Cross effects: planted ones come back, and statsmodels agrees from another parametrisation."""

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from tenfold.laws import FitError, fit_cross_effects

FAMILIES = ("Germanic", "Romance", "Slavic", "Uralic", "Sinitic")
OTHERS = FAMILIES[1:]
NOISE = 0.004
GAMMA = 0.1


def pair_mixtures(seeds: int = 2) -> dict[str, np.ndarray]:
    """For each ordered pair of families .2 and .5, the others .1; and uniform shares; each `seeds` times."""
    rows = [np.full(5, 0.2)]
    for i, j in permutations(range(5), 2):
        row = np.full(5, 0.1)
        row[i], row[j] = 0.2, 0.5
        rows.append(row)
    return dict(zip(FAMILIES, np.repeat(rows, seeds, axis=0).T, strict=True))


SHARES = pair_mixtures()


def losses(rng, *, noise: float = NOISE, **slopes: float) -> np.ndarray:
    """Of Germanic: a power law of its share, and log-linear slopes in the shares of others."""
    log_loss = 0.7 - GAMMA * np.log(SHARES["Germanic"])
    log_loss = log_loss + sum(slope * SHARES[family] for family, slope in slopes.items())
    return np.exp(log_loss + noise * rng.standard_normal(len(log_loss)))


def test_planted_effects_come_back_exactly_without_noise(rng):
    fit = fit_cross_effects(
        SHARES, losses(rng, noise=0, Romance=-0.05, Uralic=0.02), own="Germanic", n_boot=0, rng=rng
    )
    # 0.4 of the tokens to one family, 0.4 / 3 from each of the others.
    expected = {
        "Romance": -0.05 - 0.02 / 3,
        "Slavic": 0.03 / 3,
        "Uralic": 0.02 + 0.05 / 3,
        "Sinitic": 0.03 / 3,
    }
    assert fit.effects == pytest.approx({family: 0.4 * slope for family, slope in expected.items()})
    assert fit.scatter == pytest.approx(0, abs=1e-9)


def test_without_effects_the_exponent_is_that_of_the_own_share_and_all_effects_are_zero(rng):
    fit = fit_cross_effects(SHARES, losses(rng, noise=0), own="Germanic", n_boot=0, rng=rng)
    assert fit.gamma == pytest.approx(GAMMA)
    assert fit.effects == pytest.approx(dict.fromkeys(OTHERS, 0.0), abs=1e-12)


def test_ratio_is_the_effect_over_that_of_doubling_the_own_share(rng):
    fit = fit_cross_effects(SHARES, losses(rng, Slavic=-0.05), own="Germanic", n_boot=200, rng=rng)
    doubling = math.log(0.2**-fit.gamma / 0.4**-fit.gamma)
    assert fit.ratios == pytest.approx({family: effect / doubling for family, effect in fit.effects.items()})
    assert fit.draw("ratio.Slavic") == pytest.approx(
        fit.draw("effect.Slavic") / (fit.draw("gamma") * math.log(2))
    )


def test_exponent_is_the_slope_of_losses_freed_of_the_effects_of_others(rng):
    slopes = {"Romance": -0.05, "Slavic": 0.03, "Sinitic": 0.02}  # their sum is 0, as the fit takes it
    loss = losses(rng, noise=0, **slopes)
    freed = np.log(loss) - sum(slope * SHARES[family] for family, slope in slopes.items())
    slope = np.polyfit(np.log(SHARES["Germanic"]), freed, 1)[0]
    assert fit_cross_effects(SHARES, loss, own="Germanic", n_boot=0, rng=rng).gamma == pytest.approx(-slope)


def test_effects_and_their_errors_are_those_of_statsmodels_with_one_family_left_out(rng):
    loss = losses(rng, Romance=-0.05)
    fit = fit_cross_effects(SHARES, loss, own="Germanic", n_boot=20_000, rng=rng)
    table = pd.DataFrame(SHARES)
    table["log_loss"] = np.log(loss)
    ols = smf.ols("log_loss ~ C(Germanic.round(3)) + Romance + Slavic + Uralic", table).fit()
    assert fit.df == ols.df_resid
    assert fit.scatter == pytest.approx(math.sqrt(ols.scale))
    weights = {"Romance": "Romance - (Slavic + Uralic) / 3", "Sinitic": "-(Romance + Slavic + Uralic) / 3"}
    for family, contrast in weights.items():
        test = ols.t_test(f"0.4 * ({contrast}) = 0")
        assert fit.effects[family] == pytest.approx(test.effect.item())
        low, high = test.conf_int(alpha=0.10)[0]
        assert fit.interval(f"effect.{family}") == pytest.approx((low, high), abs=0.03 * (high - low))


def test_moved_share_scales_the_effect(rng):
    loss = losses(rng, Romance=-0.05)
    effects = [
        fit_cross_effects(SHARES, loss, own="Germanic", moved=moved, n_boot=0, rng=rng).effects["Romance"]
        for moved in (0.1, 0.4)
    ]
    assert effects[1] == pytest.approx(4 * effects[0])


def test_ninety_percent_intervals_hold_the_truth_in_ninety_percent_of_simulated_sets(rng):
    slopes = {"Romance": -0.05}
    exact = fit_cross_effects(SHARES, losses(rng, noise=0, **slopes), own="Germanic", n_boot=0, rng=rng)
    truth = {f"ratio.{family}": ratio for family, ratio in exact.ratios.items()} | {"gamma": exact.gamma}
    hits = {name: [] for name in truth}
    for _ in range(300):
        fit = fit_cross_effects(SHARES, losses(rng, **slopes), own="Germanic", n_boot=400, rng=rng)
        for name, value in truth.items():
            low, high = fit.interval(name)
            hits[name].append(low <= value <= high)
    # Four standard errors of a share of 300, and the noise of ends read from 400 draws.
    assert {name: np.mean(hit) for name, hit in hits.items()} == pytest.approx(
        dict.fromkeys(truth, 0.90), abs=0.075
    )


def test_order_of_families_and_of_runs_does_not_matter(rng):
    loss = losses(rng, Romance=-0.05)
    one = fit_cross_effects(SHARES, loss, own="Germanic", n_boot=0, rng=rng)
    order = rng.permutation(len(loss))
    turned = {family: SHARES[family][order] for family in reversed(FAMILIES)}
    other = fit_cross_effects(turned, loss[order], own="Germanic", n_boot=0, rng=rng)
    assert other.effects == pytest.approx(one.effects)
    assert other.gamma == pytest.approx(one.gamma)


def test_levels_that_differ_by_rounding_only_are_one_level(rng):
    loss = losses(rng)
    jitter = 1e-12 * rng.standard_normal(len(loss))
    shares = SHARES | {"Germanic": SHARES["Germanic"] + jitter, "Romance": SHARES["Romance"] - jitter}
    assert fit_cross_effects(shares, loss, own="Germanic", n_boot=0, rng=rng).df == 42 - 3 - 3


def test_draws_in_which_the_own_share_does_not_help_have_no_ratio(rng):
    loss = losses(rng, noise=0.15)
    fit = fit_cross_effects(SHARES, loss, own="Germanic", n_boot=2000, rng=rng)
    lost = fit.draw("gamma") <= 0
    assert 0 < lost.mean() < 0.5
    assert np.array_equal(np.isnan(fit.draw("ratio.Romance")), lost)
    assert fit.interval("ratio.Romance", 0.9999) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            lambda shares: shares["Germanic"] == 0.1,
            r"all runs have share 0.1 of 'Germanic'.*at least 2 levels",
        ),
        (
            lambda shares: np.isclose(shares["Romance"], shares["Slavic"]),
            "do not tell the effects of the other families apart",
        ),
    ],
    ids=["one level", "two families always alike"],
)
def test_runs_that_leave_the_effects_open_are_refused(rows, message, rng):
    keep = rows(SHARES)
    with pytest.raises(FitError, match=message):
        fit_cross_effects(
            {family: share[keep] for family, share in SHARES.items()},
            losses(rng)[keep],
            own="Germanic",
            rng=rng,
        )


def test_one_context_for_each_level_is_refused(rng):
    own = np.array([0.2, 0.4, 0.6, 0.8])
    shares = {"a": own, "b": (1 - own) / 2, "c": (1 - own) / 2}
    with pytest.raises(FitError, match="4 runs with 4 levels of 'a' do not tell"):
        fit_cross_effects(shares, own**-0.1, own="a", rng=rng)


def test_a_loss_that_rises_with_the_own_share_is_refused(rng):
    with pytest.raises(FitError, match=r"does not fall with its own share \(gamma -0.1"):
        fit_cross_effects(SHARES, 1 / losses(rng), own="Germanic", rng=rng)


def test_as_many_runs_as_coefficients_give_effects_without_an_interval(rng):
    shares = {"a": [0.2, 0.2, 0.5], "b": [0.6, 0.2, 0.25], "c": [0.2, 0.6, 0.25]}
    fit = fit_cross_effects(shares, [1.1, 1.2, 1.0], own="a", rng=rng)
    assert fit.effects["b"] == pytest.approx(math.log(1.1 / 1.2))  # 0.4 of the tokens from c to b
    with pytest.raises(FitError, match="has no draws"):
        fit.interval("effect.b")


BAD = {
    "unknown family": ({}, {"own": "Baltic"}, "own is 'Baltic': choose from Germanic, Romance"),
    "sum": ({"Romance": SHARES["Romance"] + 0.1}, {}, "shares of run 0 sum to 1.1: they must sum to 1"),
    "share above one": ({"Romance": SHARES["Romance"] + 1}, {}, r"shares\['Romance'\]\[0\] is 1.2"),
    "share nan": ({"Romance": np.full(42, np.nan)}, {}, r"shares\['Romance'\]\[0\] is nan"),
    "lengths": ({"Romance": SHARES["Romance"][:5]}, {}, r"shares\['Romance'\] has shape \(5,\)"),
    "moved": ({}, {"moved": 1.5}, "moved is 1.5: give a share"),
    "n_boot": ({}, {"n_boot": -1}, "n_boot is -1"),
}


@pytest.mark.parametrize(("shares", "settings", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named(shares, settings, message, rng):
    with pytest.raises(ValueError, match=message):
        fit_cross_effects(SHARES | shares, losses(rng), **{"own": "Germanic", "rng": rng} | settings)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_loss_without_a_logarithm_is_named_with_its_run(bad, rng):
    loss = losses(rng)
    loss[7] = bad
    with pytest.raises(ValueError, match=f"loss of 'Germanic' in run 7 is {bad}.*leave that run out"):
        fit_cross_effects(SHARES, loss, own="Germanic", rng=rng)


def test_losses_of_another_length_are_named(rng):
    with pytest.raises(ValueError, match=r"losses of 'Germanic' have shape \(3,\): give 42 values"):
        fit_cross_effects(SHARES, [1.0, 2.0, 3.0], own="Germanic", rng=rng)


def test_a_run_without_the_family_is_refused(rng):
    shares = {"a": [0.0, 0.2, 0.5], "b": [0.5, 0.2, 0.3], "c": [0.5, 0.6, 0.2]}
    with pytest.raises(ValueError, match=r"share of 'a' in run 0 is 0.*leave that run out"):
        fit_cross_effects(shares, [1.0, 1.0, 1.0], own="a", rng=rng)


def test_two_families_have_nothing_between_which_tokens_could_move(rng):
    with pytest.raises(ValueError, match="one family beside 'a': give at least 2"):
        fit_cross_effects({"a": [0.2, 0.5], "b": [0.8, 0.5]}, [1.1, 1.0], own="a", rng=rng)
