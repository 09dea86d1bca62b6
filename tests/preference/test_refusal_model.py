import math
import sys

import numpy as np
import pytest
import statsmodels.api as sm

from tenfold.preference.refusal_cues import read_cues
from tenfold.preference.refusal_data import LabelledAnswer
from tenfold.preference.refusal_model import (
    FEATURES,
    default_model,
    features_of,
    fit_logistic,
    train_refusal_model,
)
from tenfold.preference.refusal_templates import written_answers


def test_logistic_regression_equals_statsmodels_without_a_penalty():
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, (400, 3))
    y = rng.random(400) < 1 / (1 + np.exp(-(x[:, 0] - 0.5 * x[:, 1] - 1)))
    fit = fit_logistic(x, y, ridge=0)
    there = sm.Logit(y.astype(float), sm.add_constant(x)).fit(disp=0)
    ours = [fit.probability(row) for row in x]
    np.testing.assert_allclose(ours, there.predict(sm.add_constant(x)), rtol=1e-6)


def test_the_penalty_holds_at_the_maximum():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(50, 2))
    y = x[:, 0] > 0  # separable: without a penalty the coefficients would grow for ever
    fit = fit_logistic(x, y, ridge=2.0)
    z = (x - x.mean(0)) / x.std(0)
    p = np.array([fit.probability(row) for row in x])
    np.testing.assert_allclose(z.T @ (y - p), 2.0 * fit.coefficients, atol=1e-8)
    assert (y - p).sum() == pytest.approx(0, abs=1e-8)


def test_a_constant_feature_does_no_harm():
    x = np.column_stack([np.arange(10.0), np.ones(10)])
    fit = fit_logistic(x, np.arange(10) > 4)
    assert fit.coefficients[1] == 0
    assert fit.probability(np.array([9.0, 1.0])) > 0.5


def test_features_of_a_worked_answer():
    text = (
        "I'm sorry, but I can't help with that. It is illegal. However, rivers flow to the sea.\n- one\n- two"
    )
    named = dict(zip(FEATURES, features_of(read_cues(text)), strict=True))
    assert named == {
        "declines in the opening": 1,
        "declines later": 0,
        "log sentences that decline": math.log(2),
        "apologises in the opening": 1,
        "share of sentences on law, ethics, harm": 1 / 5,
        "first sentence on law, ethics, harm": 0,
        "share of offers": 0,
        "speaks of itself as a model": 0,
        "opens as an answer": 0,
        "turns (however, …)": 1,
        "log words": math.log(1 + 8 + 3 + 6 + 2),
        "log words of content": math.log(1 + 6 + 2),
        "share of lines in lists": 2 / 5,
    }


def test_training_again_gives_the_same_model():
    first = default_model()
    default_model.cache_clear()
    again = default_model()
    np.testing.assert_array_equal(again.refuses.coefficients, first.refuses.coefficients)
    np.testing.assert_array_equal(again.answers.coefficients, first.answers.coefficients)


def test_declining_speaks_for_a_refusal_and_content_for_a_partial_one():
    model = default_model()
    named = dict(zip(FEATURES, model.refuses.coefficients, strict=True))
    assert named["declines in the opening"] > 0 > named["log words of content"]
    assert dict(zip(FEATURES, model.answers.coefficients, strict=True))["log words of content"] > 0


def test_a_missing_label_is_named():
    answers = [a for a in written_answers() if a.label != "partial"]
    with pytest.raises(ValueError, match="none labelled partial"):
        train_refusal_model(answers)


def test_an_unknown_label_is_named():
    with pytest.raises(ValueError, match="label is 'maybe'; allowed: 'full', 'partial', 'refused', 'none'"):
        LabelledAnswer("", "", "maybe", "", "")


def test_templates_are_filled_and_differ():
    answers = written_answers()
    assert not [a for a in answers if "{" in a.answer]
    assert len({a.group for a in answers}) * 6 == len(answers)
    assert {a.label for a in answers} == {"full", "partial", "none"}


def test_the_package_is_read_and_never_imported():
    assert default_model()
    assert "pyrit" not in sys.modules
