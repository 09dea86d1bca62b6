"""Gradients of every loss against finite differences and against formulas written out here."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from tenfold.preference import LOSSES, REFERENCE_FREE, gradient_weights

RNG = np.random.default_rng(0)
LENGTHS = torch.from_numpy(RNG.integers(1, 9, (2, 6)))
POLICY = torch.from_numpy(-RNG.gamma(2.0, 1.0, (2, 6)) * LENGTHS.numpy())
REFERENCE = torch.from_numpy(-RNG.gamma(2.0, 1.0, (2, 6)) * LENGTHS.numpy())
CASES = {
    "dpo": ("dpo", {"beta": 0.3}),
    "dpo, smoothed": ("dpo", {"beta": 0.3, "label_smoothing": 0.2}),
    "ln_dpo": ("ln_dpo", {"beta": 2.0}),
    "ipo": ("ipo", {"beta": 0.4}),
    "ipo, summed": ("ipo", {"beta": 0.4, "per_token": False}),
    "simpo": ("simpo", {"beta": 2.0, "gamma": 0.7}),
    "cpo": ("cpo", {"beta": 0.3}),
    "cpo, batch likelihood": ("cpo", {"beta": 0.3, "nll": "batch", "nll_weight": 0.5}),
    "orpo": ("orpo", {"beta": 0.3}),
    "orpo, summed": ("orpo", {"beta": 0.3, "nll": "sum", "per_token": False}),
    "rdpo": ("rdpo", {"beta": 0.3, "alpha": 0.1}),
    "hinge": ("hinge", {"beta": 0.3}),
    "robust_dpo": ("robust_dpo", {"beta": 0.3, "eps": 0.1}),
}
cases = pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES.keys())


def reference_of(name):
    return None if name in REFERENCE_FREE else REFERENCE


def test_every_loss_is_checked():
    assert {name for name, _ in CASES.values()} == LOSSES.keys()


@cases
def test_gradient_agrees_with_finite_differences(name, arguments):
    policy = POLICY.clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p: LOSSES[name](p, reference_of(name), LENGTHS, **arguments), policy
    )


def closed_form(name, *, beta, **rest):
    """Weight of chosen and rejected, [2, B], from the derivative of each formula."""
    policy, n = POLICY.numpy(), LENGTHS.numpy()
    reference = np.zeros_like(policy) if name in REFERENCE_FREE else REFERENCE.numpy()
    r = policy - reference
    per_token = rest.get("per_token", name in {"ln_dpo", "ipo", "simpo", "orpo"})
    scale = n if per_token else np.ones_like(n)
    margin = (r / scale)[0] - (r / scale)[1]
    sign = np.array([[1.0], [-1.0]])
    if name == "ipo":
        return -2 * (margin - 1 / (2 * beta)) * sign / scale
    if name == "hinge":
        return np.where(beta * margin < 1, beta, 0.0) * sign / scale
    if name == "robust_dpo":
        return beta * (expit(-beta * margin) + rest["eps"] / (1 - 2 * rest["eps"])) * sign
    likelihood = np.zeros_like(policy)
    if name in {"cpo", "orpo"}:
        tokens = {"sum": 1.0, "mean": n[0], "batch": n[0].mean()}[rest.get("nll", "mean")]
        likelihood[0] = rest.get("nll_weight", 1.0) / tokens
    if name == "orpo":
        p = np.exp(r / scale)
        odds = p / (1 - p)
        return beta * odds[1] / (odds[0] + odds[1]) * sign / (scale * (1 - p)) + likelihood
    shift = {"simpo": -rest.get("gamma", 0.0), "rdpo": rest.get("alpha", 0.0) * (n[0] - n[1])}.get(name, 0.0)
    pull = expit(-(beta * margin + shift)) - rest.get("label_smoothing", 0.0)
    return beta * pull * sign / scale + likelihood


@cases
def test_gradient_weight_agrees_with_its_closed_form(name, arguments):
    weights = gradient_weights(LOSSES[name], POLICY, reference_of(name), LENGTHS, **arguments)
    np.testing.assert_allclose(weights.numpy(), closed_form(name, **arguments), rtol=1e-10, atol=1e-14)


def test_gradient_weight_of_dpo_does_not_see_the_length_and_that_of_ln_dpo_is_divided_by_it():
    equal = torch.full((2, 6), -3.0)
    of_dpo = gradient_weights(LOSSES["dpo"], equal, equal, LENGTHS, beta=0.3)
    of_ln_dpo = gradient_weights(LOSSES["ln_dpo"], equal, equal, LENGTHS, beta=0.3)
    torch.testing.assert_close(of_dpo.abs(), torch.full((2, 6), 0.15))
    torch.testing.assert_close(of_ln_dpo, of_dpo / LENGTHS)


def test_a_longer_chosen_completion_pulls_less_under_rdpo():
    equal = torch.full((2, 2), -20.0)
    lengths = torch.tensor([[30, 10], [10, 30]])
    longer, shorter = gradient_weights(LOSSES["rdpo"], equal, equal, lengths, beta=0.1, alpha=0.05)[0]
    assert longer < 0.05 < shorter  # 0.05 is DPO's


def test_gradient_weights_leave_the_input_as_it_was():
    policy = POLICY.clone()
    with torch.no_grad():
        gradient_weights(LOSSES["dpo"], policy, REFERENCE, LENGTHS, beta=0.3)
    assert torch.equal(policy, POLICY)
    assert not policy.requires_grad
