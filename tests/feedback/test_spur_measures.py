import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from tenfold.feedback.spur_measures import auc, auc_within, f1_scores, rank_correlation


@pytest.fixture
def drawn():
    rng = np.random.default_rng(1)
    return rng.random(200) < 0.3, rng.integers(0, 9, 200).astype(float), rng.integers(0, 5, 200)


def test_auc_is_that_of_scikit_learn_with_ties(drawn):
    positive, scores, _ = drawn
    assert auc(positive, scores) == pytest.approx(roc_auc_score(positive, scores))
    assert np.isnan(auc(np.ones(3, bool), np.arange(3.0)))


def test_auc_within_pairs_is_the_share_of_pairs_in_the_right_order():
    groups = np.repeat(np.arange(4), 2)
    positive = np.tile([True, False], 4)
    scores = np.array([2, 1, 5, 5, 1, 9, 3, 0.0])
    assert auc_within(positive, scores, groups) == (1 + 0.5 + 0 + 1) / 4


def test_auc_within_weighs_strata_by_their_pairs_and_skips_those_of_one_kind():
    positive = np.array([True, False, False, True, True])
    scores = np.array([1.0, 2, 0, 5, 5])
    assert auc_within(positive, scores, np.array([0, 0, 0, 1, 1])) == 0.5
    assert np.isnan(auc_within(positive[3:], scores[3:], np.zeros(2)))


def test_rank_correlation_is_spearmans_and_0_for_a_constant(drawn):
    _, scores, target = drawn
    assert rank_correlation(scores, target) == pytest.approx(spearmanr(scores, target).statistic)
    assert rank_correlation(np.zeros(200), target) == 0


def test_what_only_length_explains_has_no_partial_correlation():
    rng = np.random.default_rng(2)
    length = rng.random(4_000)
    scores, target = length + rng.normal(0, 0.2, 4_000), length**3 + rng.normal(0, 0.2, 4_000)
    assert rank_correlation(scores, target) > 0.4
    assert abs(rank_correlation(scores, target, length[:, None])) < 0.05
    assert rank_correlation(length, target, length[:, None]) == 0


def test_partial_correlation_is_the_textbook_formula():
    rng = np.random.default_rng(3)
    x, y, z = rng.normal(size=(3, 300))
    y, x = y + z, x + z
    xy, xz, yz = (spearmanr(a, b).statistic for a, b in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert rank_correlation(x, y, z[:, None]) == pytest.approx(expected)


def test_f1_worked_by_hand():
    truth = np.array([True, True, True, False])
    found = f1_scores(truth, np.array([True, True, False, False]))
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert found["weighted_f1"] == pytest.approx(0.75 * 0.8 + 0.25 * 2 / 3)
    assert f1_scores(truth, np.ones(4, bool))["macro_f1"] == pytest.approx((6 / 7) / 2)
