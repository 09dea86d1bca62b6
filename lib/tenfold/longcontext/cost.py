"""What a memory costs against dense attention: exact counts of bytes and multiply-adds, no timing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Of a decoder's attention: layers, width, query and key heads, head_dim; bytes of a number."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    number_bytes: int = 4


def cache_bytes(shape: Shape, tokens: int) -> int:
    """Keys and values of all layers for so many tokens."""
    return 2 * shape.layers * shape.kv_heads * shape.head_dim * tokens * shape.number_bytes


def memory_bytes(shape: Shape, tokens: int, layers: int) -> int:
    """Hidden states of so many tokens for `layers` retrieving layers, in an exact index."""
    return layers * shape.width * tokens * shape.number_bytes


def dense_step(shape: Shape, tokens: int) -> int:
    """Multiply-adds of attention for one new token over `tokens` keys: scores and sums alone."""
    return 2 * shape.layers * shape.heads * shape.head_dim * tokens


def retrieval_step(shape: Shape, window: int, stored: int, layers: int, k: int) -> dict[str, int]:
    """Multiply-adds for one new token, over what `dense_step` counts for the window's keys.

    "local": attention to the window in all layers; per retrieving layer and head, "rewrite": W_k^T q;
    "search": its product with every stored state; "project": keys and values of the k hits; "attend": scores
    and sums over them.
    """
    each = layers * shape.heads
    return {
        "local": dense_step(shape, window),
        "rewrite": each * shape.head_dim * shape.width,
        "search": each * stored * shape.width,
        "project": each * 2 * k * shape.width * shape.head_dim,
        "attend": each * 2 * k * shape.head_dim,
    }
