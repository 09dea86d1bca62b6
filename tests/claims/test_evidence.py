import numpy as np
import pytest

from tenfold.claims import Estimate, NotTestable


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"value": float("nan")}, "value must be a number"),
        ({"value": "0.3"}, "value must be a number"),
        ({"value": True}, "value must be a number"),
        ({"value": float("inf"), "high": float("inf")}, "value must be finite"),
        ({"low": float("nan")}, "low must be a number"),
        ({"low": 0.5, "high": 0.1}, "value 0.3 must lie in its interval"),
        ({"value": 0.9}, "value 0.9 must lie in its interval"),
        ({"level": 90}, "level must lie in"),
        ({"level": 1.0}, "level must lie in"),
        ({"level": 0.05}, "level must lie in"),
        ({"n": 0}, "n must be a whole number"),
        ({"n": 2.5}, "n must be a whole number"),
        ({"n": True}, "n must be a whole number"),
    ],
)
def test_an_impossible_estimate_is_refused_by_field(fields, names):
    with pytest.raises(ValueError, match=names):
        Estimate(**{"value": 0.3, "low": 0.1, "high": 0.5, "level": 0.9} | fields)


def test_numpy_numbers_become_plain_ones():
    estimate = Estimate(np.float32(0.5), np.float64(0.25), np.int64(1), 0.9, n=np.int64(12))
    assert [type(x) for x in (estimate.value, estimate.low, estimate.high, estimate.n)] == [
        float,
        float,
        float,
        int,
    ]
    assert estimate == Estimate(0.5, 0.25, 1.0, 0.9, n=12)


@pytest.mark.parametrize("reason", ["", "  ", None])
def test_not_testable_needs_a_reason(reason):
    with pytest.raises(ValueError, match="reason must be a sentence"):
        NotTestable(reason)
