"""Time of a preference training step beside TRL's own trainer, written to results/preference_step.{json,md}.

`PreferenceTrainer` with the loss "dpo" and TRL's DPOTrainer with its sigmoid loss train the same model on the
same pairs in the same order, on one thread. One round measures both, the first of them in turn, so that
another load on the machine meets both alike; ratios are taken within a round. Time is that of this process's
CPU from the end of a warm-up step to the end of the last: loading batches counts, tokenizing, building the
trainer and precomputing log-probabilities do not. The reference is a model of its own, or was precomputed.
"""

import argparse
import copy
import json
import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported
os.environ["TQDM_DISABLE"] = "1"

import torch
from datasets import Dataset, disable_progress_bars
from machine import machine
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    PrinterCallback,
    TrainerCallback,
)
from trl import DPOConfig, DPOTrainer

from tenfold.preference.trainer import PreferenceTrainer

RESULTS = Path(__file__).with_name("results")
WARMUP = 2
REFERENCES = {"model": False, "precomputed": True}
"""Reference to args.precompute_ref_log_probs."""


@dataclass(frozen=True)
class Shape:
    """A Llama, the pairs of a step, and the steps of a measurement; prompts and completions in tokens."""

    name: str
    vocabulary: int
    width: int
    layers: int
    heads: int
    pairs: int
    prompt: int
    completion: int
    steps: int


SHAPES = (
    Shape("chapter 06", 33, 64, 2, 4, 16, 6, 32, 60),
    Shape("32k", 32_768, 128, 4, 4, 4, 32, 64, 5),
)


class Clock(TrainerCallback):
    """CPU and wall-clock seconds between the end of the last warm-up step and the end of the last step."""

    def on_step_end(self, args, state, control, **_):
        if state.global_step == WARMUP:
            self.start = time.process_time(), time.perf_counter()
        self.end = time.process_time(), time.perf_counter()

    def seconds(self) -> tuple[float, float]:
        return self.end[0] - self.start[0], self.end[1] - self.start[1]


def new_model(shape: Shape) -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=shape.vocabulary,
            hidden_size=shape.width,
            intermediate_size=2 * shape.width,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            max_position_embeddings=shape.prompt + shape.completion + 1,
            tie_word_embeddings=True,
            pad_token_id=0,
            eos_token_id=0,
            bos_token_id=None,
        )
    )


