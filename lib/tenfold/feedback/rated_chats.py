"""The rated human dialogues of `tenfold.corpora.load_dialogues`, as dialogues of a user."""

from dataclasses import dataclass
from statistics import mean
from typing import Literal

from tenfold.corpora import load_dialogues
from tenfold.feedback.dialogue import Dialogue, Turn

DEFAULT = 5.0
"""Where the three scales stand before anybody moves them."""
Side = Literal["both", "first", "other"]


@dataclass(frozen=True)
class RatedChat:
    """A chat of two people and its rating.

    rating: mean of the three scales, 1 to 10.  untouched: whether all three stand at their default, so that
    perhaps nobody rated.  people: pseudonyms; chats that share one are not independent.
    """

    dialogue: Dialogue
    rating: float
    scales: dict[str, float]
    people: tuple[str, ...]

    @property
    def untouched(self) -> bool:
        return set(self.scales.values()) == {DEFAULT}


def rated_chats(*, user: Side = "both", least_turns: int = 1) -> list[RatedChat]:
    """All rated chats with at least so many turns, turns whose messages are joined by line ends.

    user: whose turns count as a user's. The data does not say who of the two rated, so that "both" is the
    default: then there is no assistant. "first" takes the one who wrote first, "other" the other one.
    """
    if user not in ("both", "first", "other"):
        raise ValueError(f"user is {user!r}; allowed: both, first, other")
    chats = []
    for chat in load_dialogues():
        if not chat.ratings or len(chat.turns) < least_turns:
            continue
        first = chat.turns[0].speaker
        turns = []
        for turn in chat.turns:
            mine = user == "both" or (turn.speaker == first) == (user == "first")
            turns.append(Turn("user" if mine else "assistant", "\n".join(turn.messages)))
        people = tuple(sorted({turn.speaker for turn in chat.turns}))
        scales = {name: float(value) for name, value in chat.ratings.items()}
        chats.append(RatedChat(Dialogue(chat.id, tuple(turns)), mean(scales.values()), scales, people))
    return chats
