"""SPUR: a rubric learnt from labelled dialogues, and dialogues scored by it.

Lin et al. 2024, arXiv:2403.12388, Section 3 and Appendix A: supervised extraction, iterative summarisation,
estimation. Who reads the dialogues is an `Extractor`.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from tenfold.feedback.dialogue import POLARITIES, Dialogue, Polarity
from tenfold.feedback.rubric import Extraction, Reason, Rubric, RubricError, RubricItem, Score


class Extractor(Protocol):
    """The three steps; `name` says in a rubric who took them."""

    @property
    def name(self) -> str: ...

    def extract(
        self, dialogues: Sequence[Dialogue], labels: np.ndarray, *, most: int
    ) -> dict[Polarity, Extraction]:
        """Step 1: at most `most` reasons for each dialogue, of the polarity of its label.

        labels: int [N], 1 (satisfied) or -1. All are given at once, so that the two can be contrasted.
        """
        ...

    def summarise(
        self, reasons: Sequence[Reason], previous: Sequence[RubricItem], polarity: Polarity, *, n_items: int
    ) -> list[RubricItem]:
        """Step 2, one round: at most n_items items that stand for `previous` and `reasons`."""
        ...

    def estimate(self, dialogues: Sequence[Dialogue], rubric: Rubric, *, progress: bool) -> list[Score]:
        """Step 3: what each dialogue scores."""
        ...


def learn_rubric(
    dialogues: Sequence[Dialogue],
    labels: Sequence[int] | np.ndarray,
    extractor: Extractor,
    *,
    n_items: int = 10,
    n_reasons: int = 3,
    batch: int = 100,
    carry_over: bool = True,
    rng: np.random.Generator | None = None,
) -> Rubric:
    """Learn a rubric of at most n_items items a polarity, by SPUR's first two steps.

    labels: 1 for a satisfied user, -1 for a dissatisfied one.
    n_items, n_reasons, batch: 10 items, 3 reasons a dialogue and mini-batches of 100 reasons, as in the
    paper (Section 3, Appendices A and C).  carry_over: hand the rubric of a mini-batch on to the next one, as
    the paper does; False keeps that of the last mini-batch alone, an ablation.  rng: shuffles the reasons
    before they are split; None keeps the order of the dialogues.

    Fewer reasons than items give fewer items, and a polarity without reasons none. Dialogues without turns of
    the user give no reasons.  Raises RubricError for other labels, one class only, or dialogues and labels
    that differ in number.
    """
    for name, value in (("n_items", n_items), ("n_reasons", n_reasons), ("batch", batch)):
        if value < 1:
            raise RubricError(f"{name} is {value}; allowed: 1 or more")
    said = checked_labels(dialogues, labels)
    items: list[RubricItem] = []
    learnt: dict[str, int | float | str | bool] = {"extractor": extractor.name, "carry over": carry_over}
    extractions = extractor.extract(dialogues, said, most=n_reasons)
    for polarity in POLARITIES:
        extraction = extractions[polarity]
        reasons = [reason for several in extraction.reasons for reason in several[:n_reasons]]
        if rng is not None:
            reasons = [reasons[place] for place in rng.permutation(len(reasons))]
        rubric: list[RubricItem] = []
        for start in range(0, len(reasons), batch):
            previous = rubric if carry_over else []
            rubric = extractor.summarise(reasons[start : start + batch], previous, polarity, n_items=n_items)
            if len(rubric) > n_items:
                raise RubricError(f"{extractor.name} gave {len(rubric)} items; allowed: at most {n_items}")
        items += rubric
        learnt[f"{polarity} dialogues"] = int((said == (1 if polarity == "SAT" else -1)).sum())
        learnt[f"{polarity} reasons"] = len(reasons)
        learnt[f"{polarity} reasons without words of the user"] = extraction.refused
    return Rubric(items=tuple(items), learnt=learnt)


def score(dialogue: Dialogue, rubric: Rubric, extractor: Extractor) -> Score:
    """What one dialogue scores; a dialogue without turns of the user scores 0, for nothing can be quoted."""
    return score_many([dialogue], rubric, extractor, progress=False)[0]


def score_many(
    dialogues: Sequence[Dialogue], rubric: Rubric, extractor: Extractor, *, progress: bool = True
) -> list[Score]:
    """What each dialogue scores, every quotation checked to stand in a turn of its user.

    By a rubric without items, which little data may give, every dialogue scores 0.
    """
    if not rubric.items:
        return [Score(dialogue.id, ()) for dialogue in dialogues]
    scores = extractor.estimate(dialogues, rubric, progress=progress)
    return [score.check(dialogue) for score, dialogue in zip(scores, dialogues, strict=True)]


def checked_labels(dialogues: Sequence[Dialogue], labels: Sequence[int] | np.ndarray) -> np.ndarray:
    """int [N]. Raises RubricError for labels other than 1 and -1, one class only, or another number."""
    said = np.asarray(labels)
    if said.shape != (len(dialogues),):
        raise RubricError(
            f"{len(dialogues)} dialogues, labels of shape {said.shape}; allowed: one label each"
        )
    wrong = sorted({str(label) for label in said.tolist() if label not in (1, -1)})
    if wrong:
        raise RubricError(f"labels hold {', '.join(wrong[:5])}; allowed: 1 (satisfied), -1 (dissatisfied)")
    if len(set(said.tolist())) < 2:
        there = f"all are {said[0]}" if len(said) else "there are none"
        raise RubricError(f"labels have one class only ({there}); allowed: some dialogues of each")
    return said.astype(int)
