"""Mixture laws: each form comes back from its own data, and the true form wins."""

import numpy as np
import pytest

from tenfold.laws import FitError, fit_chinchilla, fit_mixture_law, rival_mixture_laws

FORMS = ["joint", "effective data", "constant"]
TRUTH = {"E": 1.2, "A": 8.0, "alpha": 0.25, "B": 40.0, "beta": 0.35, "gamma": 0.09}
NOISE = 0.004

N, D, p = (
    np.tile(axis.ravel(), 2)
    for axis in np.meshgrid([7e3, 2e4, 1e5], 2.0 ** np.array([18, 19, 20]), [0.05, 0.1, 0.15, 0.2, 0.5])
)


def loss(form, N, D, p):
    tokens, factor = (p * D if form == "effective data" else D), (p**-0.09 if form == "joint" else 1.0)
    return (1.2 + 8 * N**-0.25 + 40 * tokens**-0.35) * factor


def measured(form, rng):
    return loss(form, N, D, p) * np.exp(NOISE * rng.standard_normal(len(N)))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_comes_back_from_its_own_data(form, rng):
    fit = fit_mixture_law(N, D, p, loss(form, N, D, p), form=form, n_boot=0, rng=rng)
    expected = TRUTH | ({} if form == "joint" else {"gamma": 0.0})
    assert {name: getattr(fit, name) for name in expected} == pytest.approx(expected, rel=1e-4)
    assert (fit.form, fit.status) == (form, "converged")
    assert fit.n_parameters == (6 if form == "joint" else 5)
    assert fit.predict(3.4e5, 2.0**21, 0.3) == pytest.approx(loss(form, 3.4e5, 2.0**21, 0.3), rel=1e-6)


@pytest.mark.parametrize("true_form", ["joint", "effective data"])
@pytest.mark.filterwarnings("ignore:starts disagree")
def test_the_true_form_wins_on_held_out_error_and_on_aic(true_form, rng):
    L, kept = measured(true_form, rng), p != 0.15
    arguments = (N[kept], D[kept], p[kept], L[kept])
    laws = {"joint": fit_mixture_law(*arguments, delta=0.01, n_boot=0, rng=rng)}
    laws |= rival_mixture_laws(*arguments, delta=0.01, n_boot=0, rng=rng)
    assert sorted(laws) == sorted(FORMS)
    N_large, share = 3.4e5, np.array([0.05, 0.15, 0.5])
    far = loss(true_form, N_large, 2.0**21, share)
    error = {
        form: np.abs(law.predict(N_large, 2.0**21, share) / far - 1).mean() for form, law in laws.items()
    }
    held_out = {form: np.std(np.log(law.predict(N, D, p) / L)[~kept]) for form, law in laws.items()}
    assert min(held_out, key=held_out.get) == true_form
    assert min(laws, key=lambda form: laws[form].aic) == true_form
    assert error[true_form] < 0.02


def test_aic_is_that_of_normal_residuals(rng):
    L = measured("joint", rng)
    fit = fit_mixture_law(N, D, p, L, delta=np.inf, n_boot=0, rng=rng)
    residuals = np.log(L / fit.predict(N, D, p))
    variance = np.mean(residuals**2)
    log_likelihood = np.sum(-0.5 * np.log(2 * np.pi * variance) - residuals**2 / (2 * variance))
    assert fit.aic == pytest.approx(2 * 7 - 2 * log_likelihood)


def test_the_joint_law_without_share_effect_is_chinchilla(rng):
    L = measured("constant", rng)
    joint = fit_mixture_law(
        N, D, np.ones(len(N)), L, form="constant", n_boot=20, rng=np.random.default_rng(1)
    )
    alone = fit_chinchilla(N, D, L, n_boot=20, rng=np.random.default_rng(1))
    assert joint.draws == pytest.approx(alone.draws, nan_ok=True)
    assert joint.predict(N, D, 1.0) == pytest.approx(alone.predict(N, D))
    full = fit_mixture_law(N, D, p, L * p**-0.09, delta=np.inf, n_boot=0, rng=rng)
    alone = fit_chinchilla(N, D, L, delta=np.inf, n_boot=0, rng=rng)
    assert full.predict(N, D, 1.0) == pytest.approx(alone.predict(N, D), rel=0.005)


