"""Benchmarks through lm-evaluation-harness: causal models of transformers, on its tasks or on items at hand.

Models and data of the tasks are fetched from the hub when a run asks for them by name, and never before. The
harness is imported when it is used: its import takes longer than a short run.
"""

import contextlib
import functools
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from tenfold.claims import Estimate
from tenfold.lm.benchmarks import BENCHMARKS, Benchmark


class NotAvailable(OSError):
    """A model, or the data of a task, that is neither here nor to be had; says what to do."""


@dataclass(frozen=True)
class Score:
    """value: mean over the items, in percent.  error: its standard error in points.  items: how many."""

    value: float
    error: float
    items: int

    def estimate(self, level: float) -> Estimate:
        """With a normal interval over items like these, cut at 0 and 100."""
        half = NormalDist().inv_cdf((1 + level) / 2) * self.error
        low, high = max(0.0, self.value - half), min(100.0, self.value + half)
        return Estimate(self.value, low, high, level=level, n=self.items)


@dataclass(frozen=True)
class Item:
    """A question with its choices; answer: place of the right one, from 0."""

    question: str
    choices: tuple[str, ...]
    answer: int

    def __post_init__(self) -> None:
        if not 0 <= self.answer < len(self.choices):
            raise ValueError(
                f"answer is {self.answer} in {self.question!r}; allowed: 0 to {len(self.choices) - 1}"
            )


def local_task(name: str, items: Sequence[Item], examples: Sequence[Item] = ()) -> dict[str, Any]:
    """A multiple-choice task of the harness made of items at hand; nothing is read or fetched.

    Prompt: question, a space, the choice; the first `shots` of `examples` stand before it, answered, with an
    empty line after each.
    """

    def data(**_: Any) -> dict[str, Any]:
        from datasets import Dataset

        return {
            split: Dataset.from_list([asdict(item) for item in part])
            for split, part in (("test", items), ("train", examples))
            if part
        }

    return {
        "task": name,
        "custom_dataset": data,
        "output_type": "multiple_choice",
        "test_split": "test",
        "doc_to_text": "{{question}}",
        "doc_to_choice": "choices",
        "doc_to_target": "answer",
        "metric_list": [
            {"metric": metric, "aggregation": "mean", "higher_is_better": True}
            for metric in ("acc", "acc_norm")
        ],
    } | ({"fewshot_split": "train", "fewshot_config": {"sampler": "first_n"}} if examples else {})


def evaluate_benchmarks(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    benchmarks: Iterable[Benchmark],
    *,
    limit: int | None,
    batch: int,
    seed: int = 0,
    chat: bool = False,
) -> dict[str, Score]:
    """Score of each benchmark by its name.

    limit: the first items of each task of the harness (of a group, of each of its tasks); None: all.  batch:
    texts at once.  seed: draws the examples of tasks that draw them.  chat: whether each prompt goes through
    the tokenizer's chat template. Items of a group count alike, whichever task they are of.
    Raises ValueError for a task that the harness does not have, NotAvailable for data that cannot be had.
    """
    from lm_eval.models.huggingface import HFLM

    benchmarks = list(benchmarks)
    named = [benchmark for benchmark in benchmarks if isinstance(benchmark.task, str)]
    manager = _task_manager(shipped=bool(named))
    for benchmark in named:
        if benchmark.task not in manager.all_tasks:
            raise ValueError(
                f"task of {benchmark.name} is {benchmark.task!r}; allowed: a name that `lm_eval ls tasks` "
                "lists, or a task of your own, made by local_task"
            )
    with _quiet():
        wrapped = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch)
        return {
            benchmark.name: _score(benchmark, wrapped, manager, limit=limit, seed=seed, chat=chat)
            for benchmark in benchmarks
        }


@functools.cache
def _task_manager(*, shipped: bool) -> Any:
    """The harness's index of its tasks, which takes a while to read, or an empty one."""
    from lm_eval.tasks import TaskManager

    return TaskManager(include_defaults=shipped)


