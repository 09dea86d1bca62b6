"""Feedback signals by a language model, in the same form as those of the rules."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tenfold.chat import QUOTED_RULE, ChatModel, Message, ask
from tenfold.feedback.acts import ACTS
from tenfold.feedback.dialogue import Dialogue
from tenfold.feedback.shown import show
from tenfold.feedback.signals import ITEMS, Signal, answer_before


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid")
    turn: int
    item: str
    quote: Annotated[str, Field(min_length=1, max_length=500)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    signals: list[_Found]


@dataclass
class LanguageModelFinder:
    """One request a dialogue. A signal counts only for an item of the rubric, with the user's exact words.

    refused: signals that did not count, with the reason, over all dialogues so far.
    Raises StructuredOutputError for an answer that is malformed twice.
    """

    model: ChatModel
    max_tokens: int = 2_000
    refused: list[str] = field(default_factory=list)

    def find(self, dialogue: Dialogue) -> list[Signal]:
        if not any(text.strip() for _, text in dialogue.user_turns):
            return []
        shown = show(dialogue)
        messages = [Message("system", f"{_TASK}\n\n{QUOTED_RULE}"), Message("user", shown.text)]
        answer = ask(self.model, messages, _Answer, max_tokens=self.max_tokens)
        signals: dict[tuple[int, str], Signal] = {}
        for found in answer.signals:
            quote = shown.find(found.quote, turn=found.turn)
            about = answer_before(dialogue, quote.turn) if quote else None
            if found.item not in ITEMS:
                self.refused.append(f"{dialogue.id}: no item {found.item!r:.40}")
            elif quote is None:
                self.refused.append(f"{dialogue.id}: no user said {found.quote!r:.80} in turn {found.turn}")
            elif about is None:
                self.refused.append(f"{dialogue.id}: said before any answer: {found.quote!r:.80}")
            else:
                signal = Signal(quote.turn, about, found.item, ITEMS[found.item], quote)
                signals.setdefault((quote.turn, found.item), signal)
        return [signals[key] for key in sorted(signals, key=lambda key: (key[0], list(ITEMS).index(key[1])))]


_TASK = (
    "You read a conversation between a user and an assistant. Find where the USER reacts to the answer "
    "before: satisfied (SAT) or dissatisfied (DSAT). Most turns of a user show neither. "
    "Use these items only, each with the number of the turn and the user's exact words as a quote:\n"
    + "\n".join(f"{polarity}, {name}: the user {ACTS[name].meaning}" for name, polarity in ITEMS.items())
)
