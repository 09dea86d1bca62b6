"""A small world of instructions and answers of known quality: the simulator of the preference chapters.

A prompt names a task (copy, reverse, sort) and a list of different items. The answer is the list after the
task, with stock phrases of three words wherever the assistant likes. What the world builds in:
- answers vary in care (items dropped, wrong, said twice) and, independently of it, in talkativeness;
- a phrase is easy to predict once it has begun, as padding in real text is;
- the reward pays for the right items in the right order and charges for others, phrases and a missing end;
- so an answer that leaves items out is short and bad, a talkative one long and slightly bad;
- who labels a pair sees the rewards through noise, and may favour every further token by a stated amount.
What a loss makes of this is not built in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PAD, END, ANSWER = 0, 1, 2
TASKS = ("copy", "reverse", "sort")
TOPICS = {
    "fruit": ("apple", "cherry", "fig", "lemon", "peach", "plum"),
    "tools": ("axe", "chisel", "file", "hammer", "plane", "saw"),
    "birds": ("crane", "dove", "finch", "heron", "owl", "wren"),
}
PHRASES = (("well", "you", "see"), ("to", "be", "sure"), ("as", "it", "were"))
WORDS = (
    "<pad>",
    "<end>",
    ":",
    *TASKS,
    *(word for topic in TOPICS.values() for word in topic),
    *(word for phrase in PHRASES for word in phrase),
)
"""Token ids are places in this tuple."""

_FIRST_ITEM = 3 + len(TASKS)
_PER_TOPIC = 6
_ITEMS = _PER_TOPIC * len(TOPICS)
_FIRST_FILLER = _FIRST_ITEM + _ITEMS
LONGEST_ANSWER = 32
"""Tokens after which an answer is cut off, the end included."""

FILLER_PRICE, EXTRA_PRICE, NO_END_PRICE = 0.02, 0.5, 0.5


@dataclass(frozen=True)
class Shift:
    """Which prompts are drawn: lengths of the lists, and whether a list mixes topics."""

    lengths: tuple[int, ...]
    mixed: bool


FAMILIAR = Shift((3, 4, 5), mixed=False)
"""The prompts of the preference data."""
SHIFTED = Shift((5, 6), mixed=True)
"""Prompts that no preference was ever given for; supervised training has seen a few of the kind."""
SHIFTED_SHARE = 0.3
"""Share of shifted prompts in supervised training."""


def draw_prompts(n: int, shift: Shift, rng: np.random.Generator) -> list[list[int]]:
    """n prompts, each the tokens [task, items…, ":"]; equal seeds give equal prompts."""
    prompts = []
    for _ in range(n):
        length = int(rng.choice(shift.lengths))
        if shift.mixed:
            items = rng.choice(_ITEMS, length, replace=False)
        else:
            items = _PER_TOPIC * rng.integers(len(TOPICS)) + rng.choice(_PER_TOPIC, length, replace=False)
        task = 3 + int(rng.integers(len(TASKS)))
        prompts.append([task, *(_FIRST_ITEM + items).tolist(), ANSWER])
    return prompts


def right_items(prompt: Sequence[int]) -> list[int]:
    """The items a perfect answer consists of, in order."""
    task, items = TASKS[prompt[0] - 3], list(prompt[1:-1])
    return {"copy": items, "reverse": items[::-1], "sort": sorted(items)}[task]


def demonstration(prompt: Sequence[int], rng: np.random.Generator) -> list[int]:
    """An answer as supervised training shows it: careful or careless, terse or talkative, ended."""
    fault = rng.choice((0.02, 0.35))
    talk = rng.choice((0.0, 0.25, 0.6))
    answer: list[int] = []
    for item in right_items(prompt):
        for phrase in rng.integers(len(PHRASES), size=rng.poisson(talk)):
            answer += range(_FIRST_FILLER + 3 * int(phrase), _FIRST_FILLER + 3 * int(phrase) + 3)
        if rng.random() >= fault:
            answer.append(item)
            continue
        wrong = _FIRST_ITEM + int(rng.integers(_ITEMS))
        answer += [[], [], [wrong], [item, item]][rng.integers(4)]
    return [*answer[: LONGEST_ANSWER - 1], END]


def reward(prompt: Sequence[int], answer: Sequence[int]) -> float:
    """Quality minus faults of an answer, at most 1.

    The share of the right items that stand in the right order (longest common subsequence), minus 0.5 times
    the number of other items over that of right ones, minus 0.02 for every word of a phrase, minus 0.5 where
    the answer has no end.
    """
    right = right_items(prompt)
    items = [token for token in answer if _FIRST_ITEM <= token < _FIRST_FILLER]
    found = _common_subsequence(right, items)
    score = (found - EXTRA_PRICE * (len(items) - found)) / len(right)
    return score - FILLER_PRICE * count_fillers(answer) - NO_END_PRICE * (END not in answer)


def count_fillers(answer: Sequence[int]) -> int:
    """Words of phrases in an answer."""
    return sum(token >= _FIRST_FILLER for token in answer)


def in_words(tokens: Sequence[int]) -> str:
    """Tokens as text."""
    return " ".join(WORDS[token] for token in tokens)


def _common_subsequence(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the longest common subsequence."""
    best = [0] * (len(b) + 1)
    for x in a:
        previous = 0
        for j, y in enumerate(b, 1):
            previous, best[j] = best[j], previous + 1 if x == y else max(best[j], best[j - 1])
    return best[-1]
