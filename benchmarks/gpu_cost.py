"""What the `gpu` profile of each chapter would cost, by arithmetic, written to results/gpu_cost.{json,md}.

Nothing is measured here. Chapters 01 and 02: the trainings of the recorded runs, with the wider models of
the `gpu` profile. Chapters 06 and 07: the plans of their notebooks with the settings' defaults, each text at
its longest. The others train nothing larger than at `laptop`, or say on their card what they take.

    python benchmarks/gpu_cost.py
"""

import argparse
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from side_by_side import RESULTS, write

from tenfold.lm import DecoderConfig
from tenfold.preference.hub_experiment import HubConfig
from tenfold.preference.hub_student_config import HubPreference, HubStudentConfig
from tenfold.runs import RunStore

ROOT = Path(__file__).parents[1]
# Operations a parameter and token (arXiv 2001.08361): 2 forward, 4 backward; attention's own are left out.
TRAINED, READ = 6, 2
PEAK = 989.4e12  # H100 SXM5, dense bfloat16, data sheet
USED = 0.3  # assumed share of the peak in training and reading
STEP = 0.01  # assumed least seconds of an optimiser step: the kernels of a small model are launched singly
WRITTEN = 0.02  # assumed seconds of one generated token, for all prompts that are answered at once
HOUR = 3600

WIDTHS = {12: 96, 24: 192, 48: 384}  # chapter 01, laptop to gpu
SHAPES = {24: (96, 3, 3), 40: (160, 4, 5), 64: (256, 6, 8), 96: (512, 8, 8)}  # chapter 02: gpu has
TOGETHER = 5  # runs that chapter 02 trains as one computation
HUB_RUNS = 2 * 4 * 3 * 3  # chapter 06: methods, betas, seeds, learning rates
STUDENTS, STUDENT_TESTS = 3, 450 + 1000 + 655  # chapter 07: seeds; XSTest, OR-Bench hard and toxic
SMALL_MODEL, TEACHER = 0.5e9, 7.6e9  # parameters of Qwen2.5-0.5B and Qwen2.5-7B, about


@dataclass(frozen=True)
class Plan:
    """One chapter's trainings.  steps: optimiser steps one after the other.  written: tokens generated one
    after the other, those of texts written at once counted once.  operations: of training and reading."""

    chapter: str
    what: str
    runs: int
    tokens: float
    operations: float
    steps: float = 0
    written: float = 0

    @property
    def hours(self) -> float:
        """The longer of arithmetic and launching, and the writing."""
        return (max(self.operations / (PEAK * USED), self.steps * STEP) + self.written * WRITTEN) / HOUR


def lr_horizon(configs: Iterable[dict]) -> Plan:
    """Runs that differ in the learning rate alone are trained as one computation."""
    configs = list(configs)
    tokens = [config["steps"] * config["batch"] * config["context"] for config in configs]
    sizes = [DecoderConfig(WIDTHS[config["model"]["d_model"]]).n_parameters for config in configs]
    calls = {
        (config["model"]["d_model"], config["steps"], config["batch"], config["schedule"], config["seed"])
        for config in configs
    }
    return Plan(
        "01 lr_horizon",
        f"widths {', '.join(map(str, WIDTHS.values()))}; up to {max(sizes):,} parameters",
        len(configs),
        sum(tokens),
        TRAINED * sum(n * d for n, d in zip(sizes, tokens, strict=True)),
        steps=sum(steps for _, steps, *_ in calls),
    )


def multilingual_law(configs: Iterable[dict]) -> Plan:
    configs = list(configs)
    shapes = [SHAPES[config["model"]["d_model"]] for config in configs]
    sizes = [DecoderConfig(width, layers=layers, heads=heads).n_parameters for width, layers, heads in shapes]
    tokens = [config["steps"] * config["batch"] * config["context"] for config in configs]
    return Plan(
        "02 multilingual_law",
        f"widths {', '.join(str(width) for width, *_ in SHAPES.values())}; up to {max(sizes):,} parameters",
        len(configs),
        sum(tokens),
        TRAINED * sum(n * d for n, d in zip(sizes, tokens, strict=True)),
        steps=sum(config["steps"] for config in configs) / TOGETHER,
    )


