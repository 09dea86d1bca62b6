"""A language model as judge of two answers, and as the one who sums up what a user wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tenfold.chat import QUOTED_RULE, ChatModel, Message, ask, quoted
from tenfold.feedback.dialogue import Dialogue
from tenfold.feedback.pairs import FeedbackPrompt
from tenfold.feedback.shown import show
from tenfold.feedback.signals import Signal

_FORBID = ConfigDict(extra="forbid")


class _Verdict(BaseModel):
    model_config = _FORBID
    better: Literal["first", "second", "tie"]


class _Checklist(BaseModel):
    model_config = _FORBID
    wants: list[Annotated[str, Field(min_length=1, max_length=300)]]


@dataclass(frozen=True)
class LanguageModelJudge:
    """Which of two answers is better, by a checklist where there is one: 1, 1/2 or 0 for the first.

    It fits `feedback_pairs(prefers=...)` and `checklist_eval(judge=...)`. Raises StructuredOutputError.
    """

    model: ChatModel

    def __call__(self, prompt: FeedbackPrompt, checklist: Sequence[str], first: str, second: str) -> float:
        by = "The user wants:\n" + "\n".join(f"- {line}" for line in checklist) if checklist else ""
        criterion = "which meets what the user wants" if checklist else "which is the better answer"
        material = "\n\n".join(
            f"{name}:\n{quoted(text)}"
            for name, text in (
                ("The conversation", _written(prompt)),
                ("What this user wants", by),
                ("The first answer", first),
                ("The second answer", second),
            )
            if text
        )
        task = f"Compare two answers to the last turn of a conversation: {criterion}? Length is no merit."
        messages = [Message("system", f"{task}\n\n{QUOTED_RULE}"), Message("user", material)]
        verdict = ask(self.model, messages, _Verdict, max_tokens=200)
        return {"first": 1.0, "tie": 0.5, "second": 0.0}[verdict.better]


@dataclass(frozen=True)
class LanguageModelSummariser:
    """What a user wants, from their feedback about one answer; for `feedback_pairs(summarise=...)`."""

    model: ChatModel
    most: int = 5

    def __call__(self, dialogue: Dialogue, signals: Sequence[Signal]) -> list[str]:
        until = max(signal.turn for signal in signals)
        shown = show(Dialogue(dialogue.id, dialogue.turns[: until + 1]))
        said = "\n".join(f"- turn {signal.turn}: {signal.item}" for signal in signals)
        task = (
            "You read a conversation in which the user reacts to an answer. Sum up, in at most "
            f"{self.most} short lines, what the user wants of the answer. Found so far:\n{said}"
        )
        messages = [Message("system", f"{task}\n\n{QUOTED_RULE}"), Message("user", shown.text)]
        return ask(self.model, messages, _Checklist, max_tokens=800).wants[: self.most]


def quoted_feedback(dialogue: Dialogue, signals: Sequence[Signal]) -> list[str]:
    """A checklist without a model: the words of the user that show dissatisfaction, each once."""
    lines = [f"{signal.item}: {signal.quote.text}" for signal in signals if signal.polarity == "DSAT"] or [
        f"again: {signal.item}" for signal in signals
    ]
    return list(dict.fromkeys(lines))


def _written(prompt: FeedbackPrompt) -> str:
    return "\n".join(f"{turn.role.upper()}: {turn.text}" for turn in prompt.history)
