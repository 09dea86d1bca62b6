"""Tile shapes of the Triton kernels by head_dim: chosen by `compile_report` so that nothing spills on sm_90."""

from dataclasses import dataclass
from typing import Literal

Kernel = Literal["forward", "dq", "dkv"]
KERNELS: tuple[Kernel, ...] = ("forward", "dq", "dkv")


@dataclass(frozen=True)
class TileShape:
    """queries, keys: rows of a tile on either side; warps: per program; stages: of the software pipeline."""

    queries: int
    keys: int
    warps: int
    stages: int


def padded_head_dim(head_dim: int) -> int:
    """The next power of two, which Triton's tiles need.  Raises ValueError outside 16..256."""
    if not 16 <= head_dim <= 256:
        raise ValueError(
            f"head_dim is {head_dim}: the Triton kernels take 16 to 256; use backend='reference'"
        )
    return 1 << (head_dim - 1).bit_length()


def tile_shape(kernel: Kernel, head_dim: int, bytes_per_number: int) -> TileShape:
    """Tile of `kernel` ("forward", "dq" or "dkv") for a head_dim and the inputs' dtype (2 or 4 bytes)."""
    width = padded_head_dim(head_dim)
    if bytes_per_number == 4:
        return TileShape(32, 32, 4, 1)
    if width <= 64:
        return {
            "forward": TileShape(128, 64, 4, 3),
            "dq": TileShape(64, 64, 4, 2),
            "dkv": TileShape(64, 64, 4, 2),
        }[kernel]
    if width == 128:
        return {
            "forward": TileShape(128, 64, 8, 2),
            "dq": TileShape(64, 64, 4, 2),
            "dkv": TileShape(64, 64, 8, 2),
        }[kernel]
    return {
        "forward": TileShape(64, 32, 8, 2),
        "dq": TileShape(64, 32, 8, 1),
        "dkv": TileShape(32, 64, 8, 1),
    }[kernel]
