"""A dialogue between a user and an assistant, and quotations that are checked to stand in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["user", "assistant"]
ROLES: tuple[Role, ...] = get_args(Role)
Polarity = Literal["SAT", "DSAT"]
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)
"""Satisfaction and dissatisfaction."""


@dataclass(frozen=True)
class Turn:
    """One utterance, unchanged. Raises ValueError for another role."""

    role: Role
    text: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role is {self.role!r}; allowed: {', '.join(ROLES)}")
        if not isinstance(self.text, str):
            raise ValueError(f"text is a {type(self.text).__name__}; allowed: str, decoded beforehand")


@dataclass(frozen=True)
class Dialogue:
    """Turns in their order; turns of one role may follow each other, and the user may have none."""

    id: str
    turns: tuple[Turn, ...]

    @property
    def user_turns(self) -> Iterator[tuple[int, str]]:
        """Place among all turns, and text."""
        return ((place, turn.text) for place, turn in enumerate(self.turns) if turn.role == "user")

    def quote(self, place: int, start: int, end: int) -> "Quote":
        """The characters start to end of a user's turn. Raises ValueError where there are none."""
        text = self.turns[place].text
        if self.turns[place].role != "user" or not 0 <= start < end <= len(text):
            raise ValueError(
                f"dialogue {self.id!r}, turn {place}, characters {start} to {end}; allowed: a span that is "
                f"not empty in a turn of the user, here {self.turns[place].role} with {len(text)} characters"
            )
        return Quote(place, start, end, text[start:end])


@dataclass(frozen=True)
class Quote:
    """Words of the user: `turn` is the place among all turns, `start` and `end` count characters."""

    turn: int
    start: int
    end: int
    text: str


def find_quote(
    dialogue: Dialogue,
    text: str,
    *,
    turn: int | None = None,
    hidden: dict[int, list[tuple[int, int]]] | None = None,
) -> Quote | None:
    """The first place where a user said exactly this, white space at the ends aside; None where nobody did.

    turn: the only turn to look in; None: all of the user's.  hidden: spans of turns that may not be quoted; a
    quotation must not touch one.
    """
    wanted = text.strip()
    if not wanted:
        return None
    for place, said in dialogue.user_turns:
        if turn is not None and place != turn:
            continue
        spans = (hidden or {}).get(place, [])
        start = said.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            touched = [b for a, b in spans if a < end and start < b]
            if not touched:
                return dialogue.quote(place, start, end)
            start = said.find(wanted, max(touched))
    return None


def check_quotes(dialogue: Dialogue, quotes: tuple[Quote, ...]) -> None:
    """Raises ValueError for a quotation that does not stand in a user's turn as it says."""
    for quote in quotes:
        if not 0 <= quote.turn < len(dialogue.turns):
            raise ValueError(
                f"dialogue {dialogue.id!r} has no turn {quote.turn}; it has {len(dialogue.turns)}"
            )
        if dialogue.quote(quote.turn, quote.start, quote.end) != quote:
            raise ValueError(
                f"dialogue {dialogue.id!r}, turn {quote.turn} does not say {quote.text!r:.80} there"
            )
