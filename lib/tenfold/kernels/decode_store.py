"""Blocks that left the window of a cache but are still seen, side by side in memory."""

from math import ceil

import torch
from torch import Tensor

from tenfold.kernels.pattern import S2Pattern

GROWTH = 1 / 8  # room to grow, as a share of what is held


class BlockStore:
    """One lane for each KV head and residue of its stripes: its slot s holds key block residue + s * step.

    kv_heads: those that keep their stripes here (step is the pattern's stride) or everything (step is 1).
    like: a tensor [2, B, H_kv, blocks, block, D] of the same dtype and device.
    members: [lanes, most query heads of a lane], the heads that read the lane, one of them repeated where
    they are fewer; place: of every head, where `members` has it.
    """

    def __init__(self, pattern: S2Pattern, kv_heads: range, step: int, like: Tensor) -> None:
        self.pattern, self.kv_heads, self.step = pattern, kv_heads, step
        self.heads = slice(kv_heads.start * pattern.group, kv_heads.stop * pattern.group)
        readers: dict[tuple[int, int], list[int]] = {}
        for head in range(self.heads.start, self.heads.stop):
            residue = -pattern.shifts()[head] % step if step > 1 else 0
            readers.setdefault((head // pattern.group, residue), []).append(head)
        self.lanes = list(readers)
        most = max(map(len, readers.values()), default=1)
        self.members = torch.tensor([r + r[:1] * (most - len(r)) for r in readers.values()]).view(-1, most)
        self.place = torch.tensor(
            [
                lane * most + readers[key].index(head)
                for head in range(self.heads.start, self.heads.stop)
                for lane, key in enumerate(self.lanes)
                if head in readers[key]
            ],
            dtype=torch.int64,
        )
        self.counts = torch.zeros(len(self.lanes), dtype=torch.int64)
        self.data = like.new_zeros(*like.shape[:2], len(self.lanes), 0, *like.shape[4:])

    def take(self, index: int, leaving: Tensor) -> None:
        """Keep key block number `index` where it is still seen; leaving: [2, B, H_kv, block, D]."""
        slot, residue = divmod(index, self.step)
        lanes = [lane for lane, (_, own) in enumerate(self.lanes) if own == residue]
        if not lanes:
            return
        if slot >= self.data.shape[3]:
            room = ceil((slot + 1) * GROWTH)
            more = self.data.new_zeros(
                *self.data.shape[:3], slot + room - self.data.shape[3], *leaving.shape[3:]
            )
            self.data = torch.cat([self.data, more], 3)
        self.data[:, :, lanes, slot] = leaving[:, :, [self.lanes[lane][0] for lane in lanes]]
        self.counts[lanes] = slot + 1

    def used_slots(self) -> int:
        """Slots that some lane uses."""
        return int(self.counts.max()) if len(self.counts) else 0

    def blocks(self) -> Tensor:
        """Blocks held of every KV head, int64 [kv_heads of the pattern]."""
        held = torch.zeros(self.pattern.kv_heads, dtype=torch.int64)
        for (kv, _), count in zip(self.lanes, self.counts, strict=True):
            held[kv] += count
        return held

    def seen(self, newest: int) -> Tensor:
        """Used slots that a query in block `newest` sees in its lane: bool [heads of kv_heads, slots]."""
        slot = torch.arange(self.used_slots())
        lane = self.place // self.members.shape[1]
        held = slot < self.counts[lane, None]
        if self.step > 1:
            return held
        heads = range(self.heads.start, self.heads.stop)
        return held & torch.stack([self.pattern.visible(head, torch.tensor(newest), slot) for head in heads])

    def tokens(self, kv_head: int) -> tuple[Tensor, Tensor]:
        """Keys and values held of one KV head [2, B, tokens, D], and their positions [tokens]."""
        block = self.pattern.block
        parts, positions = [self.data[:, :, :0].flatten(2, 4)], [torch.zeros(0, dtype=torch.int64)]
        for lane, (kv, residue) in enumerate(self.lanes):
            if kv == kv_head:
                count = int(self.counts[lane])
                parts.append(self.data[:, :, lane, :count].flatten(2, 3))
                index = residue + torch.arange(count) * self.step
                positions.append((index[:, None] * block + torch.arange(block)).flatten())
        return torch.cat(parts, 2), torch.cat(positions)
