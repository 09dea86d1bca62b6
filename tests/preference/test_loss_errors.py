"""Input that no loss can be taken of is refused by name and value."""

import pytest
import torch

from tenfold.preference import LOSSES, REFERENCE_FREE, cpo, dpo, hinge, ipo, orpo, rdpo, robust_dpo, simpo

POLICY = torch.tensor([[-3.0, -4.0], [-5.0, -6.0]])
REFERENCE = torch.tensor([[-4.0, -4.0], [-4.0, -4.0]])
LENGTHS = torch.tensor([[2, 3], [4, 5]])
ARGUMENTS = {"simpo": {"gamma": 1.0}, "rdpo": {"alpha": 0.1}, "robust_dpo": {"eps": 0.1}}
every_loss = pytest.mark.parametrize("name", LOSSES)


def take(name, *, policy=POLICY, reference=REFERENCE, lengths=LENGTHS, beta=0.5):
    reference = None if name in REFERENCE_FREE else reference
    return LOSSES[name](policy, reference, lengths, beta=beta, **ARGUMENTS.get(name, {}))


def changed(tensor, value):
    tensor = tensor.clone()
    tensor[1, 0] = value
    return tensor


@every_loss
@pytest.mark.parametrize("beta", [0.0, -0.1, float("nan"), float("inf")], ids=str)
def test_beta_must_be_positive(name, beta):
    with pytest.raises(ValueError, match=f"beta is {beta}; allowed: a finite number above 0"):
        take(name, beta=beta)


@every_loss
@pytest.mark.parametrize("value", [0.5, float("nan"), float("-inf"), float("inf")], ids=str)
def test_policy_must_be_finite_and_at_most_zero(name, value):
    with pytest.raises(ValueError, match=rf"policy is {value:g} at \[1, 0\]; allowed: finite, at most 0"):
        take(name, policy=changed(POLICY, value))


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - REFERENCE_FREE))
@pytest.mark.parametrize("value", [0.5, float("nan"), float("-inf")], ids=str)
def test_reference_must_be_finite_and_at_most_zero(name, value):
    with pytest.raises(ValueError, match=rf"reference is {value:g} at \[1, 0\]"):
        take(name, reference=changed(REFERENCE, value))


@every_loss
def test_empty_completions_are_refused(name):
    with pytest.raises(ValueError, match=r"lengths is 0 at \[1, 0\]; allowed: at least 1"):
        take(name, lengths=changed(LENGTHS, 0))


@every_loss
@pytest.mark.parametrize(
    ("shape", "shown"), [((3, 2), r"\[3, 2\]"), ((2,), r"\[2\]"), ((2, 0), r"\[2, 0\]")], ids=str
)
def test_policy_must_be_two_rows_of_pairs(name, shape, shown):
    with pytest.raises(ValueError, match=rf"policy has shape {shown}; allowed: \[2, B\]"):
        take(name, policy=-torch.ones(shape))


@every_loss
def test_lengths_must_have_the_shape_of_the_log_probabilities(name):
    with pytest.raises(ValueError, match=r"policy has shape \[2, 2\], lengths \[2, 1\]"):
        take(name, lengths=LENGTHS[:, :1])


def test_reference_must_have_the_shape_of_the_policy():
    with pytest.raises(ValueError, match=r"reference has shape \[2, 1\]"):
        dpo(POLICY, REFERENCE[:, :1], LENGTHS, beta=0.5)


@every_loss
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int64], ids=str)
def test_half_precision_is_refused_with_the_remedy(name, dtype):
    with pytest.raises(ValueError, match=rf"policy is {dtype}; allowed: torch.float32, .* sum log-probs in"):
        take(name, policy=POLICY.to(dtype))


@every_loss
def test_rounding_above_zero_is_no_error(name):
    assert take(name, policy=changed(POLICY, 3e-5)).isfinite().all()


@pytest.mark.parametrize(
    ("loss", "arguments", "shown"),
    [
        (dpo, {"label_smoothing": 0.5}, "label_smoothing is 0.5; allowed: 0 <= label_smoothing < 0.5"),
        (dpo, {"label_smoothing": -0.1}, "label_smoothing is -0.1"),
        (robust_dpo, {"eps": 0.5}, "eps is 0.5"),
        (rdpo, {"alpha": -0.1}, "alpha is -0.1; allowed: a finite number of at least 0"),
        (hinge, {"margin": 0.0}, "margin is 0.0; allowed: a finite number above 0"),
        (simpo, {"gamma": float("nan")}, "gamma is nan"),
        (cpo, {"nll_weight": -1.0}, "nll_weight is -1.0"),
        (cpo, {"nll": "token"}, "nll is 'token'; allowed: 'sum', 'mean', 'batch'"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_argument_out_of_range_is_named(loss, arguments, shown):
    with pytest.raises(ValueError, match=shown):
        loss(POLICY, REFERENCE, LENGTHS, beta=0.5, **arguments)


def test_orpo_has_no_reference():
    with pytest.raises(ValueError, match="reference is given; allowed: None"):
        orpo(POLICY, REFERENCE, LENGTHS, beta=0.5)


def test_beta_has_no_default():
    with pytest.raises(TypeError, match="beta"):
        ipo(POLICY, REFERENCE, LENGTHS)
