"""WildFeedback's files (Shi et al. 2024, arXiv:2408.15549; data card of microsoft/WildFeedback).

Two of the three files are read: the preference pairs, and the annotated utterances. The columns of the third,
user_preference.json, could not be learnt, so that nothing here reads it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenfold.feedback.dialogue import Dialogue, Polarity, Turn
from tenfold.feedback.json_rows import Row, array_rows

ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
MARKS: dict[str, tuple[str, ...]] = {
    "SAT": ("SAT", "Satisfaction"),
    "DSAT": ("DSAT", "Dissatisfaction", "Disatisfaction"),
}
"""Columns of the annotation: by the data card, and by copies of the file, whose spelling they keep."""


@dataclass(frozen=True)
class PublishedPair:
    """A row of wildfeedback.json: the dialogue before the answer, and two answers."""

    history: Dialogue
    chosen: str
    rejected: str


@dataclass(frozen=True)
class AnnotatedDialogue:
    """marked: turns of the user with the polarities that GPT-4 gave them, in the form of `Marked`.

    states: the dialogue state of each turn, empty where there is none.
    """

    dialogue: Dialogue
    marked: dict[int, set[Polarity]]
    states: tuple[str, ...]


def read_wildfeedback_pairs(path: str | Path) -> Iterator[PublishedPair]:
    """The rows of wildfeedback.json one by one: conversations (of from and value), chosen, rejected.

    Raises FileNotFoundError, DataFormatError.
    """
    for row in array_rows(path):
        turns = row.typed("conversations", row.get("conversations"), list, "a list of turns")
        if not turns:
            raise row.error("conversations", "is empty; allowed: at least one turn")
        history = tuple(_turn(row, "conversations", turn) for turn in turns)
        chosen, rejected = (_turn(row, name, row.get(name)).text for name in ("chosen", "rejected"))
        yield PublishedPair(Dialogue(f"row {row.number}", history), chosen, rejected)


def read_wildfeedback_annotations(path: str | Path) -> Iterator[AnnotatedDialogue]:
    """The dialogues of sat_dsat_annotation.json one by one; the file is large, so it is not held in memory.

    Columns UtteranceId (0 starts a dialogue, then one more each), Role (User or Agent), Content, State (may
    be missing), and the marks SAT and DSAT: true or false, in words or as JSON; null counts as false.
    Marks of the agent's turns are not used.  Raises FileNotFoundError, DataFormatError.
    """
    rows: list[Row] = []
    for row in array_rows(path):
        number = row.typed("UtteranceId", row.get("UtteranceId"), int, "a whole number")
        if number not in (0, len(rows)) or (number and not rows):
            raise row.error("UtteranceId", f"is {number} after {len(rows) - 1}; allowed: 0 or {len(rows)}")
        if number == 0 and rows:
            yield _annotated(rows)
            rows = []
        rows.append(row)
    yield _annotated(rows)


def _turn(row: Row, column: str, value: object) -> Turn:
    turn = row.typed(column, value, dict, "an object with from and value")
    speaker = str(turn.get("from", turn.get("role"))).lower()
    if speaker not in ROLES:
        raise row.error(column, f"has from {speaker!r:.40}; allowed: {', '.join(ROLES)}")
    text = row.typed(column, turn.get("value", turn.get("content")), str, "a value that is text")
    return Turn("user" if ROLES[speaker] == "user" else "assistant", text)


def _annotated(rows: list[Row]) -> AnnotatedDialogue:
    turns, marked, states = [], {}, []
    for place, row in enumerate(rows):
        role = row.text("Role")
        if role not in ("User", "Agent"):
            raise row.error("Role", f"is {role!r:.40}; allowed: User, Agent")
        turns.append(Turn("user" if role == "User" else "assistant", row.text("Content")))
        states.append(str(row.values.get("State") or ""))
        found = {polarity for polarity in MARKS if role == "User" and _mark(row, polarity)}
        if found:
            marked[place] = found
    return AnnotatedDialogue(Dialogue(f"row {rows[0].number}", tuple(turns)), marked, tuple(states))


def _mark(row: Row, polarity: str) -> bool:
    column = next((name for name in MARKS[polarity] if name in row.values), polarity)
    value = row.get(column)
    known = {"true": True, "yes": True, "false": False, "no": False, "none": False}
    if str(value).lower() not in known:
        raise row.error(column, f"is {value!r:.40}; allowed: true, false")
    return known[str(value).lower()]