def new_tokenizer(shape: Shape) -> PreTrainedTokenizerFast:
    """One token a number; 0 ends and pads."""
    words = Tokenizer(models.WordLevel({str(i): i for i in range(shape.vocabulary)}, unk_token="0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="0", eos_token="0")


def new_pairs(shape: Shape, n: int) -> Dataset:
    """n pairs of random text; completions are between half as long and as long as the longest."""
    generator = torch.Generator().manual_seed(0)

    def text(low: int, high: int) -> str:
        length = torch.randint(low, high + 1, (), generator=generator).item()
        tokens = torch.randint(1, shape.vocabulary, (length,), generator=generator)
        return " ".join(map(str, tokens.tolist()))

    return Dataset.from_list(
        [
            {
                "prompt": text(shape.prompt, shape.prompt),
                # TRL joins prompt and completion as text
                "chosen": " " + text(shape.completion // 2, shape.completion - 1),
                "rejected": " " + text(shape.completion // 2, shape.completion - 1),
            }
            for _ in range(n)
        ]
    )


def timed(who: str, shape: Shape, precomputed: bool, steps: int, given: tuple) -> dict[str, float]:
    """Seconds a step, and the mean loss of the run."""
    model, tokenizer, pairs = given
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        arguments = DPOConfig(
            folder,
            max_steps=WARMUP + steps,
            per_device_train_batch_size=shape.pairs,
            learning_rate=1e-4,
            precompute_ref_log_probs=precomputed,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            dataloader_pin_memory=False,
            logging_strategy="no",
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        shared = {
            "ref_model": None if precomputed else copy.deepcopy(model),
            "args": arguments,
            "train_dataset": pairs,
            "processing_class": tokenizer,
            "callbacks": [clock],
        }
        trainer = (
            PreferenceTrainer(copy.deepcopy(model), loss="dpo", **shared)
            if who == "ours"
            else DPOTrainer(copy.deepcopy(model), **shared)
        )
        trainer.remove_callback(PrinterCallback)
        loss = trainer.train().training_loss
    cpu, wall = clock.seconds()
    return {"cpu_seconds": cpu / steps, "wall_seconds": wall / steps, "mean_training_loss": loss}


def measure(shape: Shape, reference: str, *, rounds: int, scale: float) -> dict:
    steps = max(2, round(shape.steps * scale))
    model = new_model(shape)
    given = model, new_tokenizer(shape), new_pairs(shape, (WARMUP + steps) * shape.pairs)
    measured: dict[str, list[dict]] = {"ours": [], "TRL": []}
    for number in range(rounds):
        for who in sorted(measured, reverse=number % 2 == 0):
            measured[who].append(timed(who, shape, REFERENCES[reference], steps, given))
        ours, theirs = (measured[who][-1] for who in ("ours", "TRL"))
        if abs(ours["mean_training_loss"] - theirs["mean_training_loss"]) > 1e-4:
            raise ArithmeticError(f"the two train differently: {ours}, {theirs}")
        print(
            f"{shape.name}, reference {reference}, round {number + 1}/{rounds}: "
            f"{ours['cpu_seconds'] / theirs['cpu_seconds']:.2f} of TRL's time",
            flush=True,
        )
    seconds = {who: [row["cpu_seconds"] for row in rows] for who, rows in measured.items()}
    return {
        "shape": vars(shape) | {"parameters": model.num_parameters(), "steps": steps},
        "reference": reference,
        "cpu_seconds": {who: spread(values) for who, values in seconds.items()},
        "ratio": spread([a / b for a, b in zip(seconds["ours"], seconds["TRL"], strict=True)]),
        "rounds": measured,
    }


def spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "low": min(values), "high": max(values)}


def table(results: dict) -> str:
    computer, load = results["machine"], results["load_average"]
    lines = [
        "# Time of a preference training step",
        "",
        f"Measured {results['measured']}, {results['rounds']} rounds, one thread, on {computer['processor']} "
        f"({computer['cores']} cores, {computer['system']}), Python {computer['python']}, "
        f"torch {computer['torch']}, transformers {computer['transformers']}, TRL {computer['trl']}. "
        f"Load average {load['before']:.1f} before, {load['after']:.1f} after: about 1 is a quiet machine.",
        "",
        "CPU milliseconds a step, float32: median over rounds, in brackets the lowest and highest round. "
        "Ratios are taken within a round; below 1 our step is the faster one. Reference: a model that is run "
        "at every step, or log-probabilities computed before the first. Both trainers give the same loss. "
        "On the CPU, TRL's projects the prompt's tokens too and takes entropy, mean logit and accuracy of "
        "each; on a GPU it has a kernel for the scored tokens alone, of which these numbers say nothing.",
        "",
        "| Shape | Vocabulary | Parameters | Pairs a step | Reference | Ours, ms | TRL, ms | Ours to TRL |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in results["rows"]:
        shape, seconds = row["shape"], row["cpu_seconds"]
        cells = [
            shape["name"],
            f"{shape['vocabulary']:,}",
            f"{shape['parameters']:,}",
            str(shape["pairs"]),
            row["reference"],
            *(ranged(seconds[who], 1000, ".0f") for who in ("ours", "TRL")),
            ranged(row["ratio"], 1, ".2f"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def ranged(values: dict[str, float], unit: float, form: str) -> str:
    return f"{values['median'] * unit:{form}} [{values['low'] * unit:{form}}, {values['high'] * unit:{form}}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="repeats of every measurement (default 7)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor of the steps (default 1)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    disable_progress_bars()
    load = [os.getloadavg()[0]]
    rows = [
        measure(shape, reference, rounds=arguments.rounds, scale=arguments.scale)
        for shape in SHAPES
        for reference in REFERENCES
    ]
    load.append(os.getloadavg()[0])
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("torch", "transformers", "trl", "accelerate", "tenfold"),
        "load_average": {"before": load[0], "after": load[1]},
        "rounds": arguments.rounds,
        "rows": rows,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "preference_step.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "preference_step.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
