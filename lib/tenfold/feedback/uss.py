"""USS: task-oriented dialogues whose turns people rated (Sun et al. 2021, arXiv:2105.03748), as published.

`tenfold fetch uss` brings MWOZ.txt, SGD.txt, ReDial.txt and CCPE.txt, and
`tenfold.corpora.external.external_file("uss", "MWOZ.txt")` gives the path.
"""

from dataclasses import dataclass
from pathlib import Path

from tenfold.corpora.published import DataFormatError, utf8_text
from tenfold.feedback.dialogue import Dialogue, Turn

ROLES = ("USER", "SYSTEM")
OVERALL = "OVERALL"
VOTES = range(1, 6)


@dataclass(frozen=True)
class UssDialogue:
    """votes: of each turn, empty for the system's and for turns without any.  actions: as in the file.

    overall: votes on the whole dialogue.
    """

    dialogue: Dialogue
    votes: tuple[tuple[int, ...], ...]
    actions: tuple[str, ...]
    overall: tuple[int, ...]


def read_uss(path: str | Path) -> list[UssDialogue]:
    """The dialogues of a file: tab-separated role, text, action and votes (1 to 5, by commas).

    An empty line ends a dialogue. A user's row with the text OVERALL rates the dialogue as a whole and ends
    it. Rows may lack trailing columns; a fifth one (explanations, in JDDC.txt) is let pass.
    Raises FileNotFoundError, DataFormatError naming file, row and column.
    """
    path = Path(path)
    text = utf8_text(path)
    dialogues: list[UssDialogue] = []
    rows: list[tuple[Turn, tuple[int, ...], str]] = []
    overall: tuple[int, ...] | None = None

    def end() -> None:
        nonlocal overall
        if rows:
            turns, votes, actions = zip(*rows, strict=True)
            name = f"{path.stem} {len(dialogues) + 1}"
            dialogues.append(UssDialogue(Dialogue(name, turns), votes, actions, overall or ()))
        rows.clear()
        overall = None

    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip():
            end()
            continue
        role, said, action, votes = _columns(path, number, line)
        if overall is not None:
            raise _error(path, number, "role", f"{role} follows {OVERALL}; allowed: an empty line")
        if role == "USER" and said.strip() == OVERALL:
            if not rows:
                raise _error(path, number, "text", f"is {OVERALL}; allowed: below a dialogue")
            overall = votes
            continue
        if role == "SYSTEM" and votes:
            raise _error(path, number, "votes", f"are {votes}; allowed: none in a row of SYSTEM")
        rows.append((Turn("user" if role == "USER" else "assistant", said), votes, action))
    end()
    if not dialogues:
        raise DataFormatError(f"{path} has no dialogues; allowed: at least one")
    return dialogues


def _columns(path: Path, number: int, line: str) -> tuple[str, str, str, tuple[int, ...]]:
    fields = line.split("\t")
    if fields[0] not in ROLES:
        raise _error(path, number, "role", f"is {fields[0]!r:.40}; allowed: {', '.join(ROLES)}, then a tab")
    if len(fields) < 2 or len(fields) > 5:
        raise _error(path, number, "text", f"{len(fields)} columns; allowed: 2 to 5, by tabs")
    votes = fields[3].strip() if len(fields) > 3 else ""
    given = [vote.strip() for vote in votes.split(",")] if votes else []
    wrong = [vote for vote in given if not (vote.isascii() and vote.isdigit() and int(vote) in VOTES)]
    if wrong:
        raise _error(path, number, "votes", f"hold {wrong[0]!r:.40}; allowed: 1 to 5, by commas")
    return fields[0], fields[1], fields[2] if len(fields) > 2 else "", tuple(map(int, given))


def _error(path: Path, number: int, column: str, what: str) -> DataFormatError:
    return DataFormatError(f"{path}, row {number}, column {column}: {what}")
