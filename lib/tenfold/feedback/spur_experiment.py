"""Chapter 08's runs: one method on one split of a corpus, and what its scores are worth on the test."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from tenfold.feedback.association import association, length_strata
from tenfold.feedback.patterns import REPETITION
from tenfold.feedback.rubric import Pattern
from tenfold.feedback.spur_corpus import Corpus, corpus
from tenfold.feedback.spur_measures import auc, auc_within, f1_scores, rank_correlation
from tenfold.feedback.spur_methods import Learning, Scored, rubric_of, score_by

Kind = Literal["predict", "items", "distil"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STRATA = 4
ALPHA = 0.05
PERMUTED = "permuted "
FEW = 10
"""Test dialogues with unseen people below which their correlation is not told."""


@dataclass(frozen=True)
class SpurConfig:
    """A run.

    corpus, data: name and fingerprint of a corpus of `spur_corpus`.  target: one of its targets; with
    "permuted " before it, shuffled between dialogues (within a pair, where there are pairs).
    repeat, fold, folds: the corpus is shuffled by `repeat` and cut into `folds`, of which `fold` is the test.
    size: training dialogues drawn from the rest, None for all; smaller draws are part of larger ones.
    strangers: draw them from those alone whose people have no dialogue in the test.
    kind: predict the target; associate the items of a rubric with it ("items"); or predict whether the rule
    of the act `act` finds something ("distil").
    """

    corpus: str
    data: str
    target: str
    repeat: int
    fold: int
    folds: int = 10
    size: int | None = None
    method: str = "rubric"
    kind: Kind = "predict"
    act: str = ""
    strangers: bool = False
    learning: Learning = field(default_factory=Learning)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "SpurConfig":
        return cls(**config | {"learning": Learning(**config["learning"])})


def train_spur(configs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One result a configuration (`SpurConfig.to_json`). Raises ValueError for data that differ."""
    return [{"metrics": _measure(SpurConfig.from_json(config)), "curve": []} for config in configs]


def split(data: Corpus, config: SpurConfig) -> tuple[np.ndarray, np.ndarray]:
    """Rows of training and test; groups stay together. Raises ValueError for a size that is not there."""
    groups = data.groups
    names = np.unique(groups)
    shuffled = np.random.default_rng([config.repeat, 1]).permutation(names)
    test_groups = np.array_split(shuffled, config.folds)[config.fold]
    test = np.flatnonzero(np.isin(groups, test_groups))
    rest = np.random.default_rng([config.repeat, 2, config.fold]).permutation(
        np.setdiff1d(names, test_groups)
    )
    rows = np.concatenate([np.flatnonzero(groups == name) for name in rest])
    if config.strangers:
        met = {person for row in test for person in data.people[row]}
        rows = rows[[not met & set(data.people[row]) for row in rows]]
    if config.size is not None and not 2 <= config.size <= len(rows):
        raise ValueError(f"size is {config.size}; allowed: 2 to {len(rows)}, or None")
    return rows[: config.size], test


def target_of(data: Corpus, config: SpurConfig) -> np.ndarray:
    """float [N]: the target, shuffled if the configuration says so."""
    if not config.target.startswith(PERMUTED):
        return data.targets[config.target]
    values = data.targets[config.target.removeprefix(PERMUTED)]
    rng = np.random.default_rng([config.repeat, 3])
    if len(np.unique(data.groups)) == len(values):
        return rng.permutation(values)
    flips = rng.choice([-1.0, 1.0], size=data.groups.max() + 1)
    return values * flips[data.groups]


def _measure(config: SpurConfig) -> dict[str, float]:
    data = corpus(config.corpus)
    if data.fingerprint != config.data:
        raise ValueError(
            f"corpus {config.corpus!r} has the fingerprint {data.fingerprint}, the run wants {config.data}: "
            "install the pinned packages: make setup"
        )
    if config.kind not in KINDS:
        raise ValueError(f"kind is {config.kind!r}; allowed: {', '.join(KINDS)}")
    train, test = split(data, config)
    sizes = {"n_train": float(len(train)), "n_test": float(len(test))}
    if config.kind == "items":
        return sizes | _associate(data, config, train, test)
    target = target_of(data, config) if config.kind == "predict" else _has_act(data, config.act)
    scored = score_by(config.method, data, target, train, test, learning=config.learning, seed=config.repeat)
    if config.kind == "distil":
        return sizes | _distilled(data, target, train, test, scored)
    return sizes | _predicted(data, target, train, test, scored, config)


