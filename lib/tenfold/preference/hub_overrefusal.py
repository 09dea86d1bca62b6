"""One run against overrefusal on published models: a teacher's answers, perhaps a preference stage.

The pipeline of `prompt_experiment`, with text instead of the prompt world. Data and models are found, and the
teacher is asked, before training starts; student, teacher and guard are held at once. Source: Karaman et al.,
arXiv 2410.12999.
"""

import functools
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tenfold.preference.hub_completions import guard_of, safety_of, teacher_completions
from tenfold.preference.hub_data import answer_tokens, prompt_tokens
from tenfold.preference.hub_generators import model_generator
from tenfold.preference.hub_models import check_positions, load_model
from tenfold.preference.hub_pairs import made_pairs, pairs_tuned
from tenfold.preference.hub_pools import draw_pools, read_tests
from tenfold.preference.hub_refusals import detector_counts, refusal_metrics, refuses
from tenfold.preference.hub_student_config import HubPreference, HubStudentConfig
from tenfold.preference.hub_training import Steps, fine_tuned
from tenfold.preference.overgeneration import select
from tenfold.preference.safety_data import Prompt

__all__ = ["HubPreference", "HubStudentConfig", "train_hub_students"]


def train_hub_students(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train and measure the runs of these configurations, one after the other, on one GPU or else on the CPU.

    Metrics, of one answer at temperature 0 to each test prompt, after the first stage ("before_") and after
    the preference stage ("after_"): "before_unended", the share of answers cut off at max_completion, and
    those of `hub_refusals.refusal_metrics`, as "after_xstest_overrefusal".  "xstest_harmless",
    "xstest_harmful", and of or_bench: numbers of prompts.  "general_answers", "toxic_answers": how many the
    student is tuned on; "general_refused", "toxic_refused": how many of them refuse.  "usefulness_pairs",
    "safety_pairs": numbers.  "in_tests", "too_long": training prompts left out as test prompts, and as too
    long; "unusable": the teacher's answers left out as cut off, empty or too long; "student_unusable": the
    student's, of those drawn for pairs.  Runs in a row that differ in the preference stage alone share their
    first stage. Raises ValueError, OSError, ChatError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # TRL's calls into transformers; they name its files
        return [{"metrics": _run(HubStudentConfig.from_json(config)), "curve": []} for config in configs]


def _run(config: HubStudentConfig) -> dict[str, float]:
    untrained, tokenizer = load_model(config.student, config.student_revision)
    check_positions(untrained, config.student, config.max_prompt, config.max_completion)
    tests = read_tests(config, tokenizer)
    pools = draw_pools(config, tests, tokenizer)
    detector_counts()
    guard_of(config)
    first, stage = replace(config, preference=None), config.preference
    theirs, unusable = {}, 0
    for place, (teaches, prompts) in enumerate((("usefulness", pools.borderline), ("safety", pools.harmful))):
        completions, fewer = teacher_completions(
            first, prompts, n=config.completions, seed=100 * config.seed + 20 + place
        )
        theirs[teaches] = prompts, completions
        unusable += fewer
    student, of_first = _first_stage(first, pools.general, pools.toxic, tests)
    metrics = dict(of_first)
    for benchmark in config.tests:
        of_it = [prompt.harmful for prompt in tests if prompt.source == benchmark]
        name = benchmark.replace("-", "_")
        metrics |= {f"{name}_harmful": sum(of_it), f"{name}_harmless": len(of_it) - sum(of_it)}
    metrics |= {"in_tests": pools.in_tests, "too_long": pools.too_long}
    metrics["unusable"] += unusable
    if stage is not None:
        pairs, metrics["student_unusable"] = made_pairs(student, tokenizer, config, stage, theirs)
        teaches = [pair.teaches for pair in pairs]
        metrics |= {f"{kind}_pairs": teaches.count(kind) for kind in theirs}
        policy = pairs_tuned(student, tokenizer, config, stage, pairs)
        metrics |= _measured("after", policy, tokenizer, config, tests)
    return {name: float(value) for name, value in metrics.items()}


@functools.lru_cache(maxsize=1)
def _first_stage(
    config: HubStudentConfig, general: tuple[str, ...], toxic: tuple[str, ...], tests: tuple[Prompt, ...]
) -> tuple[PreTrainedModel, dict[str, float]]:
    """The student tuned on the selected answers of the teacher, and its metrics."""
    untrained, tokenizer = load_model(config.student, config.student_revision)
    tuned_on: list[tuple[str, str]] = []
    metrics: dict[str, float] = {"unusable": 0}
    for place, (pool, prompts) in enumerate((("general", general), ("toxic", toxic))):
        answered, unusable = _selected(config, prompts, place)
        tuned_on += answered
        metrics["unusable"] += unusable
        metrics[f"{pool}_answers"] = len(answered)
        metrics[f"{pool}_refused"] = sum(refuses(answer) for _, answer in answered)
    tokens = [
        (prompt_tokens(tokenizer, prompt), answer_tokens(tokenizer, answer)) for prompt, answer in tuned_on
    ]
    columns = {
        "input_ids": [[*prompt, *answer] for prompt, answer in tokens],
        "labels": [[*[-100] * len(prompt), *answer] for prompt, answer in tokens],
    }
    steps = Steps(config.lr, config.steps, config.batch, config.micro_batch, config.seed)
    student = fine_tuned(untrained, tokenizer, columns, steps)
    return student, metrics | _measured("before", student, tokenizer, config, tests)


def _selected(
    config: HubStudentConfig, prompts: tuple[str, ...], place: int
) -> tuple[list[tuple[str, str]], int]:
    """Prompts with the teacher's selected answer, and how many answers are not usable."""
    n = 1 if config.selection == "random" else config.completions
    completions, unusable = teacher_completions(config, prompts, n=n, seed=100 * config.seed + place)
    answered = {p: several for p, several in zip(prompts, completions, strict=True) if several}
    if prompts and not answered:
        raise ValueError(
            f"teacher {config.teacher!r} gave no whole answer within max_completion, {config.max_completion} "
            "tokens; allowed: more of them, or another teacher"
        )
    asked, several = list(answered), tuple(answered.values())
    scorer = safety_of(guard_of(config), asked, several) if config.selection == "guard" else None
    rng = np.random.default_rng([config.seed, 7, place])
    return list(zip(asked, select(asked, several, scorer=scorer, rng=rng), strict=True)), unusable


def _measured(
    stage: str,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    config: HubStudentConfig,
    tests: tuple[Prompt, ...],
) -> dict[str, float]:
    generator = model_generator(model, tokenizer, config, name=config.student, temperature=0.0)
    answers = generator([prompt.text for prompt in tests], config.seed)
    metrics = refusal_metrics(tests, [answer.text for answer in answers], seed=config.seed)
    unended = sum(not answer.ended for answer in answers) / len(answers)
    return {f"{stage}_{name}": value for name, value in (metrics | {"unended": unended}).items()}
