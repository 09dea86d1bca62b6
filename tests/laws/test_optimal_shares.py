"""Optimal shares, against scipy's constrained optimiser, closed forms and the paper's table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from tenfold.laws import mixture_loss, optimal_shares

LOSSES_AT_A_FIFTH = np.array([1.142, 1.180, 1.273, 1.142, 1.134])  # Table 6, normalised, uniform shares


def total(p, gamma, c, weights) -> float:
    return float(sum(w * k * share**-g for w, k, g, share in zip(weights, c, gamma, p, strict=True)))


@pytest.mark.parametrize("families", [2, 5, 12])
def test_constrained_optimiser_finds_the_same_shares(families, rng):
    gamma, c = rng.uniform(0.02, 1.5, families), rng.uniform(0.5, 5, families)
    weights = rng.uniform(0.1, 3, families)
    found = minimize(
        lambda z: total(np.exp(z), gamma, c, weights),
        np.full(families, -np.log(families)),
        method="SLSQP",
        constraints={"type": "eq", "fun": lambda z: np.exp(z).sum() - 1},
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert found.success
    own = optimal_shares(gamma, c, weights)
    assert own == pytest.approx(np.exp(found.x), abs=1e-5)
    assert mixture_loss(own, gamma, c, weights) <= found.fun * (1 + 1e-12)


def test_with_a_common_exponent_shares_go_with_a_power_of_weight_times_scale():
    c, weights = np.array([1.0, 2.0, 5.0]), np.array([3.0, 1.0, 0.5])
    expected = (weights * c) ** (1 / 1.3)
    assert optimal_shares([0.3] * 3, c, weights) == pytest.approx(expected / expected.sum(), rel=1e-12)


def test_two_families_worked_by_hand():
    # Stationary where p^-2 = 8 (1 - p)^-3, which is -p^3 - 5 p^2 - 3 p + 1 = 0.
    [root] = [r.real for r in np.roots([-1, -5, -3, 1]) if abs(r.imag) < 1e-12 and 0 < r.real < 1]
    assert optimal_shares([1.0, 2.0], [1.0, 4.0]) == pytest.approx([root, 1 - root], rel=1e-10)


def test_the_uniform_row_of_the_papers_table_implies_these_shares_and_totals():
    gamma = np.log(LOSSES_AT_A_FIFTH) / np.log(5)
    shares = optimal_shares(gamma, np.ones(5))
    assert shares == pytest.approx([0.165, 0.208, 0.308, 0.165, 0.155], abs=0.0006)
    assert mixture_loss(shares, gamma, np.ones(5)) == pytest.approx(5.846, abs=0.001)
    assert mixture_loss(np.full(5, 0.2), gamma, np.ones(5)) == pytest.approx(LOSSES_AT_A_FIFTH.sum())


def test_every_family_gains_the_same_from_a_little_more_share(rng):
    gamma, c, weights = rng.uniform(0.05, 0.5, 6), rng.uniform(1, 3, 6), rng.uniform(0.2, 2, 6)
    shares = optimal_shares(gamma, c, weights)
    step = 1e-6
    gain = [
        (total(shares + step * unit, gamma, c, weights) - total(shares - step * unit, gamma, c, weights))
        for unit in np.eye(6)
    ]
    assert np.array(gain) / (2 * step) == pytest.approx(np.full(6, gain[0] / (2 * step)), rel=1e-6)


@given(data=st.data(), families=st.integers(1, 8))
def test_no_other_shares_are_better_and_order_does_not_matter(data, families):
    def vector(low, high):
        return np.array(data.draw(st.lists(st.floats(low, high), min_size=families, max_size=families)))

    gamma, c, weights = vector(1e-3, 10), vector(1e-2, 1e2), vector(1e-2, 1e2)
    rivals = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).dirichlet(np.ones(families), 50)
    rivals = np.vstack([np.full(families, 1 / families), rivals[(rivals > 1e-6).all(1)]])
    shares = optimal_shares(gamma, c, weights)
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    best = mixture_loss(shares, gamma, c, weights)
    assert np.all(best <= mixture_loss(rivals, gamma, c, weights) * (1 + 1e-12))
    order = np.array(data.draw(st.permutations(range(families))))
    assert optimal_shares(gamma[order], c[order], weights[order]) == pytest.approx(shares[order], rel=1e-9)


def test_draws_on_a_leading_axis_are_solved_one_by_one(rng):
    gamma, c = rng.uniform(0.05, 0.5, (7, 4)), rng.uniform(1, 3, 4)
    together = optimal_shares(gamma, c)
    assert together == pytest.approx(np.array([optimal_shares(row, c) for row in gamma]), rel=1e-12)
    assert mixture_loss(together[0], gamma, c) == pytest.approx(
        [total(together[0], row, c, np.ones(4)) for row in gamma]
    )


def test_one_family_gets_everything():
    assert optimal_shares([0.1], [3.0]) == pytest.approx([1.0])


def test_a_family_without_weight_gets_nothing_and_the_rest_is_shared_as_if_it_were_not_there():
    shares = optimal_shares([0.1, 0.4, 0.2], [1.0, 1.0, 2.0], [1.0, 0.0, 2.0])
    assert shares[1] == 0
    assert shares[[0, 2]] == pytest.approx(optimal_shares([0.1, 0.2], [1.0, 2.0], [1.0, 2.0]))
    assert mixture_loss(shares, [0.1, 0.4, 0.2], [1.0, 1.0, 2.0], [1.0, 0.0, 2.0]) == pytest.approx(
        shares[0] ** -0.1 + 4 * shares[2] ** -0.2
    )


def test_optimum_of_exponents_and_scales_far_apart_still_sums_to_one():
    shares = optimal_shares([1e-6, 50.0], [1e-8, 1e8])
    assert shares.sum() == pytest.approx(1)
    assert np.all(shares > 0)


@pytest.mark.parametrize(
    ("gamma", "c", "weights", "message"),
    [
        ([0.1, 0.0], [1, 1], None, r"gamma\[1\] is 0.0: no gain from share.*allowed: above 0"),
        ([[0.1, 0.2], [-0.1, 0.2]], [1, 1], None, r"gamma\[1, 0\] is -0.1: no gain from share"),
        ([0.1, np.nan], [1, 1], None, r"gamma\[1\] is nan: allowed: finite"),
        ([0.1, 0.2], [1, 0], None, r"c\[1\] is 0.0.*allowed: above 0"),
        ([0.1, 0.2], [1, np.inf], None, r"c\[1\] is inf"),
        ([0.1, 0.2], [1, 1], [1, -1], r"weights\[1\] is -1.0: allowed: 0 or more"),
        ([0.1, 0.2], [1, 1], [0, 0], "weights are all 0"),
        ([0.1, 0.2], [1, 1, 1], None, "c has 3 families on its last axis and gamma has 2"),
        ([0.1, 0.2], [1, 1], [1], "weights has 1 families"),
        (0.1, [1.0], None, r"gamma has shape \(\)"),
        ([], [], None, r"gamma has shape \(0,\)"),
        (np.full((2, 3), 0.1), np.ones((4, 3)), None, "do not broadcast: gamma"),
    ],
    ids=[
        "zero exponent",
        "negative exponent in a draw",
        "nan",
        "zero scale",
        "infinite scale",
        "negative weight",
        "no weight",
        "a scale too many",
        "a weight missing",
        "a scalar",
        "nothing",
        "draws differ",
    ],
)
def test_laws_without_an_optimum_are_named(gamma, c, weights, message):
    with pytest.raises(ValueError, match=message):
        optimal_shares(gamma, c, weights)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.5, 0.4], "shares sum to 0.9"),
        ([[0.5, 0.5], [0.7, 0.4]], "shares sum to 1.1"),
        ([1.0, 0.0], r"shares\[1\] is 0.0: a power law has no value there"),
        ([1.5, -0.5], r"shares\[0\] is 1.5: allowed: 0 to 1"),
    ],
)
def test_shares_that_are_none_are_named(shares, message):
    with pytest.raises(ValueError, match=message):
        mixture_loss(shares, [0.1, 0.2], [1.0, 1.0])
