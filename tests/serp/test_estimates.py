import numpy as np
import pytest

from tenfold.serp.estimates import query_estimate

RNG = np.random.default_rng


def test_the_interval_covers_the_mean_as_often_as_it_says():
    rng, covered = RNG(0), 0
    for _ in range(400):
        values = rng.exponential(size=60)
        found = query_estimate(values, ["a"] * 60, level=0.9, rng=rng, draws=400)
        covered += found.low <= 1 <= found.high
    assert 0.83 <= covered / 400 <= 0.94


def test_classes_are_drawn_within_themselves():
    values, classes = np.array([0.0] * 30 + [1.0] * 30), ["a"] * 30 + ["b"] * 30
    found = query_estimate(values, classes, level=0.95, rng=RNG(0))
    assert (found.value, found.low, found.high, found.n) == (0.5, 0.5, 0.5, 60)
    mixed = query_estimate(values, ["a"] * 60, level=0.95, rng=RNG(0))
    assert mixed.high - mixed.low == pytest.approx(4 * 0.5 / 60**0.5, rel=0.15)


def test_a_ratio_is_one_of_means():
    top, bottom = np.array([1.0, 3.0, 2.0]), np.array([2.0, 2.0, 8.0])
    found = query_estimate(
        np.column_stack([top, bottom]), "aaa", level=0.9, rng=RNG(0), of=lambda m: m[..., 0] / m[..., 1]
    )
    assert found.value == pytest.approx(6 / 12)
    assert found.low < 0.5 < found.high


@pytest.mark.parametrize(
    ("values", "classes"), [([1.0, np.nan], "ab"), ([1.0, 2.0], "a"), ([1.0], "a")], ids=["nan", "few", "one"]
)
def test_values_that_give_no_interval_are_refused(values, classes):
    with pytest.raises(ValueError, match="give finite values of at least two queries"):
        query_estimate(np.array(values), classes, level=0.9, rng=RNG(0))
