"""The corrected interval of repeated folds: by hand, and its coverage where plain folds cover too little."""

import numpy as np
import pytest

from tenfold.claims import t_estimate
from tenfold.feedback.repeated_folds import folds_estimate


def test_the_half_width_worked_by_hand():
    """Values 1, 2, 3: spread 1; two folds: variance times 1/3 + 1; t of 2 degrees at 95 % is 4.3027."""
    found = folds_estimate([1.0, 2.0, 3.0], folds=2, level=0.95)
    assert found.value == 2
    assert found.high - 2 == pytest.approx(4.3027 * np.sqrt(4 / 3), abs=1e-3)
    assert found.n == 3


def test_it_covers_the_truth_where_a_plain_interval_over_folds_does_not():
    """The error of a fitted mean on the fold, over ten repeats of ten folds; the truth is known."""
    rng = np.random.default_rng(0)
    n, folds, repeats = 60, 10, 10
    draws, scores = [], []
    for _ in range(250):
        data = rng.normal(size=n)
        values = []
        for _ in range(repeats):
            for test in np.array_split(rng.permutation(n), folds):
                rest = np.delete(data, test)
                values.append(((data[test] - rest.mean()) ** 2).mean())
        scores.append(np.mean(values))
        draws.append(values)
    truth = 1 + 1 / (n * (1 - 1 / folds))
    assert np.mean(scores) == pytest.approx(truth, abs=0.04)

    def coverage(of):
        found = [of(values) for values in draws]
        return np.mean([e.low <= truth <= e.high for e in found])

    corrected = coverage(lambda values: folds_estimate(values, folds=folds, level=0.9))
    plain = coverage(lambda values: t_estimate(values, level=0.9))
    assert plain < 0.6
    assert corrected > 0.82


@pytest.mark.parametrize(
    ("values", "folds"),
    [([1.0], 10), ([1.0, float("nan")], 10), ([1.0, 2.0], 1)],
    ids=["one", "nan", "folds"],
)
def test_what_gives_no_interval_is_refused(values, folds):
    with pytest.raises(ValueError, match="two folds or more"):
        folds_estimate(values, folds=folds, level=0.9)
