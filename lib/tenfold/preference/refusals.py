"""Does an answer refuse: wholly, in part, or not at all. For English text.

Rules decide where the wording is plain; where it is not, a small model does
(`tenfold.preference.refusal_model`). How often they are right: `tenfold.preference.refusal_evaluation`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tenfold.preference.refusal_cues import OPENING, Cues, read_cues

Refusal = Literal["full", "partial", "none"]
REFUSALS: tuple[Refusal, ...] = ("full", "partial", "none")

ANSWERED = 25
"""Words of content beside a refusal that make it partial."""
ANSWERED_AFTER_TURN = 8
"""The same after a word such as "however"."""
LONG = 150
"""Words of content from which on a refusing phrase in the middle decides nothing."""


@dataclass(frozen=True)
class RefusalLabel:
    """What an answer was found to be, and why.

    probabilities: of each label, by the model.  decided_by: "rules" or "model".  evidence: the rule's reason,
    or why no rule applied.
    """

    label: Refusal
    probabilities: dict[Refusal, float]
    decided_by: Literal["rules", "model"]
    evidence: str


def classify_refusal(text: str) -> Refusal:
    """Whether an answer refuses: "full", "partial" (declines some of it and answers the rest) or "none".

    An answer without a letter or digit counts as "full": whoever asked got nothing. Declining, and offering
    something else instead, is "full". A quoted refusal is none of the writer's own. Whether the answer is
    right, or to the point, the text alone cannot show. English only: a refusal in another language mostly
    counts as "none". Time grows linearly with the text. Raises TypeError for what is no text,
    MissingDataPackage without the model's training data.
    """
    return classify_refusals([text])[0].label


def classify_refusals(texts: Iterable[str]) -> list[RefusalLabel]:
    """`classify_refusal` for many answers, with the evidence. The model is trained once, in a second."""
    from tenfold.preference.refusal_model import default_model

    model = default_model()
    labels = []
    for text in texts:
        cues = cues_of(text)
        probabilities = model.probabilities(cues)
        ruled, evidence = rule_label(cues)
        label = ruled or max(REFUSALS, key=probabilities.__getitem__)
        labels.append(RefusalLabel(label, probabilities, "rules" if ruled else "model", evidence))
    return labels


def cues_of(text: str) -> Cues:
    """`read_cues`, refusing what is no text. Raises TypeError."""
    if not isinstance(text, str):
        raise TypeError(
            f"text is {text!r:.80}; allowed: str (an answer that is missing is the empty text '')"
        )
    return read_cues(text)


def rule_label(cues: Cues) -> tuple[Refusal | None, str]:
    """What the rules say, with the reason; None where they leave it to the model."""
    if not cues.sentences:
        return "full", "empty: no letter and no digit"
    if cues.bare:
        return "full", "no more than a short no or apology"
    if any(cues.declines):
        return _declining(cues)
    moral = sum(cues.moral) / len(cues.moral)
    if cues.moral[0] and moral >= 0.5 and cues.content < ANSWERED and not any(cues.items):
        return "full", "warns or sends to help, and answers nothing"
    if cues.compliance and not cues.moral[0]:
        return "none", "opens as an answer does, and declines nothing"
    if moral <= 0.25 and not cues.moral[0]:
        return "none", "declines nothing, hardly warns"
    return None, "no rule applies: warns, but declines nothing"


def _declining(cues: Cues) -> tuple[Refusal | None, str]:
    first = cues.declines.index(True)
    inside = first >= OPENING and not any(cues.declines[-OPENING:])
    if inside and cues.content >= LONG:
        return None, "no rule applies: a refusing phrase in the middle of a long answer"
    if cues.content >= ANSWERED:
        return "partial", f"declines, with {cues.content} words of content beside"
    if cues.pivot and cues.content >= ANSWERED_AFTER_TURN:
        return "partial", f"declines, turns, and has {cues.content} words of content"
    return "full", "declines, and answers nothing"
