"""The rule of thumb, against the paper's factors."""

import numpy as np
import pytest

from tenfold.laws import transfer_lr


@pytest.mark.parametrize(("times", "factor"), [(2, 0.80), (4, 0.64), (8, 0.51), (10, 0.48)])
def test_longer_horizons_get_the_factors_of_the_rule(times, factor):
    assert transfer_lr(1.0, 1e9, times * 1e9) == pytest.approx(factor, abs=0.005)


def test_there_and_back_is_the_same_learning_rate():
    there = transfer_lr(3e-4, 25e9, np.array([50e9, 100e9]), beta=0.7)
    assert transfer_lr(there, np.array([50e9, 100e9]), 25e9, beta=0.7) == pytest.approx([3e-4, 3e-4])


def test_a_zero_exponent_keeps_the_learning_rate():
    assert transfer_lr(3e-4, 1e9, 64e9, beta=0.0) == 3e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0.0, 1, 2), "lr"), ((1.0, -1, 2), "D_from"), ((1.0, 1, np.nan), "D_to")],
)
def test_values_without_a_logarithm_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        transfer_lr(*arguments)


def test_an_exponent_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match="beta is nan"):
        transfer_lr(1.0, 1.0, 2.0, beta=float("nan"))
