"""The head-heterogeneous strided block pattern of S2-Attention."""

import math
import warnings
from dataclasses import KW_ONLY, dataclass
from typing import Literal

import torch
from torch import Tensor

from tenfold.kernels.pattern_checks import check_pattern


class PatternWarning(UserWarning):
    """A legal pattern lacks a property that S2-Attention's claims rest on."""


@dataclass(frozen=True)
class S2Pattern:
    """Which key blocks a query block sees, head by head (Lin et al. 2024, arXiv:2407.17678).

    Time is cut into blocks of `block` tokens.  Key block j is visible to query block i in head h iff

        j <= i  and  (i - j < local_blocks  or  (j + h * head_step + offset) % stride == 0)

    and inside the diagonal block attention is causal token by token.  `head_step` is max(1, stride // heads)
    by default; 0 gives every head the same stripes.  The last `dense_heads` query heads see everything.

    Grouped queries: query head h reads KV head h // (heads // kv_heads).  h in the rule is the query head, as
    in phi-3-small: a KV head must hold the union of what its queries see.  With shared_offsets=True h
    is the KV head (also in head_step's default): one pattern per group, as with dkernel's num_kv_heads.

    stripes="relative" tests (i - j + h * head_step + offset) instead: stripes that move with the query, so
    that no key block is ever dead.  It is there for comparison: absolute stripes are the paper's way out.

    Warns (PatternWarning, when made) of key blocks that no head sees, and of relative stripes.  Raises
    ValueError for a block that is no power of two, a stride below 1, a row without any visible block, heads
    not divisible by kv_heads, dense_heads outside 0..heads or splitting a group of shared offsets.
    """

    heads: int
    block: int
    local_blocks: int
    stride: int
    _: KW_ONLY
    offset: int = 0
    head_step: int | None = None
    dense_heads: int = 0
    kv_heads: int | None = None
    shared_offsets: bool = False
    stripes: Literal["absolute", "relative"] = "absolute"

    def __post_init__(self) -> None:
        check_pattern(self)
        if self.kv_heads is None:
            object.__setattr__(self, "kv_heads", self.heads)
        if self.head_step is None:
            distinct = self.kv_heads if self.shared_offsets else self.heads
            object.__setattr__(self, "head_step", max(1, self.stride // distinct))
        unseen = self.unseen_residues()
        if unseen:
            distance = "(i - j)" if self.stripes == "relative" else "j"
            warnings.warn(
                f"incomplete pattern: no head sees the key blocks j that lie {self.local_blocks} or more "
                f"blocks before query block i and have {distance} % {self.stride} in {unseen}; "
                f"{self.stride} different head offsets, or one dense head, would see them all",
                PatternWarning,
                stacklevel=3,
            )
        if not self.is_kv_efficient():
            warnings.warn(
                "pattern is not KV-efficient: relative stripes come back to key blocks that earlier queries "
                "no longer saw, so that no block can be dropped from a cache; absolute stripes avoid it",
                PatternWarning,
                stacklevel=3,
            )

    @property
    def group(self) -> int:
        """Query heads per KV head."""
        return self.heads // self.kv_heads

    def shifts(self) -> list[int]:
        """Of every head that is not dense: what the rule adds to j (or i - j), modulo stride."""
        per_offset = self.group if self.shared_offsets else 1
        sparse = range(self.heads - self.dense_heads)
        return [(h // per_offset * self.head_step + self.offset) % self.stride for h in sparse]

    def unseen_residues(self) -> list[int]:
        """Residues modulo stride that no head's stripes hit: of j, or of i - j with relative stripes."""
        if self.dense_heads:
            return []
        return sorted(set(range(self.stride)) - {-shift % self.stride for shift in self.shifts()})

    def is_complete(self) -> bool:
        """Whether the union of the heads' masks is the causal mask at every length.

        With a dense head, or when the n different sparse offsets h * head_step reach all residues: when
        head_step and stride have no common divisor and n >= stride.
        """
        if self.dense_heads:
            return True
        offsets = self.kv_heads if self.shared_offsets else self.heads
        return math.gcd(self.head_step, self.stride) == 1 and offsets >= self.stride

    def is_kv_efficient(self) -> bool:
        """Whether a key block that a query no longer sees stays unseen by all later ones, in every head.

        Then a cache may drop it.  Absolute stripes always are; relative ones only where they hide nothing.
        """
        return self.stripes == "absolute" or self.stride == 1 or self.dense_heads == self.heads

    def block_mask(self, n_blocks: int) -> Tensor:
        """Visible blocks, bool [heads, n_blocks, n_blocks]: query block, key block."""
        return torch.stack([self._head_mask(h, n_blocks) for h in range(self.heads)])

    def csr(self, n_blocks: int) -> tuple[Tensor, Tensor]:
        """Key blocks of every query block: crow int32 [heads, n_blocks + 1], col int32 [non-zeros].

        Ragged, without padding: head h, query block i sees col[crow[h, i] : crow[h, i + 1]], ascending, so
        that the diagonal block comes last.
        """
        return _compress([self._head_mask(h, n_blocks) for h in range(self.heads)])

    def csc(self, n_blocks: int) -> tuple[Tensor, Tensor]:
        """Query blocks of every key block: ccol int32 [heads, n_blocks + 1], row int32 [non-zeros].

        Ragged as in `csr`: head h, key block j is seen by row[ccol[h, j] : ccol[h, j + 1]], ascending, so
        that the diagonal block comes first.
        """
        return _compress([self._head_mask(h, n_blocks).T for h in range(self.heads)])

    def density(self, time: int) -> float:
        """Visible over causal blocks at `time` tokens, mean over heads; a last part of a block counts."""
        n = self.n_blocks(time)
        row = torch.arange(n)
        causal = int((row + 1).sum())
        stripes = 0
        for shift in self.shifts():
            if self.stripes == "absolute":  # multiples of stride in j + shift, j from 0 to i - local_blocks
                far = (row - self.local_blocks + shift) // self.stride - (shift - 1) // self.stride
            else:  # the same in d + shift, d from local_blocks to i
                far = (row + shift) // self.stride - (self.local_blocks + shift - 1) // self.stride
            stripes += int(far[row >= self.local_blocks].sum())
        local = int((row + 1).clamp(max=self.local_blocks).sum()) * (self.heads - self.dense_heads)
        return (stripes + local + causal * self.dense_heads) / (causal * self.heads)

    def live_mask(self, time: int) -> Tensor:
        """Key blocks a cache must hold when the token at time - 1 attends, bool [kv_heads, n_blocks].

        Those that this query or any later one sees, in any query head of the KV head's group.  Later queries
        see none of them anew where the pattern is KV-efficient; with relative stripes they see all.
        """
        n = self.n_blocks(time)
        if not self.is_kv_efficient():
            return torch.ones(self.kv_heads, n, dtype=torch.bool)
        newest, key = torch.tensor(n - 1), torch.arange(n)
        seen = torch.stack([self.visible(h, newest, key) for h in range(self.heads)])
        return seen.view(self.kv_heads, self.group, n).any(1)

    def live_kv_blocks(self, time: int) -> Tensor:
        """Number of blocks each KV head must hold after `time` tokens (see `live_mask`), int64 [kv_heads]."""
        return self.live_mask(time).sum(-1)

    def n_blocks(self, time: int) -> int:
        """Blocks that `time` tokens fill, the last one perhaps in part."""
        if time < 1:
            raise ValueError(f"time is {time}: a pattern needs at least one token")
        return -(-time // self.block)

    def _head_mask(self, head: int, n_blocks: int) -> Tensor:
        if n_blocks < 1:
            raise ValueError(f"n_blocks is {n_blocks}: a pattern needs at least one block")
        index = torch.arange(n_blocks)
        return self.visible(head, index[:, None], index[None, :])

    def visible(self, head: int, query: Tensor, key: Tensor) -> Tensor:
        """The rule, for blocks that broadcast."""
        causal = key <= query
        if head >= self.heads - self.dense_heads:
            return causal
        striped = key if self.stripes == "absolute" else query - key
        in_stripe = (striped + self.shifts()[head]) % self.stride == 0
        return causal & ((query - key < self.local_blocks) | in_stripe)


def _compress(masks: list[Tensor]) -> tuple[Tensor, Tensor]:
    counts = torch.stack([mask.sum(-1) for mask in masks])
    ends = counts.flatten().cumsum(0).view_as(counts)
    pointers = torch.cat([ends[:, :1] - counts[:, :1], ends], dim=1)
    return pointers.int(), torch.cat([mask.nonzero()[:, 1] for mask in masks]).int()