def _predicted(
    data: Corpus, target: np.ndarray, train: np.ndarray, test: np.ndarray, scored: Scored, config: SpurConfig
) -> dict[str, float]:
    """AUC and F1 of above the training mean, rank correlations, and what the split's kind adds.

    partial: with the ranks of length held constant.  within: AUC within pairs of like length.  seen, unseen:
    rank correlation on dialogues of which one person, or nobody, is in the training data.
    """
    truth, scores = target[test], scored.scores
    positive = truth > target[train].mean()
    metrics = {
        "auc": auc(positive, scores),
        "spearman": rank_correlation(scores, truth),
        "partial": rank_correlation(scores, truth, data.lengths[test]),
    } | f1_scores(positive, scores > scored.threshold)
    if set(target.tolist()) == {-1.0, 1.0}:
        return metrics | {"within": auc_within(positive, scores, data.groups[test])}
    known = {person for row in train for person in data.people[row]}
    seen = np.array([bool(known & set(data.people[row])) for row in test])
    metrics["n_unseen"] = float((~seen).sum())
    for name, here in (("seen", seen), ("unseen", ~seen)):
        enough = here.sum() >= FEW
        metrics[name] = rank_correlation(scores[here], truth[here]) if enough else float("nan")
        metrics[f"{name}_partial"] = (
            rank_correlation(scores[here], truth[here], data.lengths[test][here]) if enough else float("nan")
        )
    if config.target in data.targets and config.target != "rating":
        for name, values in data.targets.items():
            metrics[f"spearman_{name}"] = rank_correlation(scores, values[test])
            metrics[f"partial_{name}"] = rank_correlation(scores, values[test], data.lengths[test])
    return metrics


def _associate(data: Corpus, config: SpurConfig, train: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """How many items of the training dialogues' rubric go with the label in the test dialogues.

    Two-sided tests; an item counts where it is significant and has the sign it was learnt with. crude: length
    is not held constant. holm, bh: corrected for the number of items (Holm, or Benjamini and Hochberg).
    """
    target = target_of(data, config)
    rubric = rubric_of(data, target[train], train, learning=config.learning, seed=config.repeat)
    table = item_table(data, rubric, test, target[test] > target[train].mean())
    metrics: dict[str, float] = {"n_items": float(len(rubric.items))}
    for polarity in ("SAT", "DSAT"):
        metrics[f"n_{polarity.lower()}"] = float(len(rubric.of(polarity)))
    for name, z in table.items():
        right = z > 0
        metrics[f"{name}_right"] = float(right.sum())
        for method, short in (("holm", "holm"), ("fdr_bh", "bh")):
            rejected = multipletests(2 * norm.sf(np.abs(z)), ALPHA, method)[0] if len(z) else right
            metrics[f"{name}_{short}"] = float((rejected & right).sum())
    return metrics


def item_table(data: Corpus, rubric, rows: np.ndarray, positive: np.ndarray) -> dict[str, np.ndarray]:
    """z of each item in some dialogues, positive where it goes with the label it was learnt for.

    within: within strata of like length, by Cochran, Mantel and Haenszel.  crude: without strata.
    """
    columns = [[data.index.column[p] for p in item.patterns] for item in rubric.items]
    present = data.index.present[rows]
    has = np.array([np.asarray(present[:, some].sum(1)).ravel() > 0 for some in columns]).T
    has = has.reshape(len(rows), len(columns))
    sign = np.array([1.0 if item.polarity == "SAT" else -1.0 for item in rubric.items])
    found = {}
    for name, strata in (("within", STRATA), ("crude", 1)):
        z, _ = association(has, positive, length_strata(data.lengths[rows, 0], strata))
        found[name] = z * sign
    return found


def _has_act(data: Corpus, act: str) -> np.ndarray:
    """1 where the rule of an act, or of a repeated turn, finds something in a dialogue, else -1."""
    pattern = REPETITION if act == REPETITION.kind else Pattern("act", act)
    if pattern not in data.index.column:
        raise ValueError(f"act is {act!r}; allowed: one that dialogues of {data.name!r} hold")
    column = data.index.present[:, [data.index.column[pattern]]]
    return np.where(column.toarray().ravel() > 0, 1.0, -1.0)


def _distilled(
    data: Corpus, target: np.ndarray, train: np.ndarray, test: np.ndarray, scored: Scored
) -> dict[str, float]:
    """AUC of the act's presence; within: of dialogues of like length.  share: of test dialogues with it."""
    positive = target[test] > 0
    strata = length_strata(data.lengths[test, 0], STRATA)
    return {
        "auc": auc(positive, scored.scores),
        "within": auc_within(positive, scored.scores, strata),
        "share": float(positive.mean()),
    }
