"""Any numbers, infinite ones and nan too: a finite loss per pair with a finite gradient, or a named error."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tenfold.preference import LOSSES, REFERENCE_FREE, kto

EXTRA = {"simpo": ("gamma",), "cpo": ("nll_weight",), "orpo": ("nll_weight",), "rdpo": ("alpha",)}
EXTRA |= {"hinge": ("margin",), "robust_dpo": ("eps",)}
number = st.floats(-1e5, 1.0) | st.sampled_from([0.0, -1e30, math.inf, -math.inf, math.nan])
setting = st.floats(-1, 10) | st.sampled_from([0.0, math.inf, math.nan, 1e-12])
length = st.integers(-1, 4096)


@st.composite
def batches(draw, rows):
    size = draw(st.integers(1, 3))
    table = [[draw(number) for _ in range(size)] for _ in range(2 * rows)]
    lengths = [[draw(length) for _ in range(size)] for _ in range(rows)]
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    policy, reference = (torch.tensor(part, dtype=dtype) for part in (table[:rows], table[rows:]))
    return policy, reference, torch.tensor(lengths)


def usable(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 1e29


def check(attempt, loss, policy, usable_input):
    policy = policy.requires_grad_()
    values = attempt(lambda: loss(policy), ValueError, " is ", "allowed: ")
    if values is None:
        return
    assert usable_input
    values.sum().backward()
    assert values.isfinite().all()
    assert policy.grad.isfinite().all()


@given(batches(2), setting, setting)
@pytest.mark.parametrize("name", LOSSES)
def test_a_pair_loss_is_finite_or_refused(attempt, name, batch, beta, other):
    policy, reference, lengths = batch
    # A bound that a float32 square keeps; what lies beyond is for the test of extremes below.
    policy, reference = (t.clamp(min=-1e5) if not t.isinf().any() else t for t in (policy, reference))
    arguments = dict.fromkeys(EXTRA.get(name, ()), other)
    given_reference = None if name in REFERENCE_FREE else reference
    parts = [*policy.flatten().tolist(), beta, *arguments.values()]
    parts += [] if given_reference is None else reference.flatten().tolist()

    def loss(policy):
        return LOSSES[name](policy, given_reference, lengths, beta=beta, **arguments)

    check(attempt, loss, policy, all(map(usable, parts)) and lengths.min() >= 1)


@given(batches(1), st.lists(st.booleans(), min_size=3, max_size=3), setting, setting)
def test_kto_is_finite_or_refused(attempt, batch, desirable, beta, baseline):
    policy, reference, lengths = (part[0] for part in batch)
    labels = torch.tensor(desirable[: len(policy)])

    def loss(policy):
        return kto(policy, reference, lengths, labels, beta=beta, baseline=baseline)

    parts = [*policy.tolist(), *reference.tolist(), beta, baseline]
    check(attempt, loss, policy, all(map(math.isfinite, parts)) and lengths.min() >= 1)
