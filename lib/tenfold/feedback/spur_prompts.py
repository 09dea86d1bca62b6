"""Chapter 08's comparison by a language model: its rubric against its judgements from a prompt alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tenfold.chat import ChatModel
from tenfold.claims import Estimate
from tenfold.feedback.language_model import LanguageModelExtractor
from tenfold.feedback.learning import learn_rubric, score_many
from tenfold.feedback.prompted import judge_satisfaction
from tenfold.feedback.rubric import Rubric
from tenfold.feedback.spur_corpus import Corpus
from tenfold.feedback.spur_measures import auc


@dataclass(frozen=True)
class Prompted:
    """scores: of the test dialogues by method.  rubric: what the model wrote."""

    scores: Mapping[str, np.ndarray]
    rubric: Rubric


def score_by_prompts(model: ChatModel, data: Corpus, train: np.ndarray, test: np.ndarray) -> Prompted:
    """Test dialogues scored by the model's rubric of the training dialogues, zero-shot, and two-shot.

    data: with a target "label" of 1 and -1.  The two examples are the first training dialogue of each label.
    """
    labels = data.targets["label"].astype(int)
    read = [data.dialogues[row] for row in test]
    extractor = LanguageModelExtractor(model)
    rubric = learn_rubric([data.dialogues[row] for row in train], labels[train], extractor)
    first = [next(row for row in train if labels[row] == label) for label in (1, -1)]
    examples = [(data.dialogues[row], int(labels[row])) for row in first]
    return Prompted(
        {
            "rubric": np.array([score.total for score in score_many(read, rubric, extractor)]),
            "zero-shot": judge_satisfaction(model, read),
            "two-shot": judge_satisfaction(model, read, examples=examples),
        },
        rubric,
    )


def auc_difference(
    positive: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
    groups: np.ndarray,
    *,
    level: float,
    rng: np.random.Generator,
    n_boot: int = 2_000,
) -> Estimate:
    """AUC of `ours` minus that of `theirs`; the percentile interval is over resampled groups."""
    names = np.unique(groups)
    members = [np.flatnonzero(groups == name) for name in names]
    draws = []
    for picked in rng.integers(len(names), size=(n_boot, len(names))):
        rows = np.concatenate([members[at] for at in picked])
        draws.append(auc(positive[rows], ours[rows]) - auc(positive[rows], theirs[rows]))
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2])
    value = auc(positive, ours) - auc(positive, theirs)
    return Estimate(value, min(low, value), max(high, value), level=level, n=len(names))
