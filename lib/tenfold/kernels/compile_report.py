"""What the Triton kernels need of real GPUs, known by compiling alone."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import product

import pandas as pd

KERNELS = ("forward", "dq", "dkv")
TARGETS = ("sm_80", "sm_90", "gfx942")
DTYPES = ("float16", "bfloat16", "float32")


def compile_report(
    kernel: str | Sequence[str] = KERNELS,
    targets: Sequence[str] = TARGETS,
    *,
    head_dims: Sequence[int] = (64, 96, 128),
    dtypes: Sequence[str] = ("float16", "bfloat16"),
    block: int = 64,
) -> pd.DataFrame:
    """Compile `kernel` ("forward", "dq", "dkv", or several) ahead of time; no GPU is needed.

    One row for each kernel, target, head_dim and dtype: the tile (queries, keys, warps, stages), registers
    per thread, spill_bytes (local memory per thread, which only spilled registers use here), shared_bytes
    per program, and the matrix instructions in the innermost loop over whole tiles.  block: of the pattern.
    Runs in a process of its own, since one that interprets kernels cannot compile them; 1 to 5 s a row.
    Raises ValueError for an unknown kernel, target, dtype or head_dim, RuntimeError where compiling fails.
    """
    kernels = (kernel,) if isinstance(kernel, str) else tuple(kernel)
    for name, values, allowed in (
        ("kernel", kernels, KERNELS),
        ("targets", targets, TARGETS),
        ("dtypes", dtypes, DTYPES),
    ):
        for value in values:
            if value not in allowed:
                raise ValueError(f"{name} holds {value!r}: allowed are {', '.join(allowed)}")
    for head_dim in head_dims:
        if not 16 <= head_dim <= 256:
            raise ValueError(f"head_dims holds {head_dim}: the kernels take 16 to 256")
    if block < 16 or block & (block - 1):
        raise ValueError(f"block is {block}: a power of two from 16 on")
    names = ("kernel", "target", "dtype", "head_dim")
    jobs = [
        dict(zip(names, values, strict=True), block=block)
        for values in product(kernels, targets, dtypes, head_dims)
    ]
    return pd.DataFrame(_compile(jobs))


def _compile(jobs: list[dict]) -> list[dict]:
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-m", "tenfold.kernels.triton_compile"],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode:
        finished = len(done.stdout.splitlines())
        raise RuntimeError(f"compiling {jobs[min(finished, len(jobs) - 1)]} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]
