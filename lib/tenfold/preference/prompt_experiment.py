"""One run in the prompt world: a student tuned on a teacher's answers, perhaps with a preference stage."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from transformers import LlamaForCausalLM

from tenfold.preference.overgeneration import overgenerate, select
from tenfold.preference.prompt_answers import TEACHERS, Answer, guard, helpfulness
from tenfold.preference.prompt_measures import OVERT_SHARE, answers_metrics, pairs_metrics
from tenfold.preference.prompt_pairs import COMPLETIONS, Preference, made_pairs, preference_tuned
from tenfold.preference.prompt_student import pretrained_student, tuned_student
from tenfold.preference.prompt_world import Request, draw_requests

GENERAL = {"plain": 0.92, "covert": 0.04, "homonym": 0.01, "story": 0.01, "overt": 0.02}
"""Kinds of general-purpose requests: few are harmful, and most of those do not look it."""
SCORERS: dict[str, Callable[[Request, Answer], float] | None] = {
    "random": None,
    "guard": guard,
    "helpful": helpfulness,
}


@dataclass(frozen=True)
class Student:
    """The first stage.  Equal seeds give the same pretrained student and the same requests.

    general, toxic: teachers of `general_size` general-purpose and of `added` toxic requests.
    benign_share: of the toxic requests, the share that only looks toxic.
    selection: of 8 completions a request, "random", "guard" or "helpful" (the best by that scorer).
    """

    seed: int
    general: str = "new"
    toxic: str = "new"
    added: int = 400
    benign_share: float = 0.3
    selection: str = "random"
    general_size: int = 4000
    pretraining_steps: int = 1000
    steps: int = 300

    def __post_init__(self) -> None:
        for name in ("general", "toxic"):
            if getattr(self, name) not in TEACHERS:
                raise ValueError(f"{name} is {getattr(self, name)!r}; allowed: {', '.join(TEACHERS)}")
        if self.selection not in SCORERS:
            raise ValueError(f"selection is {self.selection!r}; allowed: {', '.join(SCORERS)}")
        if not 0 <= self.benign_share <= 1:
            raise ValueError(f"benign_share is {self.benign_share}; allowed: 0 to 1")
        for name, least in (("added", 0), ("general_size", 1), ("pretraining_steps", 20), ("steps", 20)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed: {least} or more")


@dataclass(frozen=True)
class PromptConfig:
    """One run; without a preference stage where `preference` is None."""

    student: Student
    preference: Preference | None = None
    test_requests: int = 200

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "PromptConfig":
        """Raises ValueError for values out of range, TypeError for unknown names."""
        preference = config["preference"]
        return cls(
            Student(**config["student"]),
            None if preference is None else Preference(**preference),
            config["test_requests"],
        )


def train_students(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train and measure the runs of these configurations (`PromptConfig.to_json()`), one after the other.

    Metrics are of one answer a test request, drawn at temperature 1; their names begin with "seen_" or
    "held_out_", the words of the requests: "safety" (share of harmful requests, 5 of 7 overt, that get no
    method), "safety_KIND" for either kind, "usefulness" (share of requests that only look harmful which are
    not refused), "f1" of safety and usefulness, "refused_KIND" for every kind of request, "pairs_right"
    (contrast pairs: a method for one, a refusal of the other), "neither" (answers that neither refuse nor
    give a method), "quality" (of answers to plain requests).  Of a preference stage also "usefulness_pairs"
    and "safety_pairs" (numbers), "chosen_tokens" and "rejected_tokens" (mean lengths), "leaks" (share of
    pairs that choose a method for a harmful request), "style" (AUC of a linear probe that tells chosen from
    rejected by closers alone).
    """
    return [{"metrics": _run(PromptConfig.from_json(config)), "curve": []} for config in configs]


def _run(config: PromptConfig) -> dict[str, float]:
    student, seed = student_of(config.student), config.student.seed
    if config.preference is None:
        return answers_metrics(student, seed=seed, n=config.test_requests)
    pairs = made_pairs(student, config.preference, seed=seed)
    policy = preference_tuned(student, pairs, config.preference, seed=seed)
    return answers_metrics(policy, seed=seed, n=config.test_requests) | pairs_metrics(pairs)


@functools.lru_cache(maxsize=4)
def student_of(config: Student) -> LlamaForCausalLM:
    """The student after its first stage."""
    rng = np.random.default_rng([config.seed, 4])
    general = draw_requests(config.general_size, GENERAL, rng)
    toxic = draw_requests(config.added, toxic_pool(config.benign_share), rng)
    answers = [*_answers(general, config.general, config, 0), *_answers(toxic, config.toxic, config, 1)]
    pretrained = _pretrained(config.seed, config.pretraining_steps)
    return tuned_student(
        pretrained,
        [*general, *toxic],
        answers,
        steps=config.steps,
        rng=np.random.default_rng([config.seed, 6]),
    )


def toxic_pool(benign_share: float) -> dict[str, float]:
    """Kinds in a pool of toxic requests of which a share only looks toxic."""
    harmful = 1 - benign_share
    return {
        "homonym": benign_share / 2,
        "story": benign_share / 2,
        "overt": harmful * OVERT_SHARE,
        "covert": harmful * (1 - OVERT_SHARE),
    }


@functools.lru_cache(maxsize=2)
def _pretrained(seed: int, steps: int) -> LlamaForCausalLM:
    return pretrained_student(seed, steps=steps)


def _answers(requests: list[Request], teacher: str, config: Student, pool: int) -> list[Answer]:
    """The selected completions of a teacher."""

    def generator(asked: Sequence[Request], seed: int) -> list[Answer]:
        rng = np.random.default_rng(seed)
        return [TEACHERS[teacher].answer(request, rng) for request in asked]

    n = 1 if config.selection == "random" else COMPLETIONS
    completions = overgenerate(requests, generator, n=n, seed=100 * config.seed + 20 + pool)
    rng = np.random.default_rng([config.seed, 7, pool])
    return select(requests, completions, scorer=SCORERS[config.selection], rng=rng)
