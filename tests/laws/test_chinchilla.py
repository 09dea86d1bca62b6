"""Chinchilla's law: known laws come back, refits agree with scipy's, intervals cover."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from tenfold.laws import FitError, FitWarning, fit_chinchilla
from tenfold.laws.additive_curve import AdditiveCurve
from tenfold.laws.huber_refit import huber_cost, refit_additive

TRUTH = {"E": 1.69, "A": 406.4, "alpha": 0.34, "B": 410.7, "beta": 0.28}
THETA = np.array([0.5, -0.2, 0.4, -0.3, 0.3, 0.1])


def grid(*axes: np.ndarray, replicates: int = 1) -> list[np.ndarray]:
    return [np.tile(axis.ravel(), replicates) for axis in np.meshgrid(*axes)]


def chinchilla(N, D, *, E, A, alpha, B, beta):
    return E + A * N**-alpha + B * D**-beta


N, D = grid(np.geomspace(1e6, 1e9, 6), np.geomspace(1e8, 1e11, 6))
L = chinchilla(N, D, **TRUTH)


@pytest.fixture
def curve() -> AdditiveCurve:
    u, v, w = grid(np.linspace(0, 4, 4), np.linspace(0, 3, 4), np.log([0.1, 0.5]))
    return AdditiveCurve(u, v, w)


@pytest.mark.parametrize("delta", [1e-3, np.inf], ids=["Huber", "least squares"])
@pytest.mark.parametrize(
    "truth",
    [TRUTH, {"E": 0.2, "A": 20.0, "alpha": 0.1, "B": 1e5, "beta": 0.7}],
    ids=["published", "low floor, slow and steep"],
)
def test_recovers_a_known_law(truth, delta, rng):
    fit = fit_chinchilla(N, D, chinchilla(N, D, **truth), delta=delta, n_boot=0, rng=rng)
    assert {name: getattr(fit, name) for name in truth} == pytest.approx(truth, rel=1e-4)
    assert fit.status == "converged"
    assert fit.predict(3e9, 1e12) == pytest.approx(chinchilla(3e9, 1e12, **truth), rel=1e-6)


def gradient(curve: AdditiveCurve, theta: np.ndarray) -> np.ndarray:
    """By finite differences, [n, p]."""
    return approx_fprime(theta, curve.value, 1e-7)


@pytest.mark.parametrize("factor", [True, False])
def test_newton_equations_equal_finite_differences(curve, factor):
    if not factor:
        curve = AdditiveCurve(curve.u, curve.v)
    theta = THETA[: curve.n_parameters]
    value, *shares = curve.value_and_shares(theta[None])
    log_factor = 0.1 * curve.w if factor else 0.0
    floor_and_powers = np.exp(0.5) + np.exp(-0.2 - 0.4 * curve.u) + np.exp(-0.3 - 0.3 * curve.v)
    assert value[0] == pytest.approx(np.log(floor_and_powers) - log_factor)
    slopes = gradient(curve, theta)
    pull = np.linspace(-1, 1, len(slopes))
    weights = np.linspace(1, 2, len(slopes))
    (squares,), _ = curve.newton_equations(*shares, weights[None], 0 * pull[None])
    assert squares == pytest.approx(slopes.T @ (weights[:, None] * slopes), rel=1e-5, abs=1e-5)
    (curvature,), (down,) = curve.newton_equations(*shares, 0 * weights[None], pull[None])
    assert down == pytest.approx(pull @ slopes, abs=1e-5)

    def pulled(theta):
        return curve.newton_equations(*curve.value_and_shares(theta[None])[1:], pull[None], pull[None])[1][0]

    assert curvature == pytest.approx(-approx_fprime(theta, pulled, 1e-7), abs=1e-5)


@pytest.mark.parametrize("delta", [1e-3, 0.02, np.inf])
def test_refits_of_many_resamples_equal_scipy_one_by_one(delta, curve, rng):
    log_y = curve.value(THETA) + rng.normal(0, 0.004, len(curve.u))
    counts = rng.multinomial(len(log_y), np.full(len(log_y), 1 / len(log_y)), size=6).astype(float)
    low, high = np.array([-8.0, -8, 0, -8, 0, -9]), np.array([3.0, 3, 20, 3, 20, 9])
    found, costs, settled = refit_additive(counts, log_y, curve, start=THETA, low=low, high=high, delta=delta)
    assert settled.all()
    for count, own, cost in zip(counts, found, costs, strict=True):
        resample = np.repeat(np.arange(len(log_y)), count.astype(int))

        def loss(theta, resample=resample):
            value, share_u, share_v = (part[0] for part in curve.value_and_shares(theta[None]))
            of_u, of_v = [share_u, -curve.u * share_u], [share_v, -curve.v * share_v]
            gradient = [1 - share_u - share_v, *of_u, *of_v, -curve.w]
            residuals = (log_y - value)[resample]
            pull = np.clip(residuals, -delta, delta)
            slope = -1e4 * np.array(gradient)[:, resample] @ pull
            return 1e4 * huber_cost(residuals, delta).sum(), slope

        settings = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000, "maxfun": 10000}
        ends = [
            minimize(
                loss,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=list(zip(low, high, strict=True)),
                options=settings,
            )
            for start in (THETA, own)
        ]
        assert cost == pytest.approx(min(end.fun for end in ends) / 1e4, rel=1e-6)
        assert ends[1].x == pytest.approx(own, abs=1e-3)


def test_an_outlier_moves_the_huber_fit_less_than_least_squares(rng):
    spoiled = L * np.exp(rng.normal(0, 0.001, len(L)))
    spoiled[7] *= 1.3
    robust = fit_chinchilla(N, D, spoiled, n_boot=0, rng=rng)
    squares = fit_chinchilla(N, D, spoiled, delta=np.inf, n_boot=0, rng=rng)
    assert robust.alpha == pytest.approx(0.34, rel=0.03)
    assert abs(robust.alpha - 0.34) < abs(squares.alpha - 0.34) / 3


def test_interval_of_a_prediction_covers_its_estimate_and_narrows_with_the_level(rng):
    fit = fit_chinchilla(N, D, L * np.exp(rng.normal(0, 0.004, len(L))), n_boot=200, rng=rng)
    low, high = fit.predict_interval(N, D, 0.9)
    inner_low, inner_high = fit.predict_interval(N, D, 0.5)
    assert low.shape == N.shape
    assert np.all((low < inner_low) & (inner_low < inner_high) & (inner_high < high))
    assert np.all((low < fit.predict(N, D)) & (fit.predict(N, D) < high))
    assert fit.interval("A") == pytest.approx(np.exp(fit.interval("log_A")))


@pytest.mark.filterwarnings("ignore:starts disagree")
def test_a_power_that_is_not_there_is_reported_as_a_bound_and_its_exponent_as_unknown(rng):
    rising_in_N = (1.69 + 410.7 * D**-0.28) * (N / N.min()) ** 0.01 * np.exp(rng.normal(0, 0.004, len(D)))
    fit = fit_chinchilla(N, D, rising_in_N, delta=0.01, n_boot=50, rng=rng)
    assert fit.status == "bound_hit"
    assert fit.A == 0
    assert np.isnan(fit.alpha)
    assert fit.interval("alpha") == (-np.inf, np.inf)
    assert fit.predict(1e7, D) == pytest.approx(1.69 + 410.7 * D**-0.28, rel=0.1)
    assert np.isfinite(fit.predict_interval(N, D)).all()


def test_swapped_roles_of_model_and_data_are_warned_about(rng):
    N = np.geomspace(1e6, 1e9, 12)
    with pytest.warns(FitWarning, match="starts disagree: alpha"):
        fit_chinchilla(N, 20 * N, 1.7 + 400 * N**-0.5 + 30 * N**-0.15, delta=np.inf, n_boot=0, rng=rng)


def test_a_resample_that_does_not_determine_the_law_widens_the_interval(rng):
    few = np.array([0, 1, 2, 6, 12, 13])
    fit = fit_chinchilla(N[few], D[few], L[few] * np.exp(rng.normal(0, 0.004, 6)), n_boot=50, rng=rng)
    assert fit.interval("alpha") == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("keep", "message"),
    [(N[0] == N, "N is 1e.06 at every point"), (D < 5e8, "D takes 2 values"), (slice(0, 3), "D is 1e.08 at")],
    ids=["one size", "two horizons", "one horizon"],
)
def test_designs_that_cannot_determine_the_law_are_refused(keep, message, rng):
    with pytest.raises(FitError, match=message):
        fit_chinchilla(N[keep], D[keep], L[keep], rng=rng)


def test_fewer_points_than_parameters_are_refused_and_as_many_have_no_interval(rng):
    cross = np.array([0, 7, 14, 20, 27])
    with pytest.raises(FitError, match="5 parameters and got 4 different points"):
        fit_chinchilla(N[cross[[0, 1, 2, 3, 3]]], D[cross[[0, 1, 2, 3, 3]]], L[:5], rng=rng)
    fit = fit_chinchilla(N[cross], D[cross], L[cross], delta=np.inf, n_boot=20, rng=rng)
    with pytest.raises(FitError, match="no draws"):
        fit.interval("alpha")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"N": np.where(N[2] == N, np.nan, N)}, r"N\[2\] is nan"),
        ({"D": -D}, r"D\[0\] is -"),
        ({"L": np.where(N[3] == N, -L, L)}, r"L\[3\] is -"),
        ({"L": L[:9]}, "L has 9 values where 36"),
        ({"delta": 0.0}, "delta is 0.0"),
        ({"n_boot": -1}, "n_boot is -1"),
    ],
    ids=["nan N", "negative D", "negative loss", "lengths differ", "delta", "n_boot"],
)
def test_bad_input_is_named(bad, message, rng):
    with pytest.raises(ValueError, match=message):
        fit_chinchilla(**{"N": N, "D": D, "L": L, "rng": rng} | bad)


@pytest.mark.slow
@pytest.mark.parametrize("reach", ["N over 48x, D over 8x", "wide"])
def test_ninety_percent_intervals_cover_about_ninety_percent(reach, rng):
    truth = {"E": 1.5, "A": 8.0, "alpha": 0.25, "B": 60.0, "beta": 0.35}
    axes = (np.geomspace(7e3, 3.4e5, 5), 2.0 ** np.arange(18, 22))
    if reach == "wide":
        axes, truth = (np.geomspace(1e6, 1e9, 5), np.geomspace(1e8, 1e11, 4)), TRUTH
    N, D = grid(*axes, replicates=3)
    hits = []
    for _ in range(60):
        noisy = chinchilla(N, D, **truth) * np.exp(rng.normal(0, 0.004, len(N)))
        fit = fit_chinchilla(N, D, noisy, n_boot=100, rng=rng)
        hits.append([low <= truth[name] <= high for name in truth for low, high in [fit.interval(name)]])
    assert np.all(np.abs(np.mean(hits, axis=0) - 0.9) <= 0.1), np.mean(hits, axis=0)
