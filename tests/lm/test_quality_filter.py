"""The filter: its features counted by hand, its grades, and that it learns what it is shown."""

import csv

import numpy as np
import pytest

from tenfold.corpora.text import ChangedCorpus
from tenfold.lm import quality_filter
from tenfold.lm.quality_filter import FEATURES, LABELS, features, graded_passages, new_filter
from tenfold.paths import project_root


def test_features_are_what_their_names_say():
    text = "The mean, because I\nSAY so (1)."
    found = dict(zip(FEATURES, features(text), strict=True))
    words = ["the", "mean", "because", "i", "say", "so"]
    assert found["letters"] == pytest.approx(sum(map(len, words)) / len(text))
    assert found["capitals"] == pytest.approx(5 / len(text))
    assert found["digits"] == pytest.approx(1 / len(text))
    assert found["code signs"] == pytest.approx(2 / len(text))
    assert found["line ends"] == pytest.approx(1 / len(text))
    assert found["word length"] == pytest.approx(20 / 6)
    assert found["function words"] == pytest.approx(3 / 6)  # the, i, so
    assert found["words of reasoning"] == pytest.approx(1 / 6)
    assert found["persons"] == pytest.approx(1 / 6)
    assert found["sentence ends"] == pytest.approx(1 / 6)
    assert found["distinct words"] == 1
    assert found["words (log)"] == pytest.approx(np.log(6))
    assert found["words of licences"] == 0
    assert found["line length"] == pytest.approx((19 + 11) / 2)


def test_text_without_words_has_features():
    assert np.isfinite(features("...")).all()


def test_the_filter_learns_a_grade_that_a_feature_shows():
    rng = np.random.default_rng(0)
    shown = rng.normal(size=(200, len(FEATURES)))
    fitted = new_filter().fit(shown, shown[:, 3])
    assert np.corrcoef(fitted.predict(shown), shown[:, 3])[0, 1] > 0.99


def test_the_committed_grades_are_hashes_and_grades_alone():
    with open(project_root() / LABELS, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["sha256"] for row in rows}) == len(rows) == 110
    assert {row["grade"] for row in rows} == {"0", "1", "2", "3"}
    assert all(set(row) == {"source", "package", "sha256", "grade"} for row in rows)
    assert all(len(row["sha256"]) == 64 for row in rows)


def test_grades_without_their_passages_are_refused(monkeypatch):
    monkeypatch.setattr(quality_filter, "load_passages", lambda source: ())
    with pytest.raises(ChangedCorpus, match="make setup"):
        graded_passages.__wrapped__()
