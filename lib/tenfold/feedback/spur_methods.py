"""The methods that chapter 08 compares: each learns from some dialogues of a corpus and scores others."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from tenfold.feedback.learning import learn_rubric, score_many
from tenfold.feedback.rubric import Rubric
from tenfold.feedback.spur_corpus import LONGEST, Corpus
from tenfold.feedback.statistical import StatisticalExtractor

Method = Literal["majority", "length", "persons", "tfidf", "minilm", "rubric", "items", "rubric+minilm"]
METHODS: tuple[Method, ...] = get_args(Method)
PENALTIES = np.logspace(-2, 5, 15)
SHRINKAGE = 2.0
"""Dialogues at the overall mean that a person's own mean is averaged with."""


@dataclass(frozen=True)
class Learning:
    """How a rubric is learnt, as in `learn_rubric`."""

    n_items: int = 10
    n_reasons: int = 3
    batch: int = 100
    carry_over: bool = True


@dataclass(frozen=True)
class Scored:
    """scores: of the test dialogues.  threshold: a dialogue that scores above it counts as satisfied."""

    scores: np.ndarray
    threshold: float


def score_by(
    method: str,
    corpus: Corpus,
    target: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    *,
    learning: Learning,
    seed: int,
) -> Scored:
    """Learn from the dialogues `train` and score the dialogues `test`.

    target: float [N], values of the test are not looked at.  A target of two values, 1 and -1, is learnt by
    logistic regression, any other by ridge regression. A rubric is learnt with the dialogues above the mean
    of the training target as satisfied, and its total is the paper's, whose threshold is 0.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(METHODS)}")
    y = target[train]
    if method == "majority":
        more = float((y > y.mean()).mean() >= 0.5)
        return Scored(np.full(len(test), more), 0.5)
    if method == "persons":
        return Scored(_by_person(corpus, y, train, test), float(y.mean()))
    if method == "rubric":
        return Scored(_totals(corpus, y, train, test, learning, seed), 0.0)
    if method == "tfidf":
        X, X_test = _tfidf(corpus.counts, train, test)
    else:
        features = _features(method, corpus, y, train, test, learning, seed)
        scaler = StandardScaler().fit(features[: len(train)])
        X, X_test = np.split(scaler.transform(features), [len(train)])
    return _linear(X, X_test, y, corpus.groups[train])


@lru_cache(maxsize=64)
def _rubric(corpus: Corpus, labels: bytes, train: bytes, learning: Learning, seed: int) -> Rubric:
    said, rows = np.frombuffer(labels, dtype=np.int64), np.frombuffer(train, dtype=np.int64)
    if len(set(said.tolist())) < 2:
        return Rubric(items=())
    return learn_rubric(
        [corpus.dialogues[row] for row in rows],
        said,
        extractor(corpus),
        n_items=learning.n_items,
        n_reasons=learning.n_reasons,
        batch=learning.batch,
        carry_over=learning.carry_over,
        rng=np.random.default_rng([seed, 8]),
    )


def extractor(corpus: Corpus) -> StatisticalExtractor:
    """The statistical extractor with its defaults, on what was read of the corpus already."""
    return StatisticalExtractor(longest=LONGEST, index=corpus.index)


def rubric_of(corpus: Corpus, y: np.ndarray, train: np.ndarray, *, learning: Learning, seed: int) -> Rubric:
    """The rubric of the training dialogues; one without items where all have the same target.

    y: [len(train)], of which values above the mean count as satisfied.
    """
    labels = np.where(y > y.mean(), 1, -1).astype(np.int64)
    return _rubric(corpus, labels.tobytes(), train.astype(np.int64).tobytes(), learning, seed)


def _item_scores(
    corpus: Corpus, y: np.ndarray, train: np.ndarray, rows: np.ndarray, learning: Learning, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the items, [len(rows), items], and totals."""
    rubric = rubric_of(corpus, y, train, learning=learning, seed=seed)
    scores = score_many([corpus.dialogues[row] for row in rows], rubric, extractor(corpus), progress=False)
    features = np.array([score.features for score in scores], dtype=float).reshape(len(rows), -1)
    return features, np.array([float(score.total) for score in scores])


def _totals(corpus, y, train, test, learning, seed) -> np.ndarray:
    return _item_scores(corpus, y, train, test, learning, seed)[1]


def _features(method, corpus, y, train, test, learning, seed) -> np.ndarray:
    """[train and test, features]."""
    rows = np.concatenate([train, test])
    if method == "length":
        return corpus.lengths[rows]
    parts = []
    if method.endswith("minilm"):
        parts.append(corpus.embeddings[rows])
    if method.startswith(("rubric", "items")):
        parts.append(_item_scores(corpus, y, train, rows, learning, seed)[0])
    return np.hstack(parts)


def _tfidf(
    counts: sparse.csr_matrix, train: np.ndarray, test: np.ndarray
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Words and pairs of words of at least two training dialogues (of one, where there are fewer than 30)."""
    least = 2 if len(train) >= 30 else 1
    kept = np.flatnonzero(np.bincount(counts[train].indices, minlength=counts.shape[1]) >= least)
    weights = TfidfTransformer(sublinear_tf=True).fit(counts[train][:, kept])
    return weights.transform(counts[train][:, kept]), weights.transform(counts[test][:, kept])


def _linear(X, X_test, y: np.ndarray, groups: np.ndarray) -> Scored:
    """Penalised regression; the penalty is chosen on the training dialogues.

    Two values: logistic, by the log loss of five folds that keep groups together. More: ridge, by generalised
    cross-validation.
    """
    if len(set(y.tolist())) < 2 or X.shape[1] == 0:
        return Scored(np.zeros(len(X_test) if not sparse.issparse(X_test) else X_test.shape[0]), 0.0)
    X, X_test = _rotated(X, X_test)
    if set(y.tolist()) == {-1.0, 1.0}:
        folds = GroupKFold(min(5, len(set(groups.tolist())))).split(X, y, groups)
        model = LogisticRegressionCV(
            Cs=np.logspace(-4, 3, 8),
            cv=list(folds),
            scoring="neg_log_loss",
            max_iter=1_000,
            l1_ratios=(0.0,),
            use_legacy_attributes=False,
        ).fit(X, y)
        return Scored(model.decision_function(X_test), 0.0)
    model = RidgeCV(PENALTIES).fit(X, y)
    return Scored(model.predict(X_test), float(y.mean()))


def _rotated(X, X_test) -> tuple[np.ndarray, np.ndarray]:
    """Fewer columns than rows, with the same inner products: a penalised linear model does not notice."""
    if X.shape[1] <= X.shape[0]:
        dense = [part.toarray() if sparse.issparse(part) else part for part in (X, X_test)]
        return dense[0], dense[1]
    gram, cross = X @ X.T, X_test @ X.T
    gram, cross = (part.toarray() if sparse.issparse(part) else part for part in (gram, cross))
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-9 * values[-1]
    scale = np.sqrt(values[kept])
    return vectors[:, kept] * scale, cross @ vectors[:, kept] / scale


def _by_person(corpus: Corpus, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The overall mean and what each of the dialogue's people deviated from it in training, shrunk."""
    mean = y.mean()
    told: dict[str, list[float]] = {}
    for row, value in zip(train, y, strict=True):
        for person in corpus.people[row]:
            told.setdefault(person, []).append(value - mean)
    own = {person: sum(values) / (len(values) + SHRINKAGE) for person, values in told.items()}
    return np.array([mean + sum(own.get(person, 0.0) for person in corpus.people[row]) for row in test])
