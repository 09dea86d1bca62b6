"""Any finite data: a fit whose estimates are numbers, or a named error; never nan in silence."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenfold.claims import t_estimate
from tenfold.laws import (
    fit_chinchilla,
    fit_cross_effects,
    fit_loss_bowl,
    fit_lr_horizon,
    fit_lr_joint,
    fit_mixture_law,
    fit_power_law,
    optimal_shares,
)

positive = (
    st.floats(1e-6, 1e12)
    | st.integers(1, 10**12).map(float)
    | st.sampled_from([1.0, 2.0, 4.0, 1e-300, 1e300])
)
any_finite = st.floats(allow_nan=False, allow_infinity=False)
N_BOOT = 2


def columns(*kinds, most=9):
    return st.integers(0, most).flatmap(
        lambda n: st.tuples(*(st.lists(kind, min_size=n, max_size=n) for kind in kinds))
    )


def fitted(attempt, fit, *data, **options):
    """The fit, or None where it is refused in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rng = np.random.default_rng(0)
        return attempt(lambda: fit(*data, n_boot=N_BOOT, rng=rng, **options), ValueError)


def check(fit, estimates):
    """The estimates are numbers; interval ends may be infinite, never nan."""
    if fit is None:
        return
    values = {name: getattr(fit, name) for name in estimates}
    assert {name: value for name, value in values.items() if not math.isfinite(value)} == {}
    assert fit.status in ("converged", "max_iter", "bound_hit")
    if len(fit.draws):
        for name in set(estimates) & set(fit.columns):
            low, high = fit.interval(name)
            assert low <= high


@given(columns(positive, positive), st.booleans())
@example(([1.0, 2.0, 4.0, 8.0], [1.0, 1.0, 1.0, 1.0]), True)
@example(([1.0, 2.0, 4.0, 8.0], [1.0, 2.0, 4.0, 8.0]), True)
def test_a_power_law(attempt, data, offset):
    check(fitted(attempt, fit_power_law, *data, offset=offset), ("E", "log_A", "alpha"))


@given(columns(positive, any_finite, st.integers(0, 2)))
@example(([1e-3, 2e-3, 4e-3], [1e308, -1e308, 1e308], [0, 0, 0]))
def test_a_loss_bowl(attempt, data):
    lr, loss, seed = data
    fit = fitted(attempt, fit_loss_bowl, lr, loss, seed=seed)
    check(fit, ("log_lr_opt", "curvature", "loss_min"))


@given(columns(positive, positive))
def test_a_learning_rate_horizon(attempt, data):
    check(fitted(attempt, fit_lr_horizon, *data), ("log_B", "beta"))


@given(columns(positive, positive, positive), st.booleans())
def test_a_joint_law_of_learning_rates(attempt, data, interaction):
    check(fitted(attempt, fit_lr_joint, *data, interaction=interaction), ("log_C", "alpha", "beta"))


few = st.sampled_from([1.0, 10.0, 1e3, 1e9])
share = st.sampled_from([0.1, 0.25, 0.5, 1.0]) | st.floats(1e-9, 1.0)


def check_additive(fit, *point):
    """A power that vanishes in the data has the factor 0 and no exponent, and the status says so."""
    if fit is None:
        return
    gone = [
        name for power, name in (("log_A", "alpha"), ("log_B", "beta")) if getattr(fit, power) == -math.inf
    ]
    assert {name for name in ("alpha", "beta") if math.isnan(getattr(fit, name))} == set(gone)
    assert fit.status == "bound_hit" or not gone
    assert np.isfinite(fit.predict(*point)).all()
    check(fit, ("E", *({"alpha", "beta"} - set(gone))))


@given(columns(few, few, positive, most=8))
@example(([1.0, 1.0, 10.0, 1e3, 1.0], [1.0, 10.0, 1.0, 1.0, 1e3], [1.0] * 5))
def test_the_chinchilla_law(attempt, data):
    check_additive(fitted(attempt, fit_chinchilla, *data), 10.0, 10.0)


@given(columns(few, few, share, positive, most=8), st.sampled_from(["joint", "effective data", "constant"]))
def test_a_mixture_law(attempt, data, form):
    fit = fitted(attempt, fit_mixture_law, *data, form=form)
    check_additive(fit, 10.0, 10.0, 0.5)
    assert fit is None or math.isfinite(fit.gamma)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), positive), max_size=12))
def test_the_effects_of_other_families(attempt, rows):
    shares = {"a": [], "b": [], "c": []}
    for own, part, _ in rows:
        for name, value in zip("abc", (own, (1 - own) * part, (1 - own) * (1 - part)), strict=True):
            shares[name].append(value)
    losses = [loss for *_, loss in rows]

    def fit(*, n_boot, rng):
        return fit_cross_effects(shares, losses, own="a", moved=0.4, n_boot=n_boot, rng=rng)

    check(fitted(attempt, fit), ("gamma",))


@given(columns(any_finite | positive, any_finite | positive, any_finite | positive, most=4))
def test_optimal_shares(attempt, data):
    gamma, c, weights = data
    shares = attempt(lambda: optimal_shares(gamma, c, weights), ValueError)
    if shares is not None:
        assert np.isfinite(shares).all()
        assert shares.sum() == pytest.approx(1.0)


@given(st.lists(any_finite, max_size=6))
@example([1e308, -1e308])
@example([1e308, 1e308, 1.7e308])
def test_a_mean_with_students_interval(attempt, values):
    with np.errstate(over="ignore", invalid="ignore"):
        estimate = attempt(lambda: t_estimate(values, level=0.9), ValueError)
    if estimate is not None:
        assert estimate.low <= estimate.value <= estimate.high
