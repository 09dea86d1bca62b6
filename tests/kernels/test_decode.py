"""Decoding from the cache of live blocks: equal to attention over the whole text, as small as promised."""

from contextlib import nullcontext

import pytest
import torch

from tenfold.kernels import PatternWarning, S2Pattern, s2_attention_reference
from tenfold.kernels.decode import S2Cache, s2_decode, s2_prefill

TIME = 260


def pattern(*arguments, warns: bool = False, **options) -> S2Pattern:
    with pytest.warns(PatternWarning) if warns else nullcontext():
        return S2Pattern(*arguments, **options)


PATTERNS = {
    "as many stripes as heads": lambda: S2Pattern(4, 16, 2, 4),
    "one local block": lambda: S2Pattern(4, 16, 1, 4),
    "grouped, own offsets": lambda: S2Pattern(4, 16, 2, 4, kv_heads=2),
    "grouped, shared offsets": lambda: pattern(4, 16, 2, 4, kv_heads=2, shared_offsets=True, warns=True),
    "grouped, equal and other offsets": lambda: pattern(6, 16, 2, 2, kv_heads=2, head_step=1),
    "dense heads": lambda: S2Pattern(4, 16, 2, 4, dense_heads=2, kv_heads=4),
    "a dense head in a group": lambda: S2Pattern(4, 16, 2, 4, dense_heads=1, kv_heads=2),
    "dense heads only": lambda: S2Pattern(2, 16, 2, 4, dense_heads=2),
    "stride of one": lambda: S2Pattern(2, 16, 2, 1),
    "relative stripes": lambda: pattern(4, 16, 2, 4, stripes="relative", warns=True),
    "window as long as the text": lambda: S2Pattern(2, 64, 8, 2),
}


def text(pattern: S2Pattern, *, batch: int = 2, head_dim: int = 8) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    heads = (pattern.heads, pattern.kv_heads, pattern.kv_heads)
    return [torch.randn(batch, h, TIME, head_dim, generator=generator) for h in heads]


@pytest.mark.parametrize("make", PATTERNS.values(), ids=PATTERNS)
def test_every_decoded_token_is_the_row_of_attention_over_the_whole_text(make):
    pattern = make()
    q, k, v = text(pattern)
    expected = s2_attention_reference(q, k, v, pattern, scale=0.5)
    cache = S2Cache(pattern, 2, 8)
    for t in range(TIME):
        now = slice(t, t + 1)
        cache.append(k[:, :, now], v[:, :, now])
        out = s2_decode(q[:, :, now], cache, pattern, scale=0.5)
        torch.testing.assert_close(out, expected[:, :, now], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("chunk", [1, 7, 16, 100])
@pytest.mark.parametrize("make", PATTERNS.values(), ids=PATTERNS)
def test_prefill_in_chunks_gives_the_same_rows_and_the_same_cache(make, chunk):
    pattern = make()
    q, k, v = text(pattern)
    cache, whole = S2Cache(pattern, 2, 8), S2Cache(pattern, 2, 8)
    pieces = zip(*(x.split(chunk, 2) for x in (q, k, v)), strict=True)
    out = torch.cat([s2_prefill(*piece, cache, pattern) for piece in pieces], 2)
    torch.testing.assert_close(out, s2_attention_reference(q, k, v, pattern), atol=1e-5, rtol=1e-5)
    whole.append(k, v)
    for kv in range(pattern.kv_heads):
        for a, b in zip(cache.tokens(kv), whole.tokens(kv), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("make", PATTERNS.values(), ids=PATTERNS)
def test_the_cache_holds_the_live_blocks_of_the_pattern_and_no_others(make):
    pattern = make()
    _, k, v = text(pattern)
    cache = S2Cache(pattern, 2, 8)
    for t in range(TIME):
        cache.append(k[:, :, t : t + 1], v[:, :, t : t + 1])
        live = pattern.live_mask(t + 1)
        assert torch.equal(cache.live_blocks, pattern.live_kv_blocks(t + 1))
        assert cache.live_bytes == int(live.sum()) * pattern.block * 2 * 2 * 8 * 4
        for kv in range(pattern.kv_heads):
            data, position = cache.tokens(kv)
            assert sorted(position.tolist()) == [p for p in range(t + 1) if live[kv, p // pattern.block]]
            assert torch.equal(data, torch.stack([k[:, kv, position], v[:, kv, position]]))


def test_memory_of_dead_blocks_is_used_again():
    pattern = S2Pattern(4, 16, 2, 4)
    cache = S2Cache(pattern, 1, 8)
    for _ in range(100):
        cache.append(torch.ones(1, 4, 64, 8), torch.ones(1, 4, 64, 8))
    dense_bytes = 2 * 4 * 6400 * 8 * 4
    assert cache.live_bytes <= cache.allocated_bytes <= 1.2 * cache.live_bytes
    assert cache.allocated_bytes < 0.32 * dense_bytes


def test_unshared_offsets_keep_the_union_of_a_group_and_shared_ones_one_shard():
    apart = S2Pattern(8, 16, 2, 8, kv_heads=2)
    with pytest.warns(PatternWarning, match="incomplete"):
        shared = S2Pattern(8, 16, 2, 8, kv_heads=2, shared_offsets=True)
    held = []
    for pattern in (apart, shared):
        cache = S2Cache(pattern, 1, 8)
        cache.append(torch.ones(1, 2, 16 * 66, 8), torch.ones(1, 2, 16 * 66, 8))
        held.append(cache.live_blocks.tolist())
    assert held == [[2 + 64 // 2] * 2, [2 + 64 // 8] * 2]


def test_reordered_rows_are_decoded_as_their_new_text():
    pattern = S2Pattern(4, 16, 1, 4)
    q, k, v = text(pattern)
    cache = S2Cache(pattern, 2, 8)
    cache.append(k, v)
    cache.reorder(torch.tensor([1, 1]))
    out = s2_decode(q[:, :, -1:], cache, pattern)
    expected = s2_attention_reference(q, k[[1, 1]], v[[1, 1]], pattern)[:, :, -1:]
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)


def test_what_does_not_fit_the_cache_is_refused():
    pattern, other = S2Pattern(4, 16, 1, 4), S2Pattern(4, 16, 2, 4)
    q, k, v = (x[:, :, :1] for x in text(pattern))
    cache = S2Cache(pattern, 2, 8)
    with pytest.raises(ValueError, match="cache is empty"):
        s2_decode(q, cache, pattern)
    with pytest.raises(ValueError, match="v is torch"):
        cache.append(k, v.half())
    with pytest.raises(ValueError, match="k is torch"):
        cache.append(k[:1], v)
    cache.append(k, v)
    with pytest.raises(ValueError, match="the cache was made for"):
        s2_decode(q, cache, other)
    with pytest.raises(ValueError, match="q has shape"):
        s2_decode(q.expand(2, 4, 2, 8), cache, pattern)
