import pytest

from tenfold.claims import Estimate
from tenfold.claims.numbers import estimate_text, exact_text, number_text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.48731, 0.41234, 0.56789, "0.49 [0.41, 0.57]"),
        (0.4873, 0.48, 0.495, "0.487 [0.480, 0.495]"),
        (12345.6, 11000, 13000, "12300 [11000, 13000]"),
        (1.09e-5, 1.01e-5, 1.21e-5, "1.09e-05 [1.01e-05, 1.21e-05]"),
        (2.5e9, 2e9, 3e9, "2.5e+09 [2.0e+09, 3.0e+09]"),
        (-0.001, -0.4, 0.3, "0.00 [-0.40, 0.30]"),
        (0.5, 0.4, float("inf"), "0.50 [0.40, inf]"),
        (0.0, 0.0, 0.0, "0.000 [0.000, 0.000]"),
        (0.25, 0.25, 0.25, "0.2500 [0.2500, 0.2500]"),
    ],
)
def test_an_estimate_is_rounded_to_two_digits_of_its_width(value, low, high, text):
    assert estimate_text(Estimate(value, low, high, 0.9)) == text


def test_rounding_never_moves_a_bound_onto_or_past_a_mark():
    just_above_zero = Estimate(0.2, 0.0004, 0.4, 0.9)
    assert estimate_text(just_above_zero) == "0.20 [0.00, 0.40]"
    assert estimate_text(just_above_zero, marks=[0.0]) == "0.2000 [0.0004, 0.4000]"
    touching = Estimate(0.2, 0.125, 0.4, 0.9)
    assert estimate_text(touching, marks=[0.125]) == "0.200 [0.125, 0.400]"


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (3.0, "3"),
        (0.25, "0.25"),
        (1.0903e-4, "0.000109"),
        (1230.4, "1230"),
        (0.123456, "0.1235"),
        (-7.0, "-7"),
    ],
)
def test_a_plain_number_has_four_digits(x, text):
    assert number_text(x) == text


def test_a_plain_number_gets_the_digits_that_tell_it_from_a_mark():
    assert number_text(1.10001, marks=[1.1]) == "1.10001"


def test_a_written_number_keeps_all_its_digits():
    assert [exact_text(x) for x in (0.00155, 0.32, 800e9, 1e-7)] == [
        "0.00155",
        "0.32",
        "800000000000",
        "1e-07",
    ]
