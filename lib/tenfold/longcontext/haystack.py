"""Single facts far back in a text: `tenfold.lm.recall` in drawn fillers, or in real documents."""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from tenfold.lm.recall import FIRST_ANSWER, FIRST_FILLER, TAIL, VOCAB, recall_texts
from tenfold.longcontext.documents import WORDS, configured_documents, source_words

SOURCE_VOCAB = FIRST_FILLER + WORDS


class Haystack(NamedTuple):
    """tokens [B, T], which end in questions and answers; facts [B, QUESTIONS], their places; targets [B, T].

    targets: at every question its answer, where the next token is a word of a real document that word,
    elsewhere -100.
    """

    tokens: Tensor
    facts: Tensor
    targets: Tensor


class Haystacks:
    """Makes texts of any length.  documents: what `documents_config` gives, or None for drawn fillers."""

    def __init__(self, documents: dict[str, str] | None, part: str = "train"):
        self.vocab = VOCAB if documents is None else SOURCE_VOCAB
        self._words = None if documents is None else _words(tuple(documents.items()))[part]

    def draw(self, count: int, length: int, generator: torch.Generator) -> Haystack:
        """`count` texts of `length` tokens.  Raises ValueError where the facts do not fit."""
        texts = recall_texts(count, length, generator)
        if self._words is None:
            return Haystack(texts.tokens, texts.facts, texts.targets())
        starts = torch.randint(len(self._words) - length, (count, 1), generator=generator)
        words = FIRST_FILLER + self._words[starts + torch.arange(length)]
        tokens = torch.where(texts.tokens >= FIRST_FILLER, words, texts.tokens)
        following = tokens.roll(-1, 1)
        targets = torch.where(following >= FIRST_FILLER, following, -100)
        targets[:, -TAIL:] = -100
        targets[:, -TAIL::2] = tokens[:, -TAIL + 1 :: 2]
        return Haystack(tokens, texts.facts, targets)


def answer_targets(targets: Tensor) -> Tensor:
    """Which targets [..., T] are answers: bool."""
    return (targets >= FIRST_ANSWER) & (targets < FIRST_FILLER)


@cache
def _words(documents: tuple[tuple[str, str], ...]) -> dict[str, Tensor]:
    train, test = source_words(configured_documents(dict(documents)))
    return {"train": train, "test": test}
