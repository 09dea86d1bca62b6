"""On 400 simulated data sets a 90 % interval covers the truth in 85 to 95 % of them."""

from collections.abc import Callable

import numpy as np
import pytest

from tenfold.laws import Fit, LossBowl, fit_loss_bowl, fit_lr_horizon, fit_lr_joint, fit_power_law

pytestmark = pytest.mark.slow

LN2 = np.log(2)
DATA_SETS = 400


def coverage(simulate: Callable[[], tuple[Fit, dict[str, float]]]) -> dict[str, float]:
    """Share of data sets whose 90 % interval holds the truth; simulate() gives a fit and the true values."""
    hits: dict[str, list[bool]] = {}
    for _ in range(DATA_SETS):
        fit, truth = simulate()
        for name, value in truth.items():
            low, high = fit.interval(name, 0.90)
            hits.setdefault(name, []).append(low <= value <= high)
    return {name: float(np.mean(hit)) for name, hit in hits.items()}


def assert_honest(shares: dict[str, float]) -> None:
    assert all(0.85 <= share <= 0.95 for share in shares.values()), shares


def test_power_law_with_a_floor(rng):
    x = np.geomspace(1e6, 1e9, 8)

    def simulate():
        y = (1.69 + 406.4 * x**-0.34) * np.exp(0.01 * rng.standard_normal(len(x)))
        return fit_power_law(x, y, n_boot=300, rng=rng), {"alpha": 0.34, "E": 1.69}

    assert_honest(coverage(simulate))


def test_pure_power_law_of_five_points(rng):
    x = 2.0 ** np.arange(5)

    def simulate():
        y = 3 * x**-0.34 * np.exp(0.05 * rng.standard_normal(5))
        return fit_power_law(x, y, offset=False, n_boot=400, rng=rng), {"alpha": 0.34, "A": 3.0}

    assert_honest(coverage(simulate))


BOWLS = {
    "3 seeds": {},
    "5 seeds": {"seeds": 5},
    "shallow": {"depth": 0.006},
    "off centre": {"centre": 1.0},
    "seeds tilted": {"tilt": 0.002},
}


def simulate_fit(bowl_runs, rng, settings) -> tuple[LossBowl, float]:
    optimum = rng.uniform(-0.5, 0.5)
    lr, loss, seed = bowl_runs(rng, optimum=optimum, **settings)
    return fit_loss_bowl(lr, loss, seed=seed, n_boot=400, rng=rng), optimum * LN2


@pytest.mark.parametrize("settings", BOWLS.values(), ids=BOWLS.keys())
def test_bowl(settings, bowl_runs, rng):
    def simulate():
        fit, log_optimum = simulate_fit(bowl_runs, rng, settings)
        return fit, {"log_lr_opt": log_optimum, "depth": settings.get("depth", 0.02), "loss_min": 2.0}

    assert_honest(coverage(simulate))


def test_bowl_with_diverged_runs_at_high_learning_rates(bowl_runs, rng):
    def simulate():
        optimum = rng.uniform(-0.5, 0.5)
        lr, loss, seed = bowl_runs(rng, optimum=optimum, seeds=5)
        loss[(lr > 4) & (seed < 2)] = np.nan
        return fit_loss_bowl(lr, loss, seed=seed, n_boot=400, rng=rng), {"log_lr_opt": optimum * LN2}

    assert_honest(coverage(simulate))


def test_asymmetry_of_a_skewed_bowl(bowl_runs, rng):
    settings = {"cubic": 0.0003}

    def simulate():
        fit, log_optimum = simulate_fit(bowl_runs, rng, settings)
        return fit.asymmetry, {"cubic": settings["cubic"] / LN2**3, "log_lr_opt": log_optimum}

    assert_honest(coverage(simulate))


def test_a_quadratic_misses_the_minimum_of_a_clearly_skewed_bowl_and_its_asymmetry_says_so(bowl_runs, rng):
    settings = {"cubic": 0.001, "seeds": 5}
    skewed = []

    def simulate():
        fit, log_optimum = simulate_fit(bowl_runs, rng, settings)
        skewed.append(fit.asymmetry.interval("cubic")[0] > 0)
        return fit, {"log_lr_opt": log_optimum}

    assert coverage(simulate)["log_lr_opt"] < 0.3
    assert np.mean(skewed) > 0.8


@pytest.mark.parametrize("bend", [0.0, 0.05], ids=["exact law", "lack of fit"])
def test_horizon_exponent_from_five_rungs_of_three_seeds(bend, bowl_runs, rng):
    D = 1e6 * 2.0 ** np.arange(5)
    octaves = -0.5 * np.arange(5)

    def simulate():
        bowls = []
        for octave in octaves:
            optimum = octave + 0.2 + bend * rng.standard_normal()
            lr, loss, seed = bowl_runs(rng, optimum=optimum, centre=np.round(octave))
            bowls.append(fit_loss_bowl(lr, loss, seed=seed, n_boot=400, rng=rng))
        draws = np.column_stack([bowl.draw("log_lr_opt") for bowl in bowls])
        fit = fit_lr_horizon(D, [bowl.lr_opt for bowl in bowls], draws=draws, n_boot=1000, rng=rng)
        return fit, {"beta": 0.5}

    assert_honest(coverage(simulate))


@pytest.mark.parametrize("bend", [0.0, 0.05], ids=["exact law", "lack of fit"])
def test_joint_law_with_interaction_from_optima_of_three_seeds(bend, rng):
    N, D = np.array([(n, d) for n in (3e4, 1e5, 3e5) for d in 1e6 * 2.0 ** np.arange(5)]).T
    from_N, from_D = (np.log(v) - np.log(v).mean() for v in (N, D))
    law = -4 - 0.23 * from_N - 0.5 * from_D + 0.05 * from_N * from_D
    truth = {"alpha": 0.23, "beta": 0.5, "interaction": -0.05}

    def simulate():
        seeds = law + bend * rng.standard_normal(15) + 0.08 * rng.standard_normal((3, 15))
        optima, error = seeds.mean(0), seeds.std(0, ddof=1) / np.sqrt(3)
        draws = optima + error * rng.standard_t(2, (400, 15))
        fit = fit_lr_joint(N, D, np.exp(optima), interaction=True, draws=draws, n_boot=1000, rng=rng)
        return fit, truth

    assert_honest(coverage(simulate))
