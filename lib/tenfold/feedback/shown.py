"""A dialogue as a language model gets to see it: numbered turns, no orders to the model, not too long."""

import re
from dataclasses import dataclass, field

from tenfold.chat import quoted
from tenfold.feedback.dialogue import Dialogue, Quote, find_quote
from tenfold.feedback.tokens import STRAIGHT

MOST = 24_000
"""Characters of a dialogue that a model sees: half from its beginning, half from its end."""
MASK = "[words to the judge, taken out]"

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,60}\b(?:rubrics?|instructions?|prompts?|rules?|above"
    r"|previous|criteria|guidelines?|items?)\b"
    r"|\b(?:scores?|rate|rating|grade|mark)\b[^.!?\n]{0,60}\b(?:10|ten|maximum|highest|full marks|100)\b"
    r"|\b(?:answer|give|output|return|respond|reply|say)\b[^.!?\n]{0,20}\b(?:10|ten|100|maximum|highest)"
    r"(?= ?(?:points?|marks?|scores?|for|to|every|each|on|out|/|[.!?,;]|$))"
    r"|\b(?:as|dear|hey|attention|note to) (?:an? |the )?(?:evaluator|grader|judge)\b"
    r"|\b(?:the|this|your) rubric\b|<<<|>>>|\"(?:score|applies|quote)\"\s{0,5}:"
    r"|\b(?:system prompt|you are now|new instructions?)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?\n]")


@dataclass(frozen=True)
class Shown:
    """text: what goes into a prompt, between marks.  unread: characters of turns that were left out.

    hidden: spans of turns that the model does not see, and that nobody may quote.
    """

    dialogue: Dialogue
    text: str
    unread: int
    hidden: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def orders(self) -> int:
        """How many passages speak to a judge and were taken out."""
        return sum(map(len, self.hidden.values()))

    def find(self, quote: str, *, turn: int | None = None) -> Quote | None:
        """Where a user says this, in one turn or any, outside what is hidden; None where nobody does."""
        return find_quote(self.dialogue, quote, turn=turn, hidden=self.hidden)


def show(dialogue: Dialogue, *, most: int = MOST) -> Shown:
    """The dialogue as quoted material (`tenfold.chat.quoted`).

    Sentences that speak to a judge ("ignore the rubric", "answer 10", a JSON answer) are replaced by MASK and
    may not be quoted as evidence. The rules see English orders of usual wording; others get through, and then
    only the demand for verbatim words of the user stands between them and a score.
    """
    hidden = {place: orders(turn.text) for place, turn in enumerate(dialogue.turns)}
    hidden = {place: spans for place, spans in hidden.items() if spans}
    lines = []
    for place, turn in enumerate(dialogue.turns):
        text = turn.text
        for start, end in reversed(hidden.get(place, [])):
            text = f"{text[:start]}{MASK}{text[end:]}"
        lines.append(f"[{place}] {turn.role.upper()}: {text}")
    text = "\n".join(lines)
    unread = max(len(text) - most, 0)
    if unread:
        text = (
            f"{text[: most // 2]}\n[… {unread} characters left out …]\n{text[len(text) - most + most // 2 :]}"
        )
    return Shown(dialogue, quoted(text), unread, hidden)


def orders(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a turn that speak to a judge, from left to right, without overlaps."""
    spans: list[tuple[int, int]] = []
    start = 0
    straight = text.translate(STRAIGHT)
    ends = [match.end() for match in _SENTENCE_END.finditer(straight)] + [len(text)]
    for end in ends:
        if end > start and _ORDER.search(straight, start, end):
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        start = end
    return spans
