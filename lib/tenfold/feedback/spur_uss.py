"""Chapter 08's comparison on labelled dialogues of the reader's own, the paper's open data among them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tenfold.feedback.spur_corpus import Corpus
from tenfold.feedback.spur_experiment import SpurConfig, split
from tenfold.feedback.spur_measures import auc, f1_scores
from tenfold.feedback.spur_methods import Learning, score_by
from tenfold.feedback.uss_labels import LabelledDialogue

METHODS = ("majority", "length", "tfidf", "minilm", "rubric", "rubric+minilm")


class TooFewDialogues(ValueError):
    """There are not enough labelled dialogues to learn from and to test on."""


def labelled_corpus(labelled: Sequence[LabelledDialogue], *, name: str) -> Corpus:
    """Those with a label; pieces of one dialogue are one group. Neutral ones are left out.

    The target is 1 or 0, which linear models learn by ridge regression, as the paper's baseline does.
    Raises TooFewDialogues where a label is missing.
    """
    kept = [entry for entry in labelled if entry.label]
    labels = np.array([float(entry.label > 0) for entry in kept])
    if len(set(labels.tolist())) < 2:
        counts = f"{int(labels.sum())} satisfied and {int((1 - labels).sum())} dissatisfied dialogues"
        raise TooFewDialogues(f"{name} has {counts}; allowed: some of each")
    sources = list(dict.fromkeys(entry.source for entry in kept))
    groups = np.array([sources.index(entry.source) for entry in kept])
    return Corpus(name, tuple(e.dialogue for e in kept), {"label": labels}, groups, ((),) * len(kept))


def compare_methods(
    data: Corpus,
    *,
    share: float = 0.05,
    repeats: Sequence[int] = (0,),
    folds: int = 10,
    methods: Sequence[str] = METHODS,
) -> pd.DataFrame:
    """A row for each repeat, fold and method: macro_f1, weighted_f1 and auc on the fold.

    share: of all dialogues, drawn for training from outside the fold. Raises TooFewDialogues for fewer groups
    than folds, or fewer than 4 training dialogues.
    """
    size = round(share * len(data.dialogues))
    groups = len(np.unique(data.groups))
    if groups < folds or size < 4:
        raise TooFewDialogues(
            f"{data.name} has {groups} dialogues and {size} to learn from at a share of {share:g}; allowed: "
            f"at least {folds} and 4; give more dialogues or a larger share"
        )
    rows = []
    for repeat in repeats:
        for fold in range(folds):
            config = SpurConfig(data.name, "", "label", repeat, fold, folds=folds, size=size)
            train, test = split(data, config)
            target = data.targets["label"]
            positive = target[test] > 0
            for method in methods:
                scored = score_by(method, data, target, train, test, learning=Learning(), seed=repeat)
                rows.append(
                    {"repeat": repeat, "fold": fold, "method": method, "auc": auc(positive, scored.scores)}
                    | f1_scores(positive, scored.scores > scored.threshold)
                )
    return pd.DataFrame(rows)
