"""Preference pairs made of the feedback that users gave inside their dialogues.

WildFeedback (arXiv:2408.15549), step 2. Nothing here knows what writes the answers: a language model, a
policy in training or a simulator, called as `tenfold.preference.overgeneration` calls its generators.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from tenfold.feedback.dialogue import POLARITIES, Dialogue, Polarity, Turn
from tenfold.feedback.signals import Signal

Version = Literal["expert", "on-policy"]
SAFETY = "Answer helpfully, and do not help with anything harmful."


@dataclass(frozen=True)
class FeedbackPrompt:
    """What an answer is asked for: the dialogue before the answer that drew feedback.

    checklist: what the user turned out to want; empty for an answer written without it.  instruction: for the
    system prompt, beside the checklist.
    """

    dialogue: str
    history: tuple[Turn, ...]
    checklist: tuple[str, ...] = ()
    instruction: str = ""


@dataclass(frozen=True)
class FeedbackPair:
    """answer: place in the dialogue of the answer that drew the feedback."""

    prompt: FeedbackPrompt
    chosen: str
    rejected: str
    dialogue: str
    answer: int
    checklist: tuple[str, ...]


@dataclass(frozen=True)
class FeedbackPairs:
    """dropped: pairs whose chosen answer did not beat the other one.  empty: answers without a checklist."""

    pairs: list[FeedbackPair]
    dropped: int
    empty: int


Generator = Callable[[Sequence[FeedbackPrompt], int], Sequence[str]]
"""Prompts and a seed to one answer a prompt."""
Summariser = Callable[[Dialogue, Sequence[Signal]], Sequence[str]]
"""A dialogue and the signals about one of its answers to the checklist: what the user wants."""
Prefers = Callable[[FeedbackPrompt, Sequence[str], str, str], float]
"""Prompt, checklist, two answers to the probability that the first is better, 0 to 1."""


def feedback_pairs(
    dialogues: Sequence[Dialogue],
    signals: Sequence[Sequence[Signal]],
    *,
    version: Version,
    summarise: Summariser,
    generator: Generator,
    prefers: Prefers | None = None,
    use: Sequence[Polarity] = POLARITIES,
    seed: int,
) -> FeedbackPairs:
    """One pair for each answer that drew feedback of a used polarity and has a checklist.

    signals: of each dialogue.
    version: "expert" rejects the original answer where it drew dissatisfaction, and chooses what the
    generator writes with the checklist and a safety instruction; no pair is dropped.  "on-policy" lets the
    generator write both, the chosen one with the checklist; a pair whose chosen answer `prefers` puts at one
    half or below is dropped.
    use: ("DSAT",) leaves out what satisfied users say, as DRIFT does.
    The stored prompt holds neither checklist nor instruction. Raises ValueError for another version, numbers
    that differ, on-policy without `prefers`, and a generator with another number of answers.
    """
    if version not in get_args(Version):
        raise ValueError(f"version is {version!r}; allowed: {', '.join(get_args(Version))}")
    if len(dialogues) != len(signals):
        raise ValueError(f"{len(dialogues)} dialogues, signals of {len(signals)}; allowed: as many")
    if version == "on-policy" and prefers is None:
        raise ValueError("version is on-policy and prefers is missing; allowed: a judge that drops pairs")
    plain, guided, originals, places, empty = [], [], [], [], 0
    for dialogue, of_dialogue in zip(dialogues, signals, strict=True):
        for place, about in _by_answer(of_dialogue, use):
            if version == "expert" and not any(signal.polarity == "DSAT" for signal in about):
                continue
            checklist = tuple(line for line in summarise(dialogue, about) if line.strip())
            if not checklist:
                empty += 1
                continue
            history = dialogue.turns[:place]
            plain.append(FeedbackPrompt(dialogue.id, history))
            instruction = SAFETY if version == "expert" else ""
            guided.append(FeedbackPrompt(dialogue.id, history, checklist, instruction))
            originals.append(dialogue.turns[place].text)
            places.append(place)
    seeds = np.random.SeedSequence(seed).generate_state(2)
    chosen = _generated(generator, guided, int(seeds[0]))
    rejected = originals if version == "expert" else _generated(generator, plain, int(seeds[1]))
    pairs = [
        FeedbackPair(prompt, better, worse, prompt.dialogue, place, asked.checklist)
        for prompt, asked, better, worse, place in zip(plain, guided, chosen, rejected, places, strict=True)
    ]
    if version == "expert" or prefers is None:
        return FeedbackPairs(pairs, 0, empty)
    kept = [p for p in pairs if probability(prefers(p.prompt, p.checklist, p.chosen, p.rejected)) > 1 / 2]
    return FeedbackPairs(kept, len(pairs) - len(kept), empty)


def probability(value: float) -> float:
    """The value itself. Raises ValueError outside 0 to 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"prefers gave {value}; allowed: 0 to 1")
    return value


def _by_answer(signals: Sequence[Signal], use: Sequence[Polarity]) -> list[tuple[int, list[Signal]]]:
    about: dict[int, list[Signal]] = {}
    for signal in signals:
        if signal.polarity in use:
            about.setdefault(signal.answer, []).append(signal)
    return sorted(about.items())


def _generated(generator: Generator, prompts: Sequence[FeedbackPrompt], seed: int) -> list[str]:
    answers = list(generator(prompts, seed)) if prompts else []
    if len(answers) != len(prompts):
        raise ValueError(f"generator gave {len(answers)} answers for {len(prompts)} prompts")
    return answers
