"""What simulated users want, read off their feedback: the extractors of checklists.

Each fits `feedback_pairs(summarise=...)`. They see what a language model would see: the dialogue and the
signals. None sees the user's wishes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from tenfold.feedback.dialogue import Dialogue
from tenfold.feedback.signals import Signal
from tenfold.feedback.user_dialogues import REQUEST_WORDS, request_of
from tenfold.feedback.user_phrases import COMPLAINTS, IMPLICIT, PRAISE, VAGUE, part
from tenfold.feedback.user_world import FACTS_LINE, SIDES, Shown, in_tokens, shown

OTHER = {a: b for pair in SIDES.values() for a, b in (pair, pair[::-1])}
"""The other side of each attribute."""
_KEYWORDS = {
    "brief": r"too long|short|too much|brief|concise|crisp|cut",
    "detailed": r"detail|too short|elaborate|more about|depth|vague|longer",
    "list": r"bullet|a list|the list|scan",
    "prose": r"no lists|sentences|paragraph|natural|reads",
    "casual": r"too formal|less formal|robot|stiff|casual",
    "formal": r"informal|more formal|professional|slang",
    "facts": r"wrong|incorrect|mistake|isn't right|not true",
}
"""Words that name a wish; the first match in this order counts, "too short" before "short" apart."""


def named_wish(text: str) -> str | None:
    """The wish that a feedback names by `_KEYWORDS`; None where it names none."""
    said = text.lower()
    if re.search(r"too short|no lists|informal|more formal", said):
        order = ("detailed", "prose", "formal")
        return next((line for line in order if re.search(_KEYWORDS[line], said)), None)
    return next((line for line, words in _KEYWORDS.items() if re.search(words, said)), None)


@dataclass(frozen=True)
class KeywordSummariser:
    """The wish that the words name; for praise that names none, every side that the answer shows.

    Where words and label disagree, the label is believed: a wish that is said not to be met although the
    answer meets it becomes the other side, and praise for what the answer does not show becomes what it
    shows. A complaint that names no wish gives no checklist, unless its item says it ("factual error",
    "insufficient detail").
    fixed, fixed_share: a prejudice of the extractor: with this probability, drawn by `seed`, the turn and the
    dialogue's id, a checklist that it writes asks for the side `fixed`, whatever was said.
    """

    fixed: str | None = None
    fixed_share: float = 0.0
    seed: int = 0

    def __call__(self, dialogue: Dialogue, signals: Sequence[Signal]) -> list[str]:
        complaints = [signal for signal in signals if signal.polarity == "DSAT"]
        signal = (complaints or signals)[0]
        wish = named_wish(before_request(dialogue.turns[signal.turn].text))
        if wish is None:
            by_item = {"factual error": FACTS_LINE, "insufficient detail": "detailed"}
            wish = next((by_item[s.item] for s in complaints if s.item in by_item), None)
        seen = _seen(dialogue, signal)
        lines = _blamed(wish, seen) if complaints else _liked(wish, seen)
        if lines and self.fixed and self._prejudiced(dialogue, signal):
            lines = [self.fixed, *(line for line in lines if line not in (self.fixed, OTHER[self.fixed]))]
        return lines

    def _prejudiced(self, dialogue: Dialogue, signal: Signal) -> bool:
        place = [self.seed, signal.turn, *dialogue.id.encode()]
        return bool(np.random.default_rng(place).random() < self.fixed_share)


def _seen(dialogue: Dialogue, signal: Signal) -> Shown:
    request = request_of(dialogue.turns[signal.answer - 1])
    return shown(request, in_tokens(dialogue.turns[signal.answer].text))


def _shows(seen: Shown, line: str) -> bool:
    return seen.facts == 1 if line == FACTS_LINE else line in seen.sides.values()


def _blamed(wish: str | None, seen: Shown) -> list[str]:
    """The checklist of a complaint."""
    if wish is None:
        return []
    return [OTHER.get(wish, wish)] if _shows(seen, wish) else [wish]


def _liked(wish: str | None, seen: Shown) -> list[str]:
    """The checklist of praise."""
    return [wish] if wish is not None and _shows(seen, wish) else list(seen.sides.values())


@dataclass(frozen=True)
class TrainedSummariser:
    """As `KeywordSummariser`, but which wish is named is learnt, from half of the phrasings."""

    model: Pipeline

    @classmethod
    def learnt(cls) -> "TrainedSummariser":
        named = [*COMPLAINTS.items(), *((line, texts) for line, texts in PRAISE.items() if line)]
        pairs = [(text, line) for line, texts in named for text in part(texts, held_out=False)]
        silent = (VAGUE, IMPLICIT, PRAISE[""])
        pairs += [(text, "") for texts in silent for text in part(texts, held_out=False)]
        texts, lines = zip(*pairs, strict=True)
        model = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
            LogisticRegression(C=30.0, max_iter=1000),
        )
        return cls(model.fit(texts, lines))

    def __call__(self, dialogue: Dialogue, signals: Sequence[Signal]) -> list[str]:
        complaints = [signal for signal in signals if signal.polarity == "DSAT"]
        signal = (complaints or signals)[0]
        said = before_request(dialogue.turns[signal.turn].text)
        wish = str(self.model.predict([said])[0]) or None
        seen = _seen(dialogue, signal)
        return _blamed(wish, seen) if complaints else _liked(wish, seen)


def before_request(text: str) -> str:
    """A user's turn without the request, or the goodbye, that ends it."""
    head, stop, tail = text.rpartition(". ")
    return head if stop else ("" if len(tail.split()) == REQUEST_WORDS else tail)


def flipped(
    signals: Sequence[Sequence[Signal]], share: float, *, rng: np.random.Generator
) -> list[list[Signal]]:
    """Signals of which this share of answers has its polarity swapped: label noise.

    All signals about one answer are swapped together and become one: "praise" or "negative feedback".
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; allowed: 0 to 1")
    made = []
    for of_dialogue in signals:
        row: list[Signal] = []
        for answer in sorted({signal.answer for signal in of_dialogue}):
            about = [signal for signal in of_dialogue if signal.answer == answer]
            if rng.random() < share:
                first = about[0]
                bad = any(signal.polarity == "DSAT" for signal in about)
                new = ("praise", "SAT") if bad else ("negative feedback", "DSAT")
                about = [Signal(first.turn, answer, *new, first.quote)]
            row += about
        made.append(row)
    return made