def po_guide(config: HubConfig) -> Plan:
    """Two texts a pair, read once by the reference; then answers, drawn and read by policy and judge."""
    length = config.max_prompt + config.max_completion
    trained = config.steps * config.batch * 2 * length
    tested = config.test_prompts * length
    at_once = -(-config.test_prompts // 32)
    return Plan(
        "06 po_guide",
        f"{config.model}, {config.steps} steps of {config.batch} pairs",
        HUB_RUNS,
        HUB_RUNS * (trained + tested),
        HUB_RUNS * SMALL_MODEL * ((TRAINED + READ) * trained + 3 * READ * tested),
        steps=HUB_RUNS * config.steps,
        written=HUB_RUNS * at_once * config.max_completion,
    )


def porover(config: HubStudentConfig) -> Plan:
    """The teacher answers; the student is tuned, answers, is tuned on pairs; it is tested twice."""
    stage, length = config.preference, config.max_prompt + config.max_completion
    taught = (config.general_size + config.added) * length
    tuned = config.steps * config.batch * length
    paired = stage.steps * config.batch * 2 * length
    prompts = stage.borderline_size + stage.harmful_size
    drawn = (prompts * stage.student_completions + 2 * STUDENT_TESTS) * length
    answers = [config.general_size + config.added, prompts * stage.student_completions]
    batches = sum(-(-texts // config.at_once) for texts in (*answers, STUDENT_TESTS, STUDENT_TESTS))
    operations = READ * TEACHER * (taught + prompts * length)
    operations += SMALL_MODEL * (TRAINED * tuned + (TRAINED + READ) * paired + READ * drawn)
    return Plan(
        "07 porover",
        f"{config.student}, teacher {config.teacher}",
        STUDENTS,
        STUDENTS * (taught + tuned + paired + drawn),
        STUDENTS * operations,
        steps=STUDENTS * (config.steps + stage.steps),
        written=STUDENTS * batches * config.max_completion,
    )


def plans(root: Path = ROOT) -> list[Plan]:
    def recorded(name: str) -> list[dict]:
        return [run.config for run in RunStore(root / "data" / "runs" / f"{name}.jsonl").load().values()]

    teacher = "Qwen/Qwen2.5-7B-Instruct"
    return [
        lr_horizon(recorded("lr_horizon")),
        multilingual_law(recorded("multilingual_law")),
        po_guide(HubConfig(loss="dpo", beta=0.1, lr=1e-6, seed=0)),
        porover(HubStudentConfig(seed=0, teacher=teacher, preference=HubPreference())),
    ]


def table(counted: list[Plan]) -> list[str]:
    lines = [
        "# The gpu profile by arithmetic",
        "",
        f"Estimates, not measurements. Operations: {TRAINED} a parameter and token in training, {READ} in "
        f"reading. Hours: operations over {USED:.0%} of {PEAK / 1e12:.0f} TFLOP/s, or {1000 * STEP:.0f} ms "
        "an optimiser step where that takes longer, and "
        f"{1000 * WRITTEN:.0f} ms for each generated token, of all texts that are written at once.",
        "",
        "| Chapter | Models | Runs | Tokens | Operations | Steps in a row | GPU hours, estimated |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for plan in counted:
        lines.append(
            f"| {plan.chapter} | {plan.what} | {plan.runs} | {plan.tokens:.2g} | {plan.operations:.1e} "
            f"| {plan.steps:,.0f} | {plan.hours:.1f} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    counted = plans()
    results = {"plans": [asdict(plan) | {"hours": plan.hours} for plan in counted]}
    write("gpu_cost", results, table(counted), arguments.out)


if __name__ == "__main__":
    main()