@pytest.mark.parametrize("form", ["joint", "effective data"])
def test_share_one_is_allowed_and_its_interval_holds_the_estimate(form, rng):
    shares = np.where(p == 0.5, 1.0, p)
    L = loss(form, N, D, shares) * np.exp(NOISE * rng.standard_normal(len(N)))
    fit = fit_mixture_law(N, D, shares, L, form=form, n_boot=50, rng=rng)
    low, high = fit.predict_interval(1e5, 2.0**20, np.array([0.1, 1.0]))
    assert low.shape == (2,)
    assert np.all(
        (low < fit.predict(1e5, 2.0**20, [0.1, 1.0])) & (fit.predict(1e5, 2.0**20, [0.1, 1.0]) < high)
    )


def test_forms_without_gamma_give_no_interval_for_it(rng):
    fit = fit_mixture_law(N, D, p, measured("constant", rng), form="constant", delta=0.01, n_boot=5, rng=rng)
    with pytest.raises(ValueError, match="no estimate 'gamma'"):
        fit.interval("gamma")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"N": np.full(90, 7e3)}, "N is 7000 at every point"),
        ({"N": np.minimum(N, 2e4)}, "N takes 2 values"),
        ({"p": np.ones(90)}, "p is 1 at every point"),
        ({"D": np.full(90, 2.0**18)}, "D is 262144 at every point"),
    ],
    ids=["one size", "two sizes", "one share", "one horizon"],
)
def test_designs_that_cannot_determine_the_law_are_refused(bad, message, rng):
    with pytest.raises(FitError, match=message):
        fit_mixture_law(**{"N": N, "D": D, "p": p, "L": loss("joint", N, D, p), "rng": rng} | bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"p": np.where(p == 0.05, 0, p)}, r"p\[0\] is 0: .* share 0 has infinite loss"),
        ({"p": 3 * p}, r"p\[4\] is 1.5: .* in \(0, 1\]"),
        ({"p": np.where(p == 0.1, np.nan, p)}, r"p\[1\] is nan"),
        ({"L": -N}, r"L\[0\] is -"),
        ({"p": p[:9]}, "p has 9 values where 90"),
        ({"form": "additive"}, "form is 'additive': choose from 'joint', 'effective data', 'constant'"),
    ],
    ids=["share 0", "share above 1", "nan share", "negative loss", "lengths differ", "form"],
)
def test_bad_input_is_named(bad, message, rng):
    with pytest.raises(ValueError, match=message):
        fit_mixture_law(**{"N": N, "D": D, "p": p, "L": loss("joint", N, D, p), "rng": rng} | bad)


def test_a_prediction_at_share_zero_is_refused(rng):
    fit = fit_mixture_law(N, D, p, loss("joint", N, D, p), n_boot=0, rng=rng)
    with pytest.raises(ValueError, match=r"p is 0: .* in \(0, 1\]"):
        fit.predict(1e5, 2.0**20, 0)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["joint", "effective data"])
def test_intervals_of_gamma_and_of_predictions_cover_about_ninety_percent(form, rng):
    far = (3.4e5, 2.0**21, 0.2)
    hits = []
    for _ in range(60):
        fit = fit_mixture_law(N, D, p, measured(form, rng), form=form, n_boot=100, rng=rng)
        low, high = fit.predict_interval(*far)
        hits.append([low <= loss(form, *far) <= high])
        name, value = ("gamma", 0.09) if form == "joint" else ("beta", 0.35)
        low, high = fit.interval(name)
        hits[-1].append(low <= value <= high)
    assert np.all(np.abs(np.mean(hits, axis=0) - 0.9) <= 0.1), np.mean(hits, axis=0)
