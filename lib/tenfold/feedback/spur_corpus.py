"""The rated chats as chapter 08 uses them: ratings, people, pairs of like length, and their features."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, get_args

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from tenfold.feedback.dialogue import Dialogue, Turn
from tenfold.feedback.encoder import encode_once
from tenfold.feedback.pattern_index import PatternIndex
from tenfold.feedback.rated_chats import RatedChat, rated_chats
from tenfold.paths import project_root

LEAST_TURNS = 4
LIKED, DISLIKED = 8.0, 5.0
"""A mean rating of at least this, or at most this, for the pairs of like length."""
REACH = 0.35
"""How far a pair's two dialogues may be apart: sum of the differences of log characters and log turns."""
WINDOWS = 4
LONGEST = 3
LEAST_DIALOGUES = 3
SAMPLE = " sample"
Name = Literal["rated", "matched", "with default", "first", "other", "planted"]
NAMES: tuple[Name, ...] = get_args(Name)
PLANTED = {1: ("what a splendid talk", 0.4, 0.1), -1: ("this drags on a bit", 0.4, 0.1)}
"""For each label a sentence, its share among dialogues of this label, and among those of the other."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """dialogues: N of them.  targets: name to float [N].  groups: int [N], what a split keeps together.

    people: of each dialogue, empty where they are not known.
    """

    name: str
    dialogues: tuple[Dialogue, ...]
    targets: dict[str, np.ndarray]
    groups: np.ndarray
    people: tuple[tuple[str, ...], ...]

    @cached_property
    def texts(self) -> list[str]:
        """What the users said, a turn a line."""
        return ["\n".join(text for _, text in dialogue.user_turns) for dialogue in self.dialogues]

    @cached_property
    def lengths(self) -> np.ndarray:
        """[N, 2]: log of the users' words and turns, each and one."""
        words = [len(text.split()) for text in self.texts]
        turns = [sum(1 for _ in dialogue.user_turns) for dialogue in self.dialogues]
        return np.log1p(np.array([words, turns], dtype=float).T)

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        """[N, V]: how often a dialogue holds each word and pair of words."""
        return CountVectorizer(ngram_range=(1, 2)).fit_transform(self.texts).tocsr()

    @cached_property
    def embeddings(self) -> np.ndarray:
        """float32 [N, 384], kept in the project's build folder."""
        return encode_once(self.texts, project_root() / "build" / "embeddings", windows=WINDOWS)

    @cached_property
    def index(self) -> PatternIndex:
        return PatternIndex(self.dialogues, longest=LONGEST, least_dialogues=LEAST_DIALOGUES)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the dialogues' texts, their targets and groups."""
        told = hashlib.sha256()
        for dialogue in self.dialogues:
            for turn in dialogue.turns:
                told.update(f"{turn.role}\0{turn.text}\1".encode("utf-8", "surrogatepass"))
        for name, values in self.targets.items():
            told.update(name.encode() + np.round(values, 6).tobytes())
        told.update(self.groups.astype(np.int64).tobytes())
        return told.hexdigest()


@lru_cache(maxsize=8)
def corpus(name: str) -> Corpus:
    """A corpus of the rated chats with at least 4 turns, by its name.

    rated: those whose rating somebody touched, with the mean rating and each scale as targets.  with default:
    also those that stand at their default on all scales.  first, other: as rated, but only the turns of the
    one who wrote first, or of the other, are a user's.  matched: pairs of a liked and a disliked dialogue of
    like length, with the label as target.  planted: as matched, with sentences added that go with the label.
    With " sample" after its name a corpus is thinned, for tests of the code.  Raises ValueError.
    """
    if name.endswith(SAMPLE):
        return _thinned(corpus(name.removesuffix(SAMPLE)))
    if name not in NAMES:
        raise ValueError(f"corpus is {name!r}; allowed: {', '.join(NAMES)}")
    side = name if name in ("first", "other") else "both"
    chats = rated_chats(user=side, least_turns=LEAST_TURNS)
    if name != "with default":
        chats = [chat for chat in chats if not chat.untouched]
    if name in ("matched", "planted"):
        return _paired(name, chats)
    targets = {"rating": np.array([chat.rating for chat in chats])}
    targets |= {scale: np.array([chat.scales[scale] for chat in chats]) for scale in sorted(chats[0].scales)}
    people = tuple(chat.people for chat in chats)
    return Corpus(name, tuple(c.dialogue for c in chats), targets, np.arange(len(chats)), people)


def _thinned(whole: Corpus) -> Corpus:
    """Every fourth pair, or every sixteenth dialogue."""
    groups, number = np.unique(whole.groups, return_inverse=True)
    rows = np.flatnonzero(number % (4 if len(groups) < len(number) else 16) == 0)
    return Corpus(
        whole.name + SAMPLE,
        tuple(whole.dialogues[row] for row in rows),
        {name: values[rows] for name, values in whole.targets.items()},
        whole.groups[rows],
        tuple(whole.people[row] for row in rows),
    )


def matched_pairs(chats: list[RatedChat]) -> list[tuple[int, int]]:
    """(liked, disliked): for each disliked dialogue the nearest liked one that is left, within `REACH`.

    Longest disliked ones first, for they have the fewest partners' rivals; ties by the order of the data.
    """
    size = np.array([[sum(len(t.text) for t in c.dialogue.turns), len(c.dialogue.turns)] for c in chats])
    size = np.log(np.maximum(size, 1))
    rating = np.array([chat.rating for chat in chats])
    free = np.flatnonzero(rating >= LIKED).tolist()
    pairs = []
    for at in sorted(np.flatnonzero(rating <= DISLIKED), key=lambda at: (-size[at].sum(), at)):
        apart = np.abs(size[free] - size[at]).sum(1) if free else np.array([np.inf])
        if apart.min() < REACH:
            pairs.append((free.pop(int(apart.argmin())), int(at)))
    return pairs


def _paired(name: str, chats: list[RatedChat]) -> Corpus:
    pairs = matched_pairs(chats)
    order = [at for pair in pairs for at in pair]
    labels = np.tile([1.0, -1.0], len(pairs))
    dialogues = [chats[at].dialogue for at in order]
    if name == "planted":
        dialogues = _plant(dialogues, labels)
    groups = np.repeat(np.arange(len(pairs)), 2)
    return Corpus(name, tuple(dialogues), {"label": labels}, groups, tuple(chats[at].people for at in order))


def _plant(dialogues: list[Dialogue], labels: np.ndarray) -> list[Dialogue]:
    """Each sentence of PLANTED as a further turn, by chance."""
    rng = np.random.default_rng(2403_12388)
    grown = []
    for dialogue, label in zip(dialogues, labels, strict=True):
        turns = list(dialogue.turns)
        for side, (sentence, own, others) in PLANTED.items():
            if rng.random() < (own if label == side else others):
                turns.insert(int(rng.integers(1, len(turns) + 1)), Turn("user", sentence))
        grown.append(Dialogue(dialogue.id, tuple(turns)))
    return grown
