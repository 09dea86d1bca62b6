"""How the losses turn into one another, for any log-probabilities that a completion can have."""

from decimal import Decimal
from math import log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tenfold.preference import (
    LOSSES,
    REFERENCE_FREE,
    cpo,
    dpo,
    gradient_weights,
    hinge,
    ipo,
    ln_dpo,
    orpo,
    rdpo,
    robust_dpo,
    simpo,
)
from tenfold.preference.orpo import log_odds

ARGUMENTS = {
    "dpo": {"beta": 0.1},
    "ln_dpo": {"beta": 5.0},
    "ipo": {"beta": 0.1},
    "simpo": {"beta": 2.0, "gamma": 1.0},
    "cpo": {"beta": 0.1},
    "orpo": {"beta": 0.1},
    "rdpo": {"beta": 0.1, "alpha": 0.05},
    "hinge": {"beta": 0.1},
    "robust_dpo": {"beta": 0.1, "eps": 0.1},
}
logprob = st.one_of(st.floats(-1e4, 0.0), st.floats(-1e-3, 0.0), st.sampled_from([-1e4, -0.0, 0.0, -1e-30]))


@st.composite
def pairs(draw):
    """policy, reference, lengths of one pair, float64."""
    numbers = [[draw(logprob), draw(logprob)] for _ in range(2)]
    policy, reference = (torch.tensor([[a], [b]], dtype=torch.float64) for a, b in numbers)
    lengths = torch.tensor([[draw(st.integers(1, 4096))], [draw(st.integers(1, 4096))]])
    return policy, reference, lengths


def same(a, b):
    torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


@given(pairs())
@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients_stay_finite_in_single_precision(name, pair):
    policy, reference, lengths = pair
    policy, reference = policy.float(), None if name in REFERENCE_FREE else reference.float()
    loss = LOSSES[name](policy, reference, lengths, **ARGUMENTS[name])
    weights = gradient_weights(LOSSES[name], policy, reference, lengths, **ARGUMENTS[name])
    assert loss.shape == (1,)
    assert loss.isfinite().all()
    assert weights.isfinite().all()


@given(pairs())
@pytest.mark.parametrize("name", LOSSES)
def test_single_precision_agrees_with_double(name, pair):
    policy, reference, lengths = (t.float() if t.is_floating_point() else t for t in pair)
    reference = None if name in REFERENCE_FREE else reference
    single = LOSSES[name](policy, reference, lengths, **ARGUMENTS[name])
    policy, reference = policy.double(), None if reference is None else reference.double()
    double = LOSSES[name](policy, reference, lengths, **ARGUMENTS[name])
    # ORPO tells probabilities above 1 - eps apart only in double precision; a loss of -log(eps) is its limit.
    certain = name == "orpo" and (policy / lengths).max() > -1e-5
    if not certain:
        torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-3 if name == "ipo" else 1e-4)


@given(pairs(), st.floats(1e-3, 10))
def test_probabilities_of_both_orders_sum_to_one(pair, beta):
    policy, reference, lengths = pair
    swapped = dpo(policy.flip(0), reference.flip(0), lengths.flip(0), beta=beta)
    same((-dpo(policy, reference, lengths, beta=beta)).exp() + (-swapped).exp(), torch.ones(1).double())


@given(pairs(), st.floats(0, 0.49))
def test_robust_dpo_averaged_over_flipped_labels_is_dpo_on_the_true_ones(pair, eps):
    policy, reference, lengths = pair
    kept = robust_dpo(policy, reference, lengths, beta=0.1, eps=eps)
    flipped = robust_dpo(policy.flip(0), reference.flip(0), lengths.flip(0), beta=0.1, eps=eps)
    expected = dpo(policy, reference, lengths, beta=0.1)
    torch.testing.assert_close((1 - eps) * kept + eps * flipped, expected, rtol=1e-9, atol=1e-7)


@given(pairs())
def test_special_cases_are_the_plainer_loss(pair):
    policy, reference, lengths = pair
    plain = dpo(policy, reference, lengths, beta=0.1)
    same(robust_dpo(policy, reference, lengths, beta=0.1, eps=0.0), plain)
    same(rdpo(policy, reference, lengths, beta=0.1, alpha=0.0), plain)
    same(cpo(policy, reference, lengths, beta=0.1, nll_weight=0.0), plain)
    same(cpo(policy, None, lengths, beta=0.1, nll_weight=0.0), dpo(policy, None, lengths, beta=0.1))
    same(simpo(policy, None, lengths, beta=2.0, gamma=0.0), ln_dpo(policy, None, lengths, beta=2.0))
    same(simpo(policy, reference, lengths, beta=2.0, gamma=0.0), ln_dpo(policy, reference, lengths, beta=2.0))
    same(
        cpo(policy, None, lengths, beta=2.0, nll_weight=0.0, per_token=True),
        simpo(policy, None, lengths, beta=2.0, gamma=0.0),
    )


