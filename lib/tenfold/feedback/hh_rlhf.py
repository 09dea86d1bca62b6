"""hh-rlhf (Bai et al. 2022, arXiv:2204.05862): pairs of transcripts, one of them preferred by people."""

import re
from dataclasses import dataclass
from pathlib import Path

from tenfold.feedback.dialogue import Dialogue, Turn
from tenfold.feedback.json_rows import Row, line_rows

_SPEAKER = re.compile(r"\n\n(Human|Assistant):")


@dataclass(frozen=True)
class TranscriptPair:
    """Two dialogues; as a rule they differ in their last turn only."""

    chosen: Dialogue
    rejected: Dialogue


def read_hh_rlhf(path: str | Path) -> list[TranscriptPair]:
    """The pairs of a JSONL file, or a compressed one (.gz): columns chosen and rejected.

    A transcript is turns that begin with an empty line and "Human:" or "Assistant:", the first with "Human:".
    Turns lose white space at their ends and may be empty.  Raises FileNotFoundError, DataFormatError.
    """
    return [TranscriptPair(_dialogue(row, "chosen"), _dialogue(row, "rejected")) for row in line_rows(path)]


def _dialogue(row: Row, column: str) -> Dialogue:
    before, *parts = _SPEAKER.split(row.text(column))
    if before.strip() or not parts or parts[0] != "Human":
        raise row.error(
            column,
            f"starts with {row.text(column)[:20]!r}; allowed: an empty line, then Human: or Assistant:",
        )
    turns = [
        Turn("user" if speaker == "Human" else "assistant", text.strip())
        for speaker, text in zip(parts[::2], parts[1::2], strict=True)
    ]
    return Dialogue(f"{row.number} {column}", tuple(turns))
