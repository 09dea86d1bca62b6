"""Feedback inside a dialogue: which utterance of the user praises or faults which answer.

WildFeedback (arXiv:2408.15549), step 1: 9 items of satisfaction and 9 of dissatisfaction, looked for in each
utterance of the user; an utterance is about the assistant's answer before it (appendix A.1 of the paper).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from rich.progress import track

from tenfold.feedback.acts import ACTS, DSAT_ACTS, SAT_ACTS
from tenfold.feedback.dialogue import Dialogue, Polarity, Quote
from tenfold.feedback.repetition import repeats

ITEMS: dict[str, Polarity] = {act.name: act.polarity for act in (*SAT_ACTS, *DSAT_ACTS) if act.polarity}
"""The 18 items' names and polarities."""


@dataclass(frozen=True)
class Signal:
    """turn: place of the user's utterance.  answer: place of the assistant's turn that it is about."""

    turn: int
    answer: int
    item: str
    polarity: Polarity
    quote: Quote

    def __post_init__(self) -> None:
        if ITEMS.get(self.item) != self.polarity:
            raise ValueError(
                f"item {self.item!r} with polarity {self.polarity!r}; allowed: "
                + ", ".join(f"{item} ({polarity})" for item, polarity in ITEMS.items())
            )


class Finder(Protocol):
    """Who finds signals: the rules, or a language model."""

    def find(self, dialogue: Dialogue) -> list[Signal]: ...


class RuleFinder:
    """The rules of `tenfold.feedback.acts`; a turn that repeats an earlier one counts as "ignored".

    "no engagement" and "acknowledgment" exclude each other, for "ok" says either: it counts as no engagement
    only where the assistant asked something.
    """

    def find(self, dialogue: Dialogue) -> list[Signal]:
        said = list(dialogue.user_turns)
        repeated = repeats([text for _, text in said])
        signals: list[Signal] = []
        for (place, text), earlier in zip(said, repeated, strict=True):
            answer = answer_before(dialogue, place)
            if answer is None:
                continue
            found = {name: span for name in ITEMS if (span := ACTS[name].find(text))}
            if "no engagement" in found and not dialogue.turns[answer].text.rstrip().endswith("?"):
                del found["no engagement"]
            if earlier is not None:
                found.setdefault("ignored", (0, len(text)))
            signals += [
                Signal(place, answer, name, ITEMS[name], dialogue.quote(place, *found[name]))
                for name in ITEMS
                if name in found
            ]
        return signals


def find_feedback(dialogue: Dialogue, finder: Finder | None = None) -> list[Signal]:
    """The signals of a dialogue in the order of its turns; by the rules where no finder is given.

    What a user says before any answer is no feedback, and a dialogue without turns of the user has none.
    """
    return (RuleFinder() if finder is None else finder).find(dialogue)


def find_feedback_many(
    dialogues: Sequence[Dialogue],
    finder: Finder | None = None,
    *,
    at_once: int = 1,
    progress: bool = True,
) -> list[list[Signal]]:
    """The signals of each dialogue.  at_once: dialogues in work at the same time, for a language model."""
    chosen = RuleFinder() if finder is None else finder
    with ThreadPoolExecutor(at_once, thread_name_prefix="feedback") as pool:
        found = pool.map(chosen.find, dialogues)
        return list(track(found, "finding feedback", total=len(dialogues), disable=not progress))


def answer_before(dialogue: Dialogue, place: int) -> int | None:
    """Place of the last turn of the assistant before a turn; None where there is none."""
    before = range(place - 1, -1, -1)
    return next((at for at in before if dialogue.turns[at].role == "assistant"), None)


def polarities(signals: Sequence[Signal]) -> dict[int, set[Polarity]]:
    """For each user turn with a signal, which polarities it has; a turn may have both."""
    found: dict[int, set[Polarity]] = {}
    for signal in signals:
        found.setdefault(signal.turn, set()).add(signal.polarity)
    return found
