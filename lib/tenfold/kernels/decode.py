"""Decoding with S2-Attention, token by token, from a cache that holds live blocks only."""

import torch
import torch.nn.functional as F
from torch import Tensor

from tenfold.kernels.attention import s2_attention
from tenfold.kernels.decode_store import BlockStore
from tenfold.kernels.pattern import S2Pattern


class S2Cache:
    """Keys and values of the blocks that some later query still sees; dead blocks are overwritten.

    The newest `local_blocks` blocks of every KV head lie in a ring of blocks.  A block that leaves it moves
    to the store of its KV head's stripes if it is in one, and is dropped otherwise.  KV heads with a dense
    query head, and all with a pattern that is not KV-efficient, keep every block.

    batch, head_dim: of the tensors to come.  Raises ValueError for keys and values of another shape.
    """

    def __init__(
        self,
        pattern: S2Pattern,
        batch: int,
        head_dim: int,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self.pattern, self.batch, self.head_dim, self.time = pattern, batch, head_dim, 0
        shape = (batch, pattern.kv_heads, pattern.local_blocks, pattern.block, head_dim)
        self._ring = torch.zeros(2, *shape, dtype=dtype, device=device)
        sparse = (pattern.heads - pattern.dense_heads) // pattern.group  # KV heads without a dense query head
        kept = sparse if pattern.is_kv_efficient() else 0
        self.stripes = BlockStore(pattern, range(kept), pattern.stride, self._ring)
        self.whole = BlockStore(pattern, range(kept, pattern.kv_heads), 1, self._ring)

    @property
    def live_blocks(self) -> Tensor:
        """Blocks held by every KV head, int64 [kv_heads]: `pattern.live_kv_blocks(time)`."""
        in_ring = min(self.pattern.local_blocks, -(-self.time // self.pattern.block))
        return in_ring + self.stripes.blocks() + self.whole.blocks()

    @property
    def live_bytes(self) -> int:
        """Bytes of the live blocks' keys and values, the last block counted whole."""
        batch, _, _, block, head_dim = self._ring.shape[1:]
        per_block = 2 * batch * block * head_dim * self._ring.element_size()
        return int(self.live_blocks.sum()) * per_block

    @property
    def allocated_bytes(self) -> int:
        """Bytes of the memory that the cache holds: the whole ring, and room for the stripes to grow."""
        return sum(x.numel() * x.element_size() for x in (self._ring, self.stripes.data, self.whole.data))

    def append(self, k: Tensor, v: Tensor) -> None:
        """Add keys and values [B, H_kv, any time, D] after those held, and drop what has died."""
        new = self._checked(k, v)
        block, ring_blocks = self.pattern.block, self.pattern.local_blocks
        while new.shape[3]:
            index, filled = divmod(self.time, block)
            if filled == 0 and index >= ring_blocks:
                leaving = self._ring[:, :, :, index % ring_blocks]
                for store in (self.stripes, self.whole):
                    store.take(index - ring_blocks, leaving)
            taken = min(block - filled, new.shape[3])
            self._ring[:, :, :, index % ring_blocks, filled : filled + taken] = new[:, :, :, :taken]
            self.time, new = self.time + taken, new[:, :, :, taken:]

    def window(self) -> tuple[Tensor, Tensor]:
        """Keys and values of the ring [2, B, H_kv, tokens, D], and the tokens' positions, -1 where empty."""
        block, ring_blocks = self.pattern.block, self.pattern.local_blocks
        newest = (self.time - 1) // block
        slot = torch.arange(ring_blocks)
        held = newest - (newest - slot) % ring_blocks  # the youngest block that falls on the slot
        position = (held[:, None] * block + torch.arange(block)).flatten()
        position[(position < 0) | (position >= self.time)] = -1
        return self._ring.flatten(3, 4), position

    def tokens(self, kv_head: int) -> tuple[Tensor, Tensor]:
        """One KV head's live keys and values [2, B, tokens, D] and their positions [tokens]."""
        data, position = self.window()
        parts = [(data[:, :, kv_head, position >= 0], position[position >= 0])]
        parts += [store.tokens(kv_head) for store in (self.stripes, self.whole)]
        return torch.cat([x for x, _ in parts], 2), torch.cat([p for _, p in parts])

    def reorder(self, index: Tensor) -> None:
        """Replace batch row b by row index[b]."""
        self._ring = self._ring[:, index]
        for store in (self.stripes, self.whole):
            store.data = store.data[:, index]

    def _checked(self, k: Tensor, v: Tensor) -> Tensor:
        batch, heads, _, _, head_dim = self._ring.shape[1:]
        for name, x in (("k", k), ("v", v)):
            expected = (batch, heads, k.shape[2] if k.ndim == 4 else "time", head_dim)
            if x.shape != expected or x.dtype != self._ring.dtype or x.device != self._ring.device:
                raise ValueError(
                    f"{name} is {x.dtype} {tuple(x.shape)} on {x.device}; the cache takes {self._ring.dtype} "
                    f"{expected} on {self._ring.device}"
                )
        return torch.stack([k, v])


def s2_decode(q: Tensor, cache: S2Cache, pattern: S2Pattern, *, scale: float | None = None) -> Tensor:
    """Attention of the newest token, the last row of `s2_attention`; append its key and value first.

    q: [B, H, 1, D]; scale: head_dim**-0.5 by default.  Returns [B, H, 1, D].  Reads the live blocks only.
    Raises ValueError for another pattern than the cache's, an empty cache, or a query of another shape.
    """
    _check_query(q, cache, pattern, 1)
    if cache.time == 0:
        raise ValueError("cache is empty: append the token's key and value before decoding it")
    group, block = pattern.group, pattern.block
    q = q[:, :, 0] * (q.shape[-1] ** -0.5 if scale is None else scale)
    (ring_keys, ring_values), position = cache.window()
    near = q.unflatten(1, (-1, group)) @ ring_keys.mT  # [B, kv_heads, group, ring tokens]
    near = near.masked_fill((position < 0).to(q.device), float("-inf")).flatten(1, 2)
    parts = []
    for store in (cache.stripes, cache.whole):
        heads, kv_heads = store.heads, slice(store.kv_heads.start, store.kv_heads.stop)
        if not len(store.kv_heads):
            continue
        scores = near[:, heads]
        slots = store.used_slots()
        if slots:
            keys, values = store.data[:, :, :, :slots].flatten(3, 4)  # [B, lanes, tokens, D]
            far = (q[:, store.members] @ keys.mT).flatten(1, 2)[:, store.place]
            seen = store.seen((cache.time - 1) // block).repeat_interleave(block, -1)
            scores = torch.cat([scores, far.masked_fill(~seen.to(q.device), float("-inf"))], -1)
        weights = scores.float().softmax(-1).to(q.dtype)
        near_weights = weights[..., : len(position)].unflatten(1, (-1, group))
        out = (near_weights @ ring_values[:, kv_heads]).flatten(1, 2)
        if slots:
            far_weights = weights[..., len(position) :][:, store.members - heads.start]
            out = out + (far_weights @ values).flatten(1, 2)[:, store.place]
        parts.append(out)
    return torch.cat(parts, 1).unsqueeze(2)


def s2_prefill(
    q: Tensor, k: Tensor, v: Tensor, cache: S2Cache, pattern: S2Pattern, *, scale: float | None = None
) -> Tensor:
    """Attention of the next tokens over `cache` and themselves, after which the cache holds them too.

    q: [B, H, C, D]; k, v: [B, H_kv, C, D]; C tokens at a time, of any number.  Returns [B, H, C, D].
    Raises ValueError as `s2_decode`.
    """
    _check_query(q, cache, pattern, k.shape[2])
    start, chunk = cache.time, q.shape[2]
    if start == 0:
        out = s2_attention(q, k, v, pattern, scale=scale)
        cache.append(k, v)
        return out
    parts = []
    newest = torch.arange(start, start + chunk)
    for kv in range(pattern.kv_heads):
        held, position = cache.tokens(kv)
        keys, values = torch.cat([held, torch.stack([k[:, kv], v[:, kv]])], 2).unsqueeze(2)
        mask = token_mask(pattern, kv, newest, torch.cat([position, newest])).to(q.device)
        heads = q[:, kv * pattern.group : (kv + 1) * pattern.group]
        keys, values = (x.expand(-1, pattern.group, -1, -1) for x in (keys, values))
        parts.append(F.scaled_dot_product_attention(heads, keys, values, attn_mask=mask, scale=scale))
    cache.append(k, v)
    return torch.cat(parts, 1)


def token_mask(pattern: S2Pattern, kv_head: int, query: Tensor, key: Tensor) -> Tensor:
    """Which of positions key [K] those at query [Q] see, by a KV head's query heads: bool [group, Q, K]."""
    heads = range(kv_head * pattern.group, (kv_head + 1) * pattern.group)
    blocks = [x // pattern.block for x in (query[:, None], key[None, :])]
    visible = torch.stack([pattern.visible(head, *blocks) for head in heads])
    return visible & (key[None, :] <= query[:, None])


def _check_query(q: Tensor, cache: S2Cache, pattern: S2Pattern, time: int) -> None:
    if pattern != cache.pattern:
        raise ValueError(f"pattern is {pattern}; the cache was made for {cache.pattern}")
    expected = (cache.batch, pattern.heads, time, cache.head_dim)
    if q.shape != expected or time == 0:
        raise ValueError(f"q has shape {tuple(q.shape)}; {expected}, with at least one token, is needed")
