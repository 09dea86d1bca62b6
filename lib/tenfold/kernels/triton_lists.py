"""The work lists of the Triton kernels: which parts of the other side every tile must visit.

A tile is `tile` consecutive positions of one side (queries for the forward pass and dQ, keys for dK and dV).
Its list has one entry for every `grain` positions of the other side that any of its pattern rows sees: the
union of the rows, and with each entry a bit mask of the rows (bands of the tile) that do see it.  dkernel
merges rows as "all rows up to the last that sees the column", which is right only for KV-efficient patterns.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from tenfold.kernels.pattern import S2Pattern


@dataclass(frozen=True, eq=False)
class WorkLists:
    """tiles: int32 [heads, n_tiles, 3], each a tile's first entry, the first that needs masks, and the end.

    starts, bits: int32 [entries]; first position of an entry and the bands of the tile that see it.  Entries
    before the first that needs masks are seen by the whole tile and lie wholly on one side of the diagonal.
    A list is filled up to a multiple of what one step takes (step // grain); fillers have no bits.
    """

    tiles: Tensor
    starts: Tensor
    bits: Tensor
    grain: int
    band: int

    @property
    def plan_tiles(self) -> int:
        return self.tiles.shape[1]


@lru_cache(maxsize=64)
def work_lists(
    pattern: S2Pattern, time: int, *, tile: int, step: int, by: str, device: torch.device
) -> WorkLists:
    """Lists for tiles of `tile` queries (by="query") or keys (by="key"), `step` positions visited at a time.

    Made for `time` rounded up to whole tiles, so that many lengths share them.
    """
    block = pattern.block
    band, grain = min(tile, block), min(step, block)
    unit = max(tile, step, block)
    n_blocks = -(-time // unit) * unit // block
    pointers, other = pattern.csr(n_blocks) if by == "query" else pattern.csc(n_blocks)
    n_rows = pattern.heads * n_blocks
    row = torch.arange(n_rows).repeat_interleave(pointers.diff(dim=1).flatten().long())

    # Cut pattern rows into bands and columns into grains; number both over all heads and positions.
    cuts, parts = block // band, block // grain
    band_at = (row[:, None] * cuts + torch.arange(cuts))[:, :, None]
    start = ((other.long()[:, None] * parts + torch.arange(parts)) * grain)[:, None, :]
    band_at, start = (x.flatten() for x in torch.broadcast_tensors(band_at, start))
    bands = tile // band
    tile_at, bit = band_at // bands, band_at % bands

    n_tiles = n_blocks * block // tile
    first = tile_at % n_tiles * tile
    above = start > first + tile - 1 if by == "query" else start + grain - 1 < first
    tile_at, start, bit = tile_at[~above], start[~above], bit[~above]
    width = n_blocks * block
    pair, where = torch.unique(tile_at * width + start, return_inverse=True)
    bits = torch.zeros(len(pair), dtype=torch.int64).scatter_add_(0, where, 1 << bit)
    tile_at, start = pair // width, pair % width
    first = tile_at % n_tiles * tile
    clear = start + grain - 1 <= first if by == "query" else start >= first + tile - 1
    whole = (bits == (1 << bands) - 1) & clear
    return _pack(tile_at, start, bits, whole, pattern.heads, n_tiles, step // grain, grain, band, device)


def _pack(
    tile_at: Tensor,
    start: Tensor,
    bits: Tensor,
    whole: Tensor,
    heads: int,
    n_tiles: int,
    per_step: int,
    grain: int,
    band: int,
    device: torch.device,
) -> WorkLists:
    """Entries sorted by tile, whole ones first; each tile's list filled up to whole steps."""
    order = torch.argsort(tile_at * 2 + ~whole, stable=True)
    tile_at, start, bits, whole = (x[order] for x in (tile_at, start, bits, whole))
    n_all = torch.bincount(tile_at, minlength=heads * n_tiles)
    n_whole = torch.bincount(tile_at[whole], minlength=heads * n_tiles)
    n_padded = -(-n_all // per_step) * per_step
    ends = n_padded.cumsum(0)
    begins = ends - n_padded
    unmasked_ends = begins + n_whole // per_step * per_step

    place = torch.arange(len(tile_at)) + (begins - (n_all.cumsum(0) - n_all))[tile_at]
    total = int(ends[-1])
    starts = torch.zeros(total, dtype=torch.int32).index_copy_(0, place, start.int())
    masks = torch.zeros(total, dtype=torch.int32).index_copy_(0, place, bits.int())
    tiles = torch.stack([begins, unmasked_ends, ends], dim=1).int().view(heads, n_tiles, 3)
    return WorkLists(tiles.to(device), starts.to(device), masks.to(device), grain, band)
