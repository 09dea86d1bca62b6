"""Queries rewritten so that hidden states can be searched instead of keys: q . (W_k h) = (W_k^T q) . h.

One index of a layer's hidden states then serves all its heads, grouped queries included, and keys and values
are computed for the hits alone (Bertsch et al. 2023, arXiv:2305.01625).
"""

from torch import Tensor


def rewritten_queries(queries: Tensor, key_weight: Tensor) -> Tensor:
    """W_k^T q of every head: queries [..., H, n, head_dim] to [..., H, n, d_model].

    key_weight: [kv_heads * head_dim, d_model], as in a linear layer; query head h reads key head
    h // (H / kv_heads).  A bias b of the key projection adds q . b to every score of that query, which
    changes no ranking and no softmax over hits alone: see `bias_scores`.  Keys are without rotation: rotated
    ones depend on their place, and no single vector per query serves all places.
    Raises ValueError where the shapes do not fit.
    """
    return queries @ _by_head(key_weight, queries)


def bias_scores(queries: Tensor, key_bias: Tensor) -> Tensor:
    """What a bias [kv_heads * head_dim] of the key projection adds to a query's scores, [..., H, n]."""
    return (queries @ _by_head(key_bias[:, None], queries)).squeeze(-1)


def published_queries(queries: Tensor, key_weight: Tensor) -> Tensor:
    """As the public code of Unlimiformer rewrites for Llama (commit e38b014): with [0; 2 W_r] for [W_l; W_r].

    W + [-W_l; W_r] stands there where half a rotation, [-W_r; W_l], seems meant.  The first half of every
    head's dimensions then has no say in what is retrieved.
    """
    half = queries.shape[-1] // 2
    weight = _by_head(key_weight, queries).clone()
    weight[:, :half] = 0
    weight[:, half:] *= 2
    return queries @ weight


def _by_head(weight: Tensor, queries: Tensor) -> Tensor:
    """[kv_heads * head_dim, width] to the rows of every query head, [H, head_dim, width]."""
    heads, head_dim = queries.shape[-3], queries.shape[-1]
    kv_heads, rest = divmod(weight.shape[0], head_dim)
    if rest or not kv_heads or heads % kv_heads:
        raise ValueError(
            f"key_weight has {weight.shape[0]} rows; allowed: head_dim {head_dim} times a divisor of the "
            f"{heads} query heads"
        )
    return weight.view(kv_heads, head_dim, -1).repeat_interleave(heads // kv_heads, 0)
