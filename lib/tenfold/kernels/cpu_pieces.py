"""S2-Attention's mask cut into rectangles of blocks that need no mask, and a causal diagonal."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tenfold.kernels.pattern import S2Pattern

# The platform's causal kernel computes whole tiles of 512 keys: squares on the diagonal are halved to this.
CAUSAL_TOKENS = 256
# Wider squares than this are as fast as wide rectangles.
SQUARE_TOKENS = 512


@dataclass(frozen=True)
class Piece:
    """`count` equal rectangles at regular distances, all visible (or all causal squares); in blocks.

    Rectangle number c is queries [query + c * period, + rows) and keys [key + c * key_period, + columns).
    head: one head, or None for all.  striped: keys are counted among the head's own stripe blocks.
    """

    head: int | None
    query: int
    rows: int
    period: int
    key: int
    columns: int
    key_period: int
    count: int
    causal: bool = False
    striped: bool = False


@lru_cache(maxsize=64)
def pieces(pattern: S2Pattern, n_blocks: int) -> tuple[Piece, ...]:
    """Pieces that cover every visible block of the sparse heads once; the first ones cover all queries.

    One causal square where the window is as long as the text.
    """
    if n_blocks <= pattern.local_blocks:
        return (Piece(None, 0, n_blocks, n_blocks, 0, n_blocks, n_blocks, 1, causal=True),)
    stripes = _absolute_stripes if pattern.stripes == "absolute" else _relative_stripes
    return (*_window(pattern, n_blocks), *stripes(pattern, n_blocks))


def stripe_blocks(pattern: S2Pattern, n_blocks: int) -> list[int]:
    """Of every sparse head: how many blocks of absolute stripes some query sees beyond the window."""
    far = n_blocks - pattern.local_blocks if pattern.stripes == "absolute" else 0
    return [max(0, -(-(far - first) // pattern.stride)) for first in _first_stripes(pattern)]


def _first_stripes(pattern: S2Pattern) -> list[int]:
    return [-shift % pattern.stride for shift in pattern.shifts()]


def _window(pattern: S2Pattern, n: int) -> Iterator[Piece]:
    """Blocks with i - j < local_blocks: groups of queries against groups of keys, d groups apart."""
    size = 1
    while 2 * size <= max(1, pattern.local_blocks // 2) and 2 * size * pattern.block <= SQUARE_TOKENS:
        size *= 2
    yield from _diagonal(size, pattern.block, n)
    yield from _region(0, 0, size, size, pattern.local_blocks, 1, size, n)
    apart = 2
    while size * (apart - 1) + 1 < pattern.local_blocks:
        yield from _region(0, 0, size, size, pattern.local_blocks, apart, size, n)
        apart += 1


def _diagonal(size: int, block: int, n: int) -> Iterator[Piece]:
    """Causal squares of `size` blocks along the diagonal: small causal squares first, then what they miss."""
    leaf = size
    while leaf > 1 and leaf * block > CAUSAL_TOKENS:
        leaf //= 2
    yield from _repeat(0, leaf, 0, leaf, leaf, n, causal=True)
    while leaf < size:
        yield from _repeat(leaf, leaf, 0, leaf, 2 * leaf, n)
        leaf *= 2


def _region(
    query: int, key: int, size: int, period: int, bound: int, apart: int, group: int, n: int
) -> Iterator[Piece]:
    """Rectangles of {(g, h): apart * group + query + g - (key + h) < bound}, g and h from 0 to size - 1."""
    slack = bound - apart * group - query + key  # visible where g - h < slack
    if slack <= 1 - size:
        return
    if slack >= size:
        yield from _repeat(query, size, key - apart * group, size, period, n)
        return
    half = size // 2
    if period == size:  # the quadrants on the diagonal are one series of twice as many
        yield from _region(query, key, half, half, bound, apart, group, n)
    else:
        yield from _region(query, key, half, period, bound, apart, group, n)
        yield from _region(query + half, key + half, half, period, bound, apart, group, n)
    yield from _region(query + half, key, half, period, bound, apart, group, n)
    yield from _region(query, key + half, half, period, bound, apart, group, n)


def _repeat(
    query: int,
    rows: int,
    key: int,
    columns: int,
    period: int,
    n: int,
    *,
    key_period: int | None = None,
    head: int | None = None,
    causal: bool = False,
    striped: bool = False,
) -> Iterator[Piece]:
    """A rectangle shifted by `period` from the first place where it has keys; the last may be cut."""
    step = period if key_period is None else key_period
    skipped = max(0, -(key // step))
    query, key = query + skipped * period, key + skipped * step
    whole = max(0, (n - query - rows) // period + 1)
    if whole:
        yield Piece(head, query, rows, period, key, columns, step, whole, causal, striped)
    query, key = query + whole * period, key + whole * step
    if query < n:
        cut = n - query
        yield Piece(head, query, cut, period, key, cut if causal else columns, step, 1, causal, striped)


def _absolute_stripes(pattern: S2Pattern, n: int) -> Iterator[Piece]:
    """Stripe blocks beyond the window: stripe number s of a head is seen by queries from seen + s * stride.

    Queries in groups of `stride` see the same stripes in all heads, but for a head's newest one or two.
    """
    stride = pattern.stride
    seen = [first + pattern.local_blocks for first in _first_stripes(pattern)]
    common = -(-max(seen) // stride)  # from group s + common on, every head sees stripe s
    for group in range(common, -(-n // stride)):
        rows = min(stride, n - group * stride)
        yield Piece(None, group * stride, rows, stride, 0, group - common + 1, stride, 1, striped=True)
    for head, start in enumerate(seen):
        for query in range(start, common * stride, stride):
            rows = min(stride, common * stride - query)
            yield from _repeat(query, rows, 0, 1, stride, n, key_period=1, head=head, striped=True)


def _relative_stripes(pattern: S2Pattern, n: int) -> Iterator[Piece]:
    """Diagonals of single blocks, at distances i - j of local_blocks or more."""
    for head, first in enumerate(_first_stripes(pattern)):
        for distance in range(first, n, pattern.stride):
            if distance >= pattern.local_blocks:
                yield from _repeat(distance, 1, 0, 1, 1, n, head=head)
