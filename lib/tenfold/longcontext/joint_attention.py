"""The arithmetic: which stored states a query takes, and one softmax over them and the local context."""

import torch
from torch import Tensor


def top_hits(scores: Tensor, allowed: Tensor, k: int | None) -> Tensor:
    """The k best allowed stored states of every query: bool like scores [..., n, M].

    allowed: bool, broadcastable to scores.  k: None, or more than are allowed, takes all that are allowed.
    """
    if k is None or k >= scores.shape[-1]:
        return allowed.expand_as(scores)
    masked = scores.masked_fill(~allowed, -torch.inf)
    best = masked.topk(k, dim=-1, sorted=False).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(-1, best, True) & allowed


def without_oldest(hits: Tensor, drop: int) -> Tensor:
    """Hits [..., M] without the first `drop` of each query, in the order of the text."""
    return hits & (hits.cumsum(-1) > drop) if drop else hits


def local_mask(queries: int, keys: int, window: int, drop: int, device: torch.device) -> Tensor:
    """Bool [queries, keys] of the newest `queries` of `keys` tokens: causal, within the window, drop applied.

    drop: so many of the first keys are seen by nobody but themselves.
    """
    key = torch.arange(keys, device=device)
    query = key[keys - queries :, None]
    seen = (key <= query) & (query - key < window)
    return seen & (key >= drop) | (key == query)


def joint_softmax(stored_scores: Tensor, hits: Tensor, local_scores: Tensor, local: Tensor) -> Tensor:
    """Weights [..., n, M + T] of one softmax over the hits among M stored states and T local tokens.

    stored_scores, hits: [..., n, M].  local_scores: [..., n, T], local: bool, broadcastable.  Scores are
    scaled already.
    """
    scores = torch.cat(
        [stored_scores.masked_fill(~hits, -torch.inf), local_scores.masked_fill(~local, -torch.inf)], -1
    )
    return scores.softmax(-1)