@given(pairs(), st.integers(1, 500))
def test_ln_dpo_of_equal_lengths_is_dpo_with_beta_divided_by_the_length(pair, length):
    policy, reference, _ = pair
    lengths = torch.full((2, 1), length)
    same(
        ln_dpo(policy, reference, lengths, beta=0.7),
        dpo(policy, reference, lengths, beta=0.7 / length),
    )
    same(rdpo(policy, reference, lengths, beta=0.7, alpha=3.0), dpo(policy, reference, lengths, beta=0.7))


@given(pairs())
def test_a_uniform_reference_is_no_reference_to_pairs_of_equal_length(pair):
    policy, _, _ = pair
    lengths, uniform = torch.full((2, 1), 7), torch.full((2, 1), 7 * log(1 / 32), dtype=torch.float64)
    same(dpo(policy, uniform, lengths, beta=0.1), dpo(policy, None, lengths, beta=0.1))


@pytest.mark.parametrize("loss", [dpo, ln_dpo])
def test_small_beta_leaves_log_two_and_half_of_beta_as_weight(loss):
    policy, reference = torch.tensor([[-30.0], [-20.0]]).double(), torch.tensor([[-25.0], [-24.0]]).double()
    ones, beta = torch.ones(2, 1), 1e-9
    assert loss(policy, reference, ones, beta=beta).item() == pytest.approx(log(2), abs=1e-7)
    weights = gradient_weights(loss, policy, reference, ones, beta=beta)
    assert (weights / beta).flatten().tolist() == pytest.approx([0.5, -0.5], abs=1e-7)


def test_summed_dpo_tends_to_the_hinge_without_margin_for_large_beta():
    policy, reference = torch.tensor([[-30.0, -20.0], [-20.0, -30.0]]), torch.full((2, 2), -25.0)
    ones, beta = torch.ones(2, 2), 1e3
    scaled = dpo(policy, reference, ones, beta=beta) / beta
    torch.testing.assert_close(scaled, hinge(policy, reference, ones, beta=1.0, margin=1e-30))


def test_ipo_is_the_square_that_touches_the_smallest_hinge_of_its_margin():
    # Both are zero at beta h = 1 and have the value 1 at h = 0 after scaling: beta_hinge = 2 beta_ipo.
    policy, zero = torch.tensor([[-5.0, -4.0], [-5.0, -9.0]]), torch.zeros(2, 2)
    ones = torch.ones(2, 2)
    squared = ipo(policy, zero, ones, beta=0.1) * 0.2**2
    torch.testing.assert_close(squared, hinge(policy, zero, ones, beta=0.2) ** 2)


def test_rare_completions_have_their_probability_as_odds():
    policy, ones = torch.tensor([[-40.0], [-42.0]]).double(), torch.ones(2, 1)
    same(
        orpo(policy, None, ones, beta=1.0, nll_weight=0.0),
        dpo(policy, None, ones, beta=1.0),
    )


@pytest.mark.parametrize("p", [1e-300, 1e-12, 0.1, 0.49999, 0.5, 0.50001, 0.9, 1 - 1e-9], ids=str)
def test_log_odds_keep_their_digits_at_both_ends(p):
    logp = torch.tensor(p, dtype=torch.float64).log()
    exact = Decimal(logp.item()).exp()
    expected = float((exact / (1 - exact)).ln())
    assert log_odds(logp).item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_certain_rejected_completion_is_still_pushed_down():
    policy, ones = torch.tensor([[-1.0], [0.0]]), torch.ones(2, 1)
    assert gradient_weights(orpo, policy, None, ones, beta=0.1)[1].item() < -1e3


@pytest.mark.parametrize("name", LOSSES)
def test_a_pair_has_the_same_value_in_any_batch(name):
    generator = torch.Generator().manual_seed(0)
    policy, reference = -20 * torch.rand(2, 2, 5, generator=generator)
    lengths = torch.randint(1, 9, (2, 5), generator=generator)
    reference = None if name in REFERENCE_FREE else reference
    together = LOSSES[name](policy, reference, lengths, **ARGUMENTS[name])
    for i in range(5):
        one = slice(i, i + 1)
        alone = LOSSES[name](
            policy[:, one],
            None if reference is None else reference[:, one],
            lengths[:, one],
            **ARGUMENTS[name],
        )
        torch.testing.assert_close(alone, together[one])
