"""Compiles the Triton kernels ahead of time, for GPUs that need not be there.

`compile_report` runs it as a program, because a process that interprets kernels cannot compile them: reads
a JSON list of `job` dictionaries from standard input, writes one JSON line for each.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, CompiledKernel

from tenfold.kernels.triton_backward import dkv_kernel, dq_kernel
from tenfold.kernels.triton_forward import forward_kernel
from tenfold.kernels.triton_tiles import TileShape, padded_head_dim, tile_shape

FUNCTIONS = {"forward": forward_kernel, "dq": dq_kernel, "dkv": dkv_kernel}
DTYPES = {"float16": "fp16", "bfloat16": "bf16", "float32": "fp32"}
INPUTS = {"Q", "K", "V", "OUT", "DOUT", "DQ", "DK", "DV"}  # in the inputs' dtype
FLOATS = {"LSE", "DLSE", "DELTA"}
MATRIX = re.compile(r"^\s*(?:@\S+\s+)?(wgmma\.mma_async|mma\.sync|v_mfma)", re.MULTILINE)


def gpu_target(name: str) -> GPUTarget:
    """Of "sm_90" or "gfx942"."""
    if name.startswith("sm_"):
        return GPUTarget("cuda", int(name[3:]), 32)
    return GPUTarget("hip", name, 64)


def compile_kernel(
    kernel: str, target: str, head_dim: int, dtype: str, block: int, shape: TileShape
) -> CompiledKernel:
    """With arguments as a launch gives them: pointers and strides divisible by 16."""
    function = FUNCTIONS[kernel]
    tile, step = (shape.keys, shape.queries) if kernel == "dkv" else (shape.queries, shape.keys)
    constants = {
        "D": head_dim,
        "D_PAD": padded_head_dim(head_dim),
        "M": shape.queries,
        "N": shape.keys,
        "GRAIN": min(step, block),
        "BAND": min(tile, block),
    }
    signature = {name: _type_of(name, dtype, constants) for name in function.arg_names}
    aligned = [i for i, name in enumerate(signature) if name.isupper() or re.fullmatch(r"\w+_[bht]", name)]
    attributes = {(i,): [["tt.divisibility", 16]] for i in aligned if function.arg_names[i] not in constants}
    source = ASTSource(fn=function, signature=signature, constexprs=constants, attrs=attributes)
    options = {"num_warps": shape.warps, "num_stages": shape.stages}
    return triton.compile(source, target=gpu_target(target), options=options)


def _type_of(name: str, dtype: str, constants: dict[str, int]) -> str:
    if name in constants:
        return "constexpr"
    if name in INPUTS:
        return "*" + DTYPES[dtype]
    if name in FLOATS:
        return "*fp32"
    if name.startswith("scale"):
        return "fp32"
    return "*i32" if name.isupper() else "i32"


def innermost_loops(assembly: str) -> list[str]:
    """Bodies of the loops that hold no other loop, in order: from a label to a jump back to it."""
    jumps_to = re.compile(r"\b(?:bra(?:\.uni)?|s_c?branch\w*)\s+(\$?\.?L[\w$]+)")
    lines = assembly.splitlines()
    labels: dict[str, int] = {}
    loops: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if label := re.match(r"\s*(\$?\.?L[\w$]+):", line):
            labels[label[1]] = number
        elif (jump := jumps_to.search(line)) and jump[1] in labels:
            loops.append((labels[jump[1]], number))
    inner = [a for a in loops if not any(a != b and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    return ["\n".join(lines[start : end + 1]) for start, end in sorted(inner)]


def matrix_instructions(assembly: str) -> tuple[str, int]:
    """Kind and number of matrix instructions in the first innermost loop that has any, else ("none", 0)."""
    for body in innermost_loops(assembly):
        if found := MATRIX.findall(body):
            return found[0], len(found)
    return "none", 0


def nvidia_resources(cubin: bytes) -> dict[str, int]:
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        listing = subprocess.run(
            [tool, "--dump-resource-usage", file.name], capture_output=True, text=True, check=True
        ).stdout
    registers, stack = re.search(r"REG:(\d+) STACK:(\d+)", listing).groups()
    return {"registers": int(registers), "spill_bytes": int(stack)}


def amd_resources(assembly: str) -> dict[str, int]:
    registers = re.search(r"\.vgpr_count:\s*(\d+)", assembly)[1]
    scratch = re.search(r"\.private_segment_fixed_size:\s*(\d+)", assembly)[1]
    return {"registers": int(registers), "spill_bytes": int(scratch)}


def report(job: dict[str, Any]) -> dict[str, Any]:
    """One row: `job` (kernel, target, head_dim, dtype, block) and what its compilation needs."""
    shape = tile_shape(job["kernel"], job["head_dim"], getattr(torch, job["dtype"]), job["target"])
    compiled = compile_kernel(**job, shape=shape)
    nvidia = "cubin" in compiled.asm
    assembly = compiled.asm["ptx" if nvidia else "amdgcn"]
    resources = nvidia_resources(compiled.asm["cubin"]) if nvidia else amd_resources(assembly)
    kind, count = matrix_instructions(assembly)
    return {
        **job,
        "queries": shape.queries,
        "keys": shape.keys,
        "warps": shape.warps,
        "stages": shape.stages,
        **resources,
        "shared_bytes": compiled.metadata.shared,
        "matrix_instruction": kind,
        "in_inner_loop": count,
    }


if __name__ == "__main__":
    for job in json.load(sys.stdin):
        print(json.dumps(report(job)), flush=True)
