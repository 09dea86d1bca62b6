"""Dialogues of simulated users with whoever answers, and what the users really thought.

What is built in: how often a satisfied user says so, how often a dissatisfied one complains openly, hints at
it or says nothing, politeness that thanks for any answer, sarcasm, vague complaints and typing errors, all as
stated in `Manners`. A user's turn is about the answer before it, and then makes the next request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tenfold.feedback.dialogue import Dialogue, Polarity, Turn
from tenfold.feedback.user_phrases import (
    COMPLAINTS,
    GOODBYES,
    IMPLICIT,
    PRAISE,
    SARCASM,
    THANKS,
    VAGUE,
    mistyped,
    phrase,
)
from tenfold.feedback.user_world import (
    DISSATISFIED,
    ID,
    User,
    draw_request,
    draw_user,
    in_words,
    pick,
    shown,
    unmet,
)

Requests = Sequence[tuple[int, ...]]
Answerer = Callable[[Requests, int], Sequence[Sequence[int]]]
"""Requests and a seed to one answer each, in tokens."""
REQUEST_WORDS = 4


@dataclass(frozen=True)
class Manners:
    """How users speak, as probabilities.

    praises: a satisfied user says so.  complains, hints: a dissatisfied one complains openly, or shows it
    between the lines; else nothing is said.  named: complaints and praise that name a wish.  thanks: a polite
    user thanks, before whatever else.  sarcastic: complaints.  mistyped: utterances.  held_out: which
    phrasings, as in `phrase`.
    """

    praises: float = 0.15
    complains: float = 0.35
    hints: float = 0.3
    named: float = 0.75
    thanks: float = 0.3
    sarcastic: float = 0.05
    mistyped: float = 0.05
    held_out: bool | None = None

    def __post_init__(self) -> None:
        for name in ("praises", "complains", "hints", "named", "thanks", "sarcastic", "mistyped"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed: 0 to 1")
        if self.complains + self.hints > 1:
            raise ValueError(f"complains + hints is {self.complains + self.hints}; allowed: at most 1")


@dataclass(frozen=True)
class Exchange:
    """One request, its answer and the truth about it.

    satisfied: how the user felt.  said: what the next turn shows of it, None where it shows nothing.
    hinted: whether it does so between the lines.  feedback: those words, empty for none.
    """

    request: tuple[int, ...]
    answer: tuple[int, ...]
    satisfied: bool
    said: Polarity | None
    hinted: bool
    feedback: str


@dataclass(frozen=True, eq=False)
class UserDialogue:
    """A dialogue, who spoke, and its exchanges: the answer of exchange i is turn 2 i + 1, its echo 2 i + 2.

    Two are equal where they are the same object, so that one can be looked up.
    """

    dialogue: Dialogue
    user: User
    exchanges: tuple[Exchange, ...]

    @property
    def marked(self) -> dict[int, set[Polarity]]:
        """The user's turns that show a polarity, as `evaluate_feedback` takes them."""
        return {2 * i + 2: {e.said} for i, e in enumerate(self.exchanges) if e.said}


def user_dialogues(
    n: int,
    answerer: Answerer,
    *,
    population: str = "cued",
    manners: Manners | None = None,
    exchanges: int = 3,
    held_out: bool = False,
    seed: int,
) -> list[UserDialogue]:
    """n dialogues of `exchanges` requests each, all answered in one call.

    held_out: requests that are kept for tests. Equal seeds give equal users and requests whoever answers.
    """
    manners = manners or Manners()
    rng = np.random.default_rng([seed, 1])
    users = [draw_user(population, rng) for _ in range(n)]
    requests = [
        draw_request(user, population, held_out=held_out, rng=rng) for user in users for _ in range(exchanges)
    ]
    answers = list(answerer(requests, seed))
    if len(answers) != len(requests):
        raise ValueError(f"answerer gave {len(answers)} answers for {len(requests)} requests")
    made = []
    for place, user in enumerate(users):
        rng = np.random.default_rng([seed, 2, place])
        rows = slice(place * exchanges, (place + 1) * exchanges)
        made.append(_dialogue(f"{seed}-{place}", user, requests[rows], answers[rows], manners, rng))
    return made


def _dialogue(
    name: str, user: User, requests: Requests, answers: Sequence[Sequence[int]], manners: Manners, rng
) -> UserDialogue:
    turns, exchanges, before = [], [], ""
    for request, answer in zip(requests, answers, strict=True):
        turns += [
            Turn("user", f"{before}{'. ' if before else ''}{in_words(request)}"),
            Turn("assistant", in_words(answer)),
        ]
        exchange, before = _reaction(user, request, tuple(answer), manners, rng)
        exchanges.append(exchange)
    turns.append(Turn("user", f"{before}{'. ' if before else ''}{phrase(GOODBYES, held_out=None, rng=rng)}"))
    return UserDialogue(Dialogue(name, tuple(turns)), user, tuple(exchanges))


def _reaction(user: User, request, answer, manners: Manners, rng) -> tuple[Exchange, str]:
    """The exchange, and the words before the next request."""
    seen = shown(request, answer)
    wanting = unmet(user, seen)
    satisfied = bool(rng.random() >= DISSATISFIED[min(len(wanting), len(DISSATISFIED) - 1)])
    draw = rng.random()
    said: Polarity | None = None
    hinted, words = False, ""
    if satisfied and draw < manners.praises:
        said, words = "SAT", _praise(user, seen, manners, rng)
    elif not satisfied and draw < manners.complains:
        said, words = "DSAT", _complaint(wanting, manners, rng)
    elif not satisfied and draw < manners.complains + manners.hints:
        said, hinted = "DSAT", True
        words = phrase(IMPLICIT, held_out=manners.held_out, rng=rng)
    if words and rng.random() < manners.mistyped:
        words = mistyped(words, rng)
    feedback = words
    if user.polite and rng.random() < manners.thanks:
        thanks = phrase(THANKS, held_out=manners.held_out, rng=rng)
        words = f"{thanks}, {words}" if words else thanks
        said = said or ("SAT" if satisfied else None)
    return Exchange(tuple(request), answer, satisfied, said, hinted, feedback), words


def _complaint(wanting: Sequence[str], manners: Manners, rng) -> str:
    if rng.random() < manners.sarcastic:
        return phrase(SARCASM, held_out=manners.held_out, rng=rng)
    if wanting and rng.random() < manners.named:
        return phrase(COMPLAINTS[pick(wanting, rng)], held_out=manners.held_out, rng=rng)
    return phrase(VAGUE, held_out=manners.held_out, rng=rng)


def _praise(user: User, seen, manners: Manners, rng) -> str:
    met = [side for attribute, side in user.wants.items() if seen.sides.get(attribute) == side]
    named = bool(met) and rng.random() < manners.named
    return phrase(PRAISE[pick(met, rng)] if named else PRAISE[""], held_out=manners.held_out, rng=rng)


def request_of(turn: Turn) -> tuple[int, ...]:
    """The tokens of the request that ends a user's turn. Raises ValueError where none does."""
    words = turn.text.split()[-REQUEST_WORDS:]
    if len(words) < REQUEST_WORDS or any(word not in ID for word in words):
        raise ValueError(f"turn {turn.text!r:.60} ends with no request; allowed: three words and a subject")
    return tuple(ID[word] for word in words)