def _score(
    benchmark: Benchmark, wrapped: Any, manager: Any, *, limit: int | None, seed: int, chat: bool
) -> Score:
    from lm_eval import simple_evaluate

    try:
        results = simple_evaluate(
            wrapped,
            tasks=[benchmark.task],
            num_fewshot=benchmark.shots,
            limit=limit,
            bootstrap_iters=0,
            task_manager=manager,
            apply_chat_template=chat,
            random_seed=seed,
            numpy_random_seed=seed,
            torch_random_seed=seed,
            fewshot_random_seed=seed,
        )
    except OSError as error:  # the model is here: it is the task's data that are not
        raise NotAvailable(
            f"the data of {benchmark.name}, task {_name(benchmark)!r} of lm-eval, cannot be had: "
            f"{_line(error)}; run it once with a network, without HF_HUB_OFFLINE and HF_DATASETS_OFFLINE, or "
            "let HF_HOME name a cache that holds them"
        ) from error
    values = [100 * float(item[benchmark.metric]) for items in results["samples"].values() for item in items]
    mean = math.fsum(values) / len(values)
    spread = math.fsum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
    return Score(mean, math.sqrt(spread / len(values)), len(values))


@dataclass(frozen=True)
class BenchmarkConfig:
    """One checkpoint on some benchmarks.

    model: a hub id or a folder.  revision: commit of the hub; None for a folder.  benchmarks: names in
    `BENCHMARKS`.  The rest: as for `evaluate_benchmarks`.
    """

    model: str
    revision: str | None
    benchmarks: tuple[str, ...] = tuple(BENCHMARKS)
    limit: int | None = 1000
    batch: int = 8
    seed: int = 0
    chat: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.benchmarks if name not in BENCHMARKS]
        if unknown or not self.benchmarks:
            raise ValueError(
                f"benchmarks has {unknown[0] if unknown else 'no name'!r}; allowed: {', '.join(BENCHMARKS)}"
            )
        for name in ("limit", "batch"):
            value = getattr(self, name)
            if not (type(value) is int and value > 0) and not (name == "limit" and value is None):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self) | {"benchmarks": list(self.benchmarks)}


def run_benchmarks(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Measure the checkpoints of these configurations, one after the other, on one GPU or else on the CPU.

    Metrics, for each benchmark: "MMLU" in percent, "MMLU error" in points, "MMLU items"; `recorded_score`
    reads them. Weights from safetensors alone, and no code that comes with a checkpoint is executed. Raises
    ValueError, NotAvailable.
    """
    return [{"metrics": _run(config), "curve": []} for config in configs]


def recorded_score(metrics: dict[str, float], benchmark: str) -> Score:
    """A benchmark's score from the metrics of a run of `run_benchmarks`."""
    value, error, items = (metrics[benchmark + what] for what in ("", " error", " items"))
    return Score(value, error, int(items))


def _run(config: dict[str, Any]) -> dict[str, float]:
    config = BenchmarkConfig(**config | {"benchmarks": tuple(config["benchmarks"])})
    tokenizer = _had(AutoTokenizer.from_pretrained, config)
    model = _had(AutoModelForCausalLM.from_pretrained, config, dtype="auto", use_safetensors=True)
    scores = evaluate_benchmarks(
        model.to("cuda" if torch.cuda.is_available() else "cpu").eval(),
        tokenizer,
        [BENCHMARKS[name] for name in config.benchmarks],
        limit=config.limit,
        batch=config.batch,
        seed=config.seed,
        chat=config.chat,
    )
    return {
        name + what: float(value)
        for name, score in scores.items()
        for what, value in (("", score.value), (" error", score.error), (" items", score.items))
    }


def _had(load: Callable[..., Any], config: BenchmarkConfig, **arguments: Any) -> Any:
    try:
        return load(config.model, revision=config.revision or "main", trust_remote_code=False, **arguments)
    except (OSError, ValueError) as error:
        raise NotAvailable(
            f"model {config.model!r} at revision {config.revision!r} cannot be had: {_line(error)}; give the "
            "folder of a model, or a hub id and a commit, with a network or a cache in HF_HOME that has them"
        ) from error


def _name(benchmark: Benchmark) -> str:
    return benchmark.task if isinstance(benchmark.task, str) else benchmark.task["task"]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the harness's remarks on what is asked of it here."""
    logger = logging.getLogger("lm_eval")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
