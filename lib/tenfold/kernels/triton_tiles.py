"""Tile shapes of the Triton kernels, chosen by `compile_report` so that half precision does not spill.

Those of sm_90 were chosen by time instead, on an H100 in bfloat16 at 16,384 tokens and strides 1 and 16: the
fastest spill a few bytes at head_dim 128.  float32 has no matrix instruction in full precision, and at
head_dim 128 its dQ spilled with every tile tried.
"""

from dataclasses import dataclass
from typing import Literal

import torch

Kernel = Literal["forward", "dq", "dkv"]
Target = Literal["sm_80", "sm_90", "gfx942"]


@dataclass(frozen=True)
class TileShape:
    """queries, keys: rows of a tile on either side; warps: per program; stages: of the software pipeline."""

    queries: int
    keys: int
    warps: int
    stages: int


FLOAT32 = TileShape(32, 32, 8, 1)
UP_TO_64 = {
    "forward": TileShape(128, 64, 8, 3),
    "dq": TileShape(64, 64, 4, 2),
    "dkv": TileShape(32, 128, 8, 2),
}
UP_TO_128 = {
    "forward": TileShape(128, 64, 8, 2),
    "dq": TileShape(64, 64, 4, 2),
    "dkv": TileShape(32, 128, 8, 2),
}
UP_TO_256 = {
    "forward": TileShape(64, 32, 8, 2),
    "dq": TileShape(32, 32, 4, 1),
    "dkv": TileShape(32, 32, 4, 1),
}
EXCEPTIONS: dict[tuple[Target, Kernel, int], TileShape] = {  # by target, kernel, padded head_dim
    # faster than the general shape
    ("sm_90", "dq", 64): TileShape(64, 64, 4, 3),
    ("sm_90", "dkv", 64): TileShape(64, 64, 4, 3),
    ("sm_90", "forward", 128): TileShape(128, 64, 4, 2),
    ("sm_90", "dkv", 128): TileShape(32, 64, 4, 3),
    # where the general shape would spill
    ("sm_80", "dkv", 128): TileShape(64, 64, 8, 2),
    ("gfx942", "dkv", 64): TileShape(32, 64, 4, 2),
    ("gfx942", "dkv", 128): TileShape(32, 64, 4, 1),
}


def padded_head_dim(head_dim: int) -> int:
    """The next power of two, which Triton's tiles need.  Raises ValueError outside 16..256."""
    if not 16 <= head_dim <= 256:
        raise ValueError(
            f"head_dim is {head_dim}: the Triton kernels take 16 to 256; use backend='reference'"
        )
    return 1 << (head_dim - 1).bit_length()


def tile_shape(kernel: Kernel, head_dim: int, dtype: torch.dtype, target: Target) -> TileShape:
    """Tile of a kernel for inputs of this head_dim and dtype."""
    width = padded_head_dim(head_dim)
    if dtype == torch.float32:
        return FLOAT32
    if (exception := EXCEPTIONS.get((target, kernel, max(64, width)))) is not None:
        return exception
    return (UP_TO_64 if width <= 64 else UP_TO_128 if width == 128 else UP_TO_256)[kernel]


def target_of(device: torch.device) -> Target:
    """The nearest target that tiles were chosen for; the interpreter on the CPU takes those of sm_90."""
    if device.type != "cuda":
        return "sm_90"
    if torch.version.hip:
        return "gfx942"
    return "sm_90" if torch.cuda.get_device_capability(device) >= (9, 0) else "sm_80"
