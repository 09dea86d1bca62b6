"""KTO, whose completions come one by one."""

from math import e

import pytest
import torch

from tenfold.preference import kto, kto_baseline

POLICY = torch.tensor([-10.0, -10.0, -12.0], dtype=torch.float64)
REFERENCE = torch.tensor([-11.0, -11.0, -11.0], dtype=torch.float64)
LENGTHS = torch.tensor([2, 2, 4])
DESIRABLE = torch.tensor([True, False, True])


def test_values_worked_by_hand():
    # u = 2 (r - 0.5) = 1, 1, -3
    loss = kto(POLICY, REFERENCE, LENGTHS, DESIRABLE, beta=2.0, baseline=0.5)
    assert loss.tolist() == pytest.approx([1 / (1 + e), e / (1 + e), 1 / (1 + e**-3)])


def test_each_side_has_its_weight():
    arguments = {"beta": 2.0, "baseline": 0.5}
    plain = kto(POLICY, REFERENCE, LENGTHS, DESIRABLE, **arguments)
    weighted = kto(
        POLICY, REFERENCE, LENGTHS, DESIRABLE, desirable_weight=2.0, undesirable_weight=3.0, **arguments
    )
    torch.testing.assert_close(weighted, plain * torch.tensor([2.0, 3.0, 2.0]))


def test_mean_over_tokens_divides_the_log_ratio():
    # r / |y| = 1/2, 1/2, -1/4
    loss = kto(POLICY, REFERENCE, LENGTHS, DESIRABLE, beta=2.0, baseline=0.0, per_token=True)
    assert loss[0].item() == pytest.approx(1 / (1 + e))
    assert loss[2].item() == pytest.approx(1 / (1 + e**-0.5))


def test_both_labels_of_one_completion_sum_to_one():
    both = [
        kto(POLICY, REFERENCE, LENGTHS, label.expand(3), beta=0.7, baseline=0.2)
        for label in torch.tensor([True, False])
    ]
    torch.testing.assert_close(both[0] + both[1], torch.ones(3, dtype=torch.float64))


def test_gradient_agrees_with_finite_differences_and_its_closed_form():
    policy = POLICY.clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p: kto(p, REFERENCE, LENGTHS, DESIRABLE, beta=0.7, baseline=0.2), policy
    )
    (gradient,) = torch.autograd.grad(
        kto(policy, REFERENCE, LENGTHS, DESIRABLE, beta=0.7, baseline=0.2).sum(), policy
    )
    s = torch.sigmoid(0.7 * (POLICY - REFERENCE - 0.2))
    torch.testing.assert_close(gradient, 0.7 * s * (1 - s) * torch.tensor([-1.0, 1.0, -1.0]))


def test_values_and_gradients_stay_finite_at_the_extremes():
    policy = torch.tensor([-1e4, 0.0, -1e4, 0.0], requires_grad=True)
    desirable = torch.tensor([True, True, False, False])
    loss = kto(policy, policy.detach().flip(0), torch.ones(4), desirable, beta=10.0, baseline=0.0)
    assert loss.tolist() == [1.0, 0.0, 0.0, 1.0]
    assert torch.autograd.grad(loss.sum(), policy)[0].isfinite().all()


def test_baseline_is_the_mean_log_ratio_without_gradient():
    policy = torch.tensor([-1.0, -2.0], requires_grad=True)
    baseline = kto_baseline(policy, torch.tensor([-2.0, -4.0]))
    assert baseline.item() == 1.5
    assert not baseline.requires_grad


def test_baseline_is_never_negative():
    assert kto_baseline(torch.tensor([-5.0]), torch.tensor([-1.0])).item() == 0


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"beta": 0.0}, "beta is 0.0"),
        ({"baseline": -0.1}, "baseline is -0.1"),
        ({"desirable_weight": 0.0}, "desirable_weight is 0.0"),
        ({"undesirable_weight": -1.0}, "undesirable_weight is -1.0"),
        ({"desirable": torch.ones(3)}, "torch.float32"),
        ({"desirable": DESIRABLE[:2]}, r"desirable \[2\]"),
        ({"lengths": torch.tensor([2, 0, 1])}, r"lengths is 0 at \[1\]"),
        ({"policy": -POLICY}, r"policy is 10 at \[0\]"),
        ({"reference": REFERENCE * torch.nan}, "reference is nan"),
        ({"reference": REFERENCE[:2]}, r"reference has shape \[2\]"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_wrong_input_is_named(change, shown):
    given = {
        "policy": POLICY,
        "reference": REFERENCE,
        "lengths": LENGTHS,
        "desirable": DESIRABLE,
        "beta": 0.5,
        "baseline": 0.0,
    }
    with pytest.raises(ValueError, match=shown):
        kto(**given | change)


@pytest.mark.parametrize(
    ("policy", "shown"),
    [(torch.zeros(0), "not empty"), (torch.zeros(2), "must be equal"), (torch.tensor([torch.nan]), "nan")],
    ids=["none", "unequal", "not finite"],
)
def test_baseline_of_wrong_input_is_refused(policy, shown):
    with pytest.raises(ValueError, match=shown):
        kto_baseline(policy, torch.zeros(min(1, len(policy))))
