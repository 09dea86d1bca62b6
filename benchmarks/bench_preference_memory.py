"""Peak memory of completion log-probs, forward and backward, to results/preference_memory.{json,md}.

Three ways on the same hidden states: plain (float32 log_softmax of all logits), `completion_logprobs`,
and the head of TRL's trainers. Each measurement is a process of its own: the highest resident memory while it
computes, less the resident memory before, with inputs there and everything loaded. It counts what has to be
kept too: the gradients of hidden states and weight. Linux only.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported

import torch
from torch import Tensor

from tenfold.preference import completion_logprobs

RESULTS = Path(__file__).with_name("results")
VOCABULARIES = (32_768, 131_072)
SEQUENCES, TIME, PROMPT = 4, 257, 128
WIDTHS = (64,)
WAYS = ("plain", "ours", "TRL")


def plain(hidden: Tensor, weight: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
    logprobs = (hidden[:, :-1] @ weight.T).float().log_softmax(-1)
    return (logprobs.gather(-1, tokens[:, 1:, None])[..., 0] * mask[:, 1:]).sum(1)


def trl_head(hidden: Tensor, weight: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
    """As TRL's patched forward does it where Triton has no device: every position is scored."""
    from trl.kernels import ChunkedLogProbFunction

    rows, targets = hidden[:, :-1].reshape(-1, hidden.shape[-1]), tokens[:, 1:].reshape(-1)
    logprobs = ChunkedLogProbFunction.apply(
        rows, weight, None, targets, 1.0, 32768, None, 1.0, ("log_probs",)
    )[0]
    return (logprobs.view(tokens.shape[0], -1) * mask[:, 1:]).sum(1)


def inputs(vocabulary: int, width: int, sequences: int, length: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(sequences, length, width, generator=generator).requires_grad_()
    weight = torch.randn(vocabulary, width, generator=generator).mul_(0.1).requires_grad_()
    tokens = torch.randint(vocabulary, (sequences, length), generator=generator)
    mask = (torch.arange(length) >= min(PROMPT, length // 2)).expand(sequences, -1)
    return hidden, weight, tokens, mask


def measure(way: str, vocabulary: int, width: int) -> dict[str, float]:
    """In this process: bytes and seconds of one forward and backward pass."""
    torch.set_num_threads(1)
    compute = {"plain": plain, "ours": completion_logprobs, "TRL": trl_head}[way]
    compute(*inputs(64, width, 2, 4)).sum().backward()  # loads what is loaded at first use
    given = inputs(vocabulary, width, SEQUENCES, TIME)
    Path("/proc/self/clear_refs").write_text("5")  # the highest resident memory starts from the present one
    before, start = resident("VmRSS"), time.process_time()
    total = compute(*given).sum()
    total.backward()
    return {
        "peak_bytes": resident("VmHWM") - before,
        "cpu_seconds": time.process_time() - start,
        "logprob": total.item(),
    }


def measured_apart(way: str, vocabulary: int, width: int) -> dict[str, float]:
    """`measure`, in a process of its own."""
    command = [sys.executable, __file__, "--one", way, str(vocabulary), str(width)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def resident(field: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def table(results: dict) -> str:
    machine = results["machine"]
    lines = [
        "# Memory of completion log-probabilities",
        "",
        f"Measured {results['measured']} on the CPU, one thread, {machine['system']}, Python "
        f"{machine['python']}, torch {machine['torch']}, TRL {machine['trl']}. {SEQUENCES} sequences of "
        f"{TIME} tokens, {PROMPT} of them prompt, float32; forward and backward.",
        "",
        "| Vocabulary | Width | Way | Peak, MiB | To plain | CPU seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in results["rows"]:
        lines.append(
            f"| {row['vocabulary']:,} | {row['width']} | {row['way']} | {row['peak_bytes'] / 2**20:,.0f} "
            f"| {row['to_plain']:.2f} | {row['cpu_seconds']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--one", nargs=3, metavar=("WAY", "VOCABULARY", "WIDTH"), help="measure in this process"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    if arguments.one:
        way, vocabulary, width = arguments.one
        print(json.dumps(measure(way, int(vocabulary), int(width))))
        return
    rows = []
    for vocabulary in VOCABULARIES:
        for width in WIDTHS:
            of_shape = {}
            for way in WAYS:
                of_shape[way] = measured_apart(way, vocabulary, width)
                plainly = of_shape["plain"]
                if abs(of_shape[way]["logprob"] / plainly["logprob"] - 1) > 1e-4:
                    raise ArithmeticError(f"{way} gives {of_shape[way]}, the plain way {plainly}")
                to_plain = of_shape[way]["peak_bytes"] / plainly["peak_bytes"]
                rows.append(
                    {"vocabulary": vocabulary, "width": width, "way": way}
                    | of_shape[way]
                    | {"to_plain": to_plain}
                )
                print(f"{vocabulary:,} x {width}, {way}: {to_plain:.2f} of the plain way", flush=True)
    results = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            **{package: version(package) for package in ("torch", "trl", "tenfold")},
        },
        "rows": rows,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "preference_memory.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "preference_memory.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
