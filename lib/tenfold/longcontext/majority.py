"""A summary-type task with known truth: which class of word occurs most often in the whole text."""

from typing import NamedTuple

import torch
from torch import Tensor

CLASSES = 8
QUESTION = CLASSES
FIRST_ANSWER = QUESTION + 1
VOCAB = FIRST_ANSWER + CLASSES
SEGMENT = 16
SPREAD = 1.0


class MajorityTexts(NamedTuple):
    """tokens [B, T]: words, then the question.  answers [B]: tokens, the class that occurs most often."""

    tokens: Tensor
    answers: Tensor


def majority_texts(count: int, length: int, generator: torch.Generator) -> MajorityTexts:
    """`count` texts of `length` tokens: words of CLASSES classes, one question at the end.

    Every SEGMENT words have shares of their own, softmax of normal draws of deviation SPREAD, so that one
    part of a text says little of the others.  Two words are then made the winner's, so that no text ends in
    a tie.
    Raises ValueError for a text without words.
    """
    if length < 3:
        raise ValueError(f"length is {length}; allowed: 3 or more, words and a question")
    words = length - 1
    segments = -(-words // SEGMENT)
    shares = (SPREAD * torch.randn(count * segments, CLASSES, generator=generator)).softmax(-1)
    drawn = torch.multinomial(shares, SEGMENT, replacement=True, generator=generator)
    tokens = torch.full((count, length), QUESTION)
    tokens[:, :words] = drawn.view(count, -1)[:, :words]
    winner = _counts(tokens).argmax(-1)
    others = torch.rand(count, words, generator=generator).masked_fill(
        tokens[:, :words] == winner[:, None], -1
    )
    tokens.scatter_(1, others.topk(2, dim=1).indices, winner[:, None].expand(-1, 2))
    return MajorityTexts(tokens, FIRST_ANSWER + winner)


def _counts(tokens: Tensor) -> Tensor:
    """[B, CLASSES]."""
    return (tokens[:, :, None] == torch.arange(CLASSES)).sum(1)
