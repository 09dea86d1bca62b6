"""Completions of a run on published models: what of them is used, the teacher's, and how safe each one is."""

import functools
from collections.abc import Callable, Sequence

from transformers import PreTrainedTokenizerBase

from tenfold.preference.hub_data import answer_tokens
from tenfold.preference.hub_generators import Generator, teacher_of
from tenfold.preference.hub_guard import Guard, load_guard
from tenfold.preference.hub_models import load_model
from tenfold.preference.hub_refusals import refuses
from tenfold.preference.hub_student_config import HubStudentConfig
from tenfold.preference.overgeneration import overgenerate

Completions = tuple[tuple[str, ...], ...]
"""Of each prompt its usable completions, perhaps none."""


def guard_of(config: HubStudentConfig) -> Guard | None:
    """Raises ValueError, OSError."""
    if config.guard is None:
        return None
    return load_guard(config.guard, config.guard_revision, config.unsafe_labels)


@functools.lru_cache(maxsize=4)
def teacher_completions(
    config: HubStudentConfig, prompts: tuple[str, ...], *, n: int, seed: int
) -> tuple[Completions, int]:
    """The teacher's usable completions, and how many are not. The last ones are kept.

    config: without a preference stage, so that runs that differ in it alone ask once.
    """
    _, tokenizer = load_model(config.student, config.student_revision)
    return usable_completions(prompts, teacher_of(config), config, tokenizer, n=n, seed=seed)


def usable_completions(
    prompts: Sequence[str],
    generator: Generator,
    config: HubStudentConfig,
    tokenizer: PreTrainedTokenizerBase,
    *,
    n: int,
    seed: int,
) -> tuple[Completions, int]:
    """Of n completions a prompt those that are whole, not empty and not too long, and how many are not."""
    guard = guard_of(config)

    def fits(prompt: str, text: str) -> bool:
        short = len(answer_tokens(tokenizer, text)) <= config.max_completion
        return short and (guard is None or guard.reads(prompt, text))

    drawn = overgenerate(prompts, generator, n=n, seed=seed)
    kept = tuple(
        tuple(answer.text for answer in several if answer.ended and answer.text and fits(prompt, answer.text))
        for prompt, several in zip(prompts, drawn, strict=True)
    )
    return kept, n * len(prompts) - sum(map(len, kept))


def safety_of(
    guard: Guard | None, prompts: Sequence[str], *completions: Completions
) -> Callable[[str, str], float]:
    """P(safe) of these completions; without a guard 1 for one that refuses, 0 for one that does not."""
    if guard is None:
        return lambda _, text: float(refuses(text))
    both = {
        (prompt, text)
        for some in completions
        for prompt, several in zip(prompts, some, strict=True)
        for text in several
    }
    asked = sorted(both, key=lambda pair: (len(pair[0]) + len(pair[1]), pair))
    scores = dict(zip(asked, guard.safety(*(zip(*asked, strict=True) if asked else ((), ()))), strict=True))
    return lambda prompt, text: scores[prompt, text]
