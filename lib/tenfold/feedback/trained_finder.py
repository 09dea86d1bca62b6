"""A detector of feedback that learns from labelled turns, beside the rules of `tenfold.feedback.signals`."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from tenfold.feedback.dialogue import Dialogue, Polarity
from tenfold.feedback.signals import Signal, answer_before

ITEM_OF: dict[Polarity, str] = {"SAT": "praise", "DSAT": "negative feedback"}
"""The item that a signal of each polarity gets: what was said in detail is not learnt."""
NEITHER = "neither"


@dataclass(frozen=True)
class TrainedFinder:
    """A `Finder` that reads each turn of the user after an answer by itself.

    reads: what of a turn's text is looked at.  model: text to "SAT", "DSAT" or "neither".
    """

    model: Pipeline
    reads: Callable[[str], str]

    def find(self, dialogue: Dialogue) -> list[Signal]:
        places = [
            (place, answer)
            for place, _ in dialogue.user_turns
            if (answer := answer_before(dialogue, place)) is not None
            and self.reads(dialogue.turns[place].text).strip()
        ]
        if not places:
            return []
        said = self.model.predict([self.reads(dialogue.turns[place].text) for place, _ in places])
        return [
            Signal(place, answer, ITEM_OF[label], label, dialogue.quote(place, 0, len(text)))
            for (place, answer), label in zip(places, said, strict=True)
            if label != NEITHER and (text := dialogue.turns[place].text)
        ]


def train_finder(
    dialogues: Sequence[Dialogue],
    marked: Sequence[Mapping[int, AbstractSet[Polarity]]],
    *,
    reads: Callable[[str], str] = str,
) -> TrainedFinder:
    """TF-IDF of words and of letters, logistic regression, on the turns of the user after an answer.

    marked: polarities of the turns, as `evaluate_feedback` takes labels; of two DSAT counts.
    Raises ValueError for numbers that differ and for turns of one kind only.
    """
    if len(dialogues) != len(marked):
        raise ValueError(f"{len(dialogues)} dialogues, marks of {len(marked)}; allowed: as many")
    texts, labels = [], []
    for dialogue, marks in zip(dialogues, marked, strict=True):
        for place, text in dialogue.user_turns:
            if answer_before(dialogue, place) is not None and reads(text).strip():
                found = marks.get(place, ())
                texts.append(reads(text))
                labels.append("DSAT" if "DSAT" in found else "SAT" if "SAT" in found else NEITHER)
    if len(set(labels)) < 2:
        raise ValueError(f"turns are all {set(labels) or 'missing'}; allowed: some of two kinds or more")
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[^\s]+"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
    )
    model = make_pipeline(features, LogisticRegression(C=10.0, max_iter=1000))
    return TrainedFinder(model.fit(texts, labels), reads)
