"""From votes on turns to one label a dialogue, in three ways; the papers do not say which one they took.

SPUR (arXiv:2403.12388, Appendix B): only neutral and satisfied turns make a satisfied dialogue, only neutral
and dissatisfied ones a dissatisfied one; where both occur, the dialogue is read from its start, cut at the
first contradiction, and has the label of its first turn that is not neutral. Its counts exceed the number of
dialogues, so that it must have cut them into pieces; `pieces` does that.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from statistics import median_low
from typing import Literal, get_args

import pandas as pd

from tenfold.feedback.dialogue import Dialogue
from tenfold.feedback.uss import UssDialogue

Derivation = Literal["majority", "mean", "overall"]
DERIVATIONS: tuple[Derivation, ...] = get_args(Derivation)
NAMES = {1: "SAT", -1: "DSAT", 0: "neutral"}


@dataclass(frozen=True)
class LabelledDialogue:
    """label: 1, -1, or 0 for neutral.  source: the dialogue that it is, or is a part of."""

    dialogue: Dialogue
    label: int
    source: str


def vote_class(votes: Sequence[int], derivation: Derivation) -> int:
    """1, 0 or -1 for votes above, at or below 3.

    majority: of the class that most votes have; on a tie the class of the lower median vote.  mean: of the
    mean, rounded to a whole vote, halves up.  overall: as majority. No votes are neutral.
    """
    if derivation not in DERIVATIONS:
        raise ValueError(f"derivation is {derivation!r}; allowed: {', '.join(DERIVATIONS)}")
    if not votes:
        return 0
    if derivation == "mean":
        return _sign(floor(Fraction(sum(votes), len(votes)) + Fraction(1, 2)))
    counts = Counter(map(_sign, votes)).most_common()
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        return _sign(median_low(votes))
    return counts[0][0]


def label_dialogues(
    records: Sequence[UssDialogue], derivation: Derivation, *, pieces: bool = False
) -> list[LabelledDialogue]:
    """One label a dialogue, by the paper's rule over its user's turns.

    derivation: "majority" and "mean" of each turn's votes; "overall" takes the votes on the whole dialogue,
    which is never cut, and leaves out none: without such votes it is neutral.
    pieces: cut a dialogue at every contradiction and keep all pieces, instead of the first one alone.
    """
    labelled = []
    for record in records:
        if derivation == "overall":
            label = vote_class(record.overall, "overall")
            labelled.append(LabelledDialogue(record.dialogue, label, record.dialogue.id))
            continue
        cuts, label, start = [], 0, 0
        for place, votes in enumerate(record.votes):
            said = vote_class(votes, derivation)
            if said * label < 0:
                cuts.append((start, place, label))
                start, label = place, 0
            label = label or said
        cuts.append((start, len(record.votes), label))
        for number, (first, last, label) in enumerate(cuts if pieces else cuts[:1], 1):
            name = f"{record.dialogue.id}, piece {number}" if len(cuts) > 1 else record.dialogue.id
            part = Dialogue(name, record.dialogue.turns[first:last])
            labelled.append(LabelledDialogue(part, label, record.dialogue.id))
    return labelled


def label_counts(records: Sequence[UssDialogue]) -> pd.DataFrame:
    """How many dialogues are SAT, DSAT and neutral by each derivation, whole and in pieces."""
    rows = {}
    for derivation in DERIVATIONS:
        for pieces in (False, True) if derivation != "overall" else (False,):
            counts = Counter(entry.label for entry in label_dialogues(records, derivation, pieces=pieces))
            name = f"{derivation}, in pieces" if pieces else derivation
            rows[name] = {word: counts[label] for label, word in NAMES.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _sign(vote: int) -> int:
    return (vote > 3) - (vote < 3)
