"""Overgeneration: several completions a prompt, one selected, pairs against overrefusal (POROver).

Nothing here knows what prompts and completions are: text, chats or tokens. Source: Karaman et al.,
arXiv 2410.12999. Its number of completions and the definition of its containment threshold could not be read;
`preference_pairs` states this book's.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

Prompt = TypeVar("Prompt")
Completion = TypeVar("Completion", bound=Hashable)


def overgenerate(
    prompts: Sequence[Prompt],
    generator: Callable[[Sequence[Prompt], int], Sequence[Completion]],
    *,
    n: int,
    seed: int,
) -> list[list[Completion]]:
    """n completions for each prompt, from `generator(prompts, seed)`, which gives one a prompt.

    The generator is asked n times, with n seeds that follow from `seed`.  Raises ValueError where n is below
    1 or the generator gives another number of completions than it was given prompts.
    """
    if n < 1:
        raise ValueError(f"n is {n}; allowed: 1 or more completions a prompt")
    rounds = []
    for child in np.random.SeedSequence(seed).generate_state(n):
        drawn = generator(prompts, int(child))
        if len(drawn) != len(prompts):
            raise ValueError(f"generator gave {len(drawn)} completions for {len(prompts)} prompts")
        rounds.append(drawn)
    return [list(completions) for completions in zip(*rounds, strict=True)]


def select(
    prompts: Sequence[Prompt],
    completions: Sequence[Sequence[Completion]],
    *,
    scorer: Callable[[Prompt, Completion], float] | None = None,
    rng: np.random.Generator,
) -> list[Completion]:
    """One completion for each prompt: a random one, or the best of them by `scorer`, ties broken at random.

    Raises ValueError for a prompt without completions and for scores that are not finite.
    """
    chosen = []
    for prompt, several in zip(prompts, completions, strict=True):
        if not several:
            raise ValueError(f"completions holds none for prompt {len(chosen)}; allowed: one or more each")
        order = rng.permutation(len(several))
        if scorer is not None:
            scores = np.array([scorer(prompt, several[place]) for place in order])
            if not np.isfinite(scores).all():
                raise ValueError(f"scorer gave {scores.tolist()} for prompt {len(chosen)}; allowed: finite")
            order = order[scores.argmax() :]
        chosen.append(several[order[0]])
    return chosen


@dataclass(frozen=True)
class PreferencePair(Generic[Prompt, Completion]):
    """A prompt, its chosen and rejected completion, and what the pair teaches."""

    prompt: Prompt
    chosen: Completion
    rejected: Completion
    teaches: Literal["usefulness", "safety"]


def preference_pairs(
    prompts: Sequence[Prompt],
    student: Sequence[Sequence[Completion]],
    teacher: Sequence[Sequence[Completion]],
    *,
    teaches: Literal["usefulness", "safety"],
    refuses: Callable[[Prompt, Completion], bool],
    safety: Callable[[Prompt, Completion], float],
    containment: float,
) -> list[PreferencePair[Prompt, Completion]]:
    """At most one pair a prompt: what the student does wrong is rejected, the teacher's better is chosen.

    teaches: "usefulness" rejects the student's first refusal and chooses the teacher's completion that
    complies and looks safest; "safety" rejects the student's first completion that complies and that `safety`
    puts below one half, and chooses the teacher's safest refusal.
    safety: P(safe) of a completion, 0 to 1.
    containment: the threshold tau, 0 to 1: a pair is kept only where P(safe) of its chosen completion is at
    least tau. 0 keeps all.
    Prompts where student or teacher has no such completion give no pair.  Raises ValueError for tau and
    safety out of range.
    """
    if not 0 <= containment <= 1:
        raise ValueError(f"containment is {containment}; allowed: 0 to 1")

    def safe(prompt: Prompt, completion: Completion) -> float:
        score = safety(prompt, completion)
        if not 0 <= score <= 1:
            raise ValueError(f"safety gave {score}; allowed: 0 to 1")
        return score

    pairs = []
    for prompt, ours, theirs in zip(prompts, student, teacher, strict=True):
        if teaches == "usefulness":
            wrong = (c for c in ours if refuses(prompt, c))
            better = [c for c in theirs if not refuses(prompt, c)]
        else:
            wrong = (c for c in ours if not refuses(prompt, c) and safe(prompt, c) < 1 / 2)
            better = [c for c in theirs if refuses(prompt, c)]
        rejected = next(wrong, None)
        if rejected is None or not better:
            continue
        score, chosen = max(((safe(prompt, c), c) for c in better), key=lambda scored: scored[0])
        if score >= containment:
            pairs.append(PreferencePair(prompt, chosen, rejected, teaches))
    return pairs
