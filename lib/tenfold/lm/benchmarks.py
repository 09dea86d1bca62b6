"""The phi-3 report's benchmarks as tasks of lm-evaluation-harness, and the checkpoints to put to them.

Tables only: nothing is imported from the harness and nothing is fetched; `tenfold.lm.harness` runs them.
Report: arXiv 2404.14219, section 3; its own prompts are internal. Harness: lm-eval 0.4.13.
"""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Benchmark:
    """A task of the harness.

    name: as in the report's table.  task: the harness's name of a task, group or tag, or a task of one's own
    (`tenfold.lm.harness.local_task`).  shots: solved examples before each item.  metric: "acc" takes the
    likeliest answer, "acc_norm" the likeliest per character.  answers: what the harness compares by its
    likelihood: letters, after a list of options; words, the same for all items, such as yes and no; or the
    answers' texts, after the question alone.
    """

    name: str
    task: str | dict[str, Any]
    shots: int
    metric: Literal["acc", "acc_norm"]
    answers: Literal["letters", "words", "texts"]


# Shots are the report's, but for TruthfulQA, whose prompt in the harness has six examples of its own.
# Metrics: by character where answers are texts of different lengths and the harness has it.
BENCHMARKS = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark("MMLU", "mmlu", 5, "acc", "letters"),
        Benchmark("HellaSwag", "hellaswag", 5, "acc_norm", "texts"),
        Benchmark("ANLI", "anli", 7, "acc", "words"),
        Benchmark("MedQA", "medqa_4options", 2, "acc", "letters"),
        Benchmark("Arc-C", "arc_challenge", 10, "acc_norm", "texts"),
        Benchmark("Arc-E", "arc_easy", 10, "acc_norm", "texts"),
        Benchmark("PIQA", "piqa", 5, "acc_norm", "texts"),
        Benchmark("SociQA", "social_iqa", 5, "acc", "texts"),
        Benchmark("WinoGrande", "winogrande", 5, "acc", "texts"),
        Benchmark("OpenBookQA", "openbookqa", 10, "acc_norm", "texts"),
        Benchmark("BoolQ", "boolq", 2, "acc", "words"),
        Benchmark("CommonSenseQA", "commonsense_qa", 10, "acc", "letters"),
        Benchmark("TruthfulQA", "truthfulqa_mc2", 0, "acc", "texts"),
    )
}

NOT_RUN = {
    "GSM-8K": "the answer is parsed from generated text",
    "MATH": "the answer is parsed from generated text",
    "AGIEval": "the report does not say which of its tasks are averaged",
    "TriviaQA": "the answer is parsed from generated text",
    "BBH": "the answer is parsed from generated text",
    "HumanEval": "generated programs would have to be executed",
    "MBPP": "generated programs would have to be executed",
}


@dataclass(frozen=True)
class Checkpoint:
    """model: hub id, or a folder.  revision: commit of the hub."""

    model: str
    revision: str


# mini: the release that the report measured. Its card names this commit for who wants the version before the
# update of mid 2024, which raised MMLU from 68.8 to 70.9. small runs on code of its own only.
CHECKPOINTS = {
    "mini": Checkpoint("microsoft/Phi-3-mini-4k-instruct", "ff07dc01615f8113924aed013115ab2abd32115b"),
    "medium": Checkpoint("microsoft/Phi-3-medium-4k-instruct", "d194e4e74ffad5a5e193e26af25bcfc80c7f1ffc"),
}
