"""Values of every loss worked by hand from one pair."""

from math import exp, log

import pytest
import torch

from tenfold.preference import (
    LOSSES,
    cpo,
    dpo,
    hinge,
    ipo,
    ln_dpo,
    loss_by_name,
    orpo,
    rdpo,
    robust_dpo,
    simpo,
)

# Log-ratios to the reference are 1 and -1, summed; 1/5 and -1/3 a token. Mean log-probs are -2 and -4.
POLICY = torch.tensor([[-10.0], [-12.0]], dtype=torch.float64)
REFERENCE = torch.tensor([[-11.0], [-11.0]], dtype=torch.float64)
LENGTHS = torch.tensor([[5], [3]])
AT_ONE = log(1 + exp(-1))  # -log sigmoid(1)
AT_TWO = log(1 + exp(-2))
AT_MINUS_ONE = AT_ONE + 1


@pytest.mark.parametrize(
    ("loss", "arguments", "expected"),
    [
        (dpo, {"beta": 0.5}, AT_ONE),
        (dpo, {"beta": 0.5, "label_smoothing": 0.1}, 0.9 * AT_ONE + 0.1 * AT_MINUS_ONE),
        (ln_dpo, {"beta": 15 / 8}, AT_ONE),
        (ln_dpo, {"beta": 15 / 8, "label_smoothing": 0.1}, AT_ONE + 0.1),
        (rdpo, {"beta": 0.5, "alpha": 0.5}, AT_TWO),
        (robust_dpo, {"beta": 0.5, "eps": 0.2}, (0.8 * AT_ONE - 0.2 * AT_MINUS_ONE) / 0.6),
        (ipo, {"beta": 0.5}, (8 / 15 - 1) ** 2),
        (ipo, {"beta": 0.5, "per_token": False}, 1.0),
        (hinge, {"beta": 0.25}, 0.5),
        (hinge, {"beta": 0.25, "margin": 2.0}, 1.5),
        (hinge, {"beta": 15 / 16, "per_token": True}, 0.5),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_loss_with_a_reference_has_the_value_worked_by_hand(loss, arguments, expected):
    assert loss(POLICY, REFERENCE, LENGTHS, **arguments).tolist() == pytest.approx([expected], rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "arguments", "expected"),
    [
        (simpo, {"beta": 1.0, "gamma": 1.0}, AT_ONE),
        (simpo, {"beta": 1.0, "gamma": 0.0}, AT_TWO),
        (simpo, {"beta": 1.0, "gamma": 1.0, "label_smoothing": 0.1}, AT_ONE + 0.1),
        (cpo, {"beta": 0.5, "nll": "sum"}, AT_ONE + 10),
        (cpo, {"beta": 0.5, "nll": "mean"}, AT_ONE + 2),
        (cpo, {"beta": 0.5, "nll": "mean", "nll_weight": 0.5}, AT_ONE + 1),
        (cpo, {"beta": 0.5, "per_token": True}, AT_ONE + 2),
        (dpo, {"beta": 0.5}, AT_ONE),
        (hinge, {"beta": 1.0, "margin": 5.0}, 3.0),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_loss_without_a_reference_has_the_value_worked_by_hand(loss, arguments, expected):
    assert loss(POLICY, None, LENGTHS, **arguments).tolist() == pytest.approx([expected], rel=1e-12)


def test_orpo_takes_the_odds_of_the_mean_token_probability():
    # A chosen token has probability 1/2 and odds 1, a rejected one 1/4 and 1/3: sigmoid(log 3) = 3/4.
    policy = torch.tensor([[5 * log(1 / 2)], [3 * log(1 / 4)]], dtype=torch.float64)
    assert orpo(policy, None, LENGTHS, beta=0.5).tolist() == pytest.approx([log(2) + 0.5 * log(4 / 3)])
    assert orpo(policy, None, LENGTHS, beta=0.5, nll="sum", nll_weight=2.0).tolist() == pytest.approx(
        [10 * log(2) + 0.5 * log(4 / 3)]
    )


def test_orpo_of_whole_completions_takes_the_odds_of_their_probabilities():
    policy = torch.tensor([[log(1 / 2)], [log(1 / 4)]], dtype=torch.float64)
    assert orpo(policy, None, LENGTHS, beta=1.0, nll_weight=0.0, per_token=False).tolist() == pytest.approx(
        [log(4 / 3)]
    )


@pytest.mark.parametrize("loss", [cpo, orpo])
def test_likelihood_over_the_batch_is_the_mean_over_all_chosen_tokens(loss):
    policy = torch.tensor([[-10.0, -2.0], [-12.0, -3.0]])
    lengths = torch.tensor([[5, 1], [3, 1]])
    with_term, without = (
        loss(policy, None, lengths, beta=0.5, nll="batch", nll_weight=w).mean() for w in (1.0, 0.0)
    )
    assert (with_term - without).item() == pytest.approx(12 / 6)


def test_ipo_is_zero_at_the_target_margin():
    assert ipo(POLICY, REFERENCE, LENGTHS, beta=15 / 16).item() == pytest.approx(0, abs=1e-30)
    assert ipo(POLICY, REFERENCE, LENGTHS, beta=1 / 4, per_token=False).item() == 0


def test_hinge_is_zero_beyond_its_margin():
    assert hinge(POLICY, REFERENCE, LENGTHS, beta=0.6).item() == 0


def test_losses_are_found_by_name():
    assert loss_by_name("ln_dpo") is ln_dpo
    assert all(loss_by_name(name).__name__ == name for name in LOSSES)


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="loss is 'sigmoid'; allowed: dpo, ln_dpo"):
        loss_by_name("sigmoid")
