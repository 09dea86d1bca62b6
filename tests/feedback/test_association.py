import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chi2_contingency
from statsmodels.stats.contingency_tables import StratifiedTable

from tenfold.feedback.association import association, length_strata


def random_tables(seed: int, n: int = 200):
    rng = np.random.default_rng(seed)
    strata = rng.integers(0, 3, n)
    positive = rng.random(n) < 0.3 + 0.2 * strata
    present = rng.random((n, 4)) < np.array([0.1, 0.4, 0.5, 0.8]) + 0.1 * positive[:, None]
    return present, positive, strata


@pytest.mark.parametrize("seed", range(3))
def test_z_is_the_statistic_of_cochran_mantel_and_haenszel(seed):
    present, positive, strata = random_tables(seed)
    z, _ = association(sparse.csr_matrix(present), positive, strata)
    for column, ours in zip(present.T, z, strict=True):
        tables = [
            np.array(
                [[np.sum((strata == s) & (column == c) & (positive == p)) for p in (1, 0)] for c in (1, 0)]
            )
            for s in range(3)
        ]
        assert ours**2 == pytest.approx(StratifiedTable(tables).test_null_odds().statistic)


def test_with_one_stratum_it_is_pearsons_chi_square_but_for_one_observation():
    present, positive, _ = random_tables(5)
    z, log_odds = association(sparse.csr_matrix(present), positive, np.zeros(len(positive), int))
    for column, ours, odds in zip(present.T, z, log_odds, strict=True):
        table = np.array([[np.sum((column == c) & (positive == p)) for p in (1, 0)] for c in (1, 0)])
        expected = chi2_contingency(table, correction=False).statistic * (len(positive) - 1) / len(positive)
        assert ours**2 == pytest.approx(expected)
        (a, b), (c, d) = table + 0.5
        assert odds == pytest.approx(np.log(a * d / (b * c)))
        assert np.sign(ours) == np.sign(table[0, 0] * table[1, 1] - table[0, 1] * table[1, 0])


def test_what_length_explains_is_no_association_within_strata():
    """Long dialogues hold the pattern and are liked; among equals in length it says nothing."""
    lengths = np.repeat([5, 500], 100)
    positive = np.r_[np.arange(100) < 10, np.arange(100) < 90]
    present = np.zeros((200, 1), bool)
    present[[*range(0, 100, 10), *range(100, 200, 10)], 0] = True
    present[np.r_[100:200], 0] |= np.arange(100) % 2 == 0
    pooled, _ = association(sparse.csr_matrix(present), positive, length_strata(lengths, 1))
    within, _ = association(sparse.csr_matrix(present), positive, length_strata(lengths, 2))
    assert pooled[0] > 4
    assert abs(within[0]) < 1


def test_no_patterns_and_one_dialogue_give_no_error():
    z, log_odds = association(sparse.csr_matrix((1, 0)), np.array([True]), np.zeros(1, int))
    assert z.shape == log_odds.shape == (0,)
    z, _ = association(sparse.csr_matrix([[1]]), np.array([True]), np.zeros(1, int))
    assert z.tolist() == [0]


def test_dialogues_of_equal_length_are_in_one_stratum():
    assert set(length_strata(np.array([3, 3, 3, 9]), 4)[:3]) == {0}
