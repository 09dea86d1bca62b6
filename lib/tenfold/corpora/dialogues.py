"""Rated human dialogues: the Chit-Chat Challenge data set, read from the package `chitchat-dataset`."""

import json
from dataclasses import dataclass
from functools import cache

from tenfold.corpora.clean import clean_line
from tenfold.corpora.packages import package_file


@dataclass(frozen=True)
class Turn:
    """Consecutive messages of one person; `speaker` is that person's pseudonym in the data."""

    speaker: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Dialogue:
    """One chat.

    prompt: the question that opened it, if any.  ratings: scale name to value; empty when nobody rated it.
    """

    id: str
    prompt: str | None
    turns: tuple[Turn, ...]
    ratings: dict[str, float]

    @property
    def text(self) -> str:
        """One message a line."""
        return "\n".join(message for turn in self.turns for message in turn.messages)


@cache
def load_dialogues() -> tuple[Dialogue, ...]:
    """All dialogues with at least one message left after cleaning, in the order of the package's file."""
    records = json.loads(package_file("chitchat-dataset", "chitchat_dataset/dataset.json").read_text("utf-8"))
    dialogues = (_dialogue(key, record) for key, record in records.items())
    return tuple(dialogue for dialogue in dialogues if dialogue.turns)


def _dialogue(key: str, record: dict) -> Dialogue:
    turns = []
    for messages in record["messages"]:
        lines = tuple(line for message in messages if (line := clean_line(message["text"])))
        if lines:
            turns.append(Turn(messages[0]["sender"], lines))
    return Dialogue(key, record.get("prompt"), tuple(turns), record.get("ratings") or {})
