"""Attention of whole windows over hits and local context: every query scores every stored state."""

import torch
from torch import Tensor, nn

from tenfold.longcontext.joint_attention import joint_softmax, local_mask, top_hits, without_oldest
from tenfold.longcontext.layer_memory import LayerMemory
from tenfold.longcontext.positions import places, rotated
from tenfold.longcontext.rewriting import rewritten_queries


def attend_windows(
    module: nn.Module, memory: LayerMemory, query: Tensor, key: Tensor, value: Tensor, scaling: float
) -> Tensor:
    """Output [B*C, H, n, head_dim] of one joint softmax over hits and local context.

    query [B*C, H, n, head_dim], key and value [B*C, kv_heads, T, head_dim], both rotated to local places.
    """
    settings, states = memory.settings, memory.states
    texts, stored, _ = states.shape
    heads, n, head_dim = query.shape[1:]
    contexts, total = query.shape[0] // texts, key.shape[2]
    groups = heads // key.shape[1]
    key, value = (x.repeat_interleave(groups, 1) for x in (key, value))

    def by_head(projection: nn.Module, x: Tensor) -> Tensor:
        return projection(x).unflatten(-1, (-1, head_dim)).transpose(-2, -3)

    free_query = by_head(module.q_proj, memory.hidden).unflatten(
        0, (texts, contexts)
    )  # [B, C, H, n, head_dim]
    free_key = by_head(module.k_proj, states)[:, None]  # [B, 1, kv_heads, M, head_dim]
    stored_value = by_head(module.v_proj, states)[:, None].repeat_interleave(groups, 2)
    newest = torch.arange(total - n, total, device=query.device)
    limit = (memory.start[:, None] + (newest - settings.window + 1).clamp(min=0)).clamp(max=stored)  # [C, n]
    here = places(
        settings.positions,
        memory.start[:, None] + newest,
        torch.arange(stored, device=query.device),
        limit[:, -1],
        settings.window,
    )
    placed_query = rotated(free_query, here.queries, memory.rotary)
    placed_key = rotated(free_key, here.keys, memory.rotary).repeat_interleave(groups, 2)
    free_key = free_key.repeat_interleave(groups, 2)
    scores = _product(placed_query, placed_key) * scaling
    allowed = torch.arange(stored, device=query.device) < limit[..., None]
    allowed = (allowed & (newest >= settings.drop_queries)[:, None])[:, None]  # [C, 1, n, M]
    if memory.indexes and settings.k is not None:
        hits = _found(memory, module, free_query, limit) & allowed
    else:
        with torch.no_grad():
            half = head_dim // 2
            ranked = {
                "free": lambda: _product(free_query, free_key),
                "positioned": lambda: scores,
                "published": lambda: _product(free_query[..., half:], free_key[..., half:]),
            }[settings.search]()
            hits = top_hits(ranked, allowed, settings.k)
    hits = without_oldest(hits, settings.drop_hits)
    local = local_mask(n, total, settings.window, settings.drop_local, query.device)
    local_scores = (query @ key.mT * scaling).unflatten(0, (texts, contexts))
    weights = joint_softmax(scores, hits, local_scores, local)
    if memory.observe:
        for name, seen in (("scores", scores), ("hits", hits), ("weights", weights), ("allowed", allowed)):
            memory.observe(name, seen)
        half = head_dim // 2
        memory.observe("free", _product(free_query, free_key))
        memory.observe("published", _product(free_query[..., half:], free_key[..., half:]))
    far, near = weights.split([stored, total], -1)
    return _product(far, stored_value.mT).flatten(0, 1) + near.flatten(0, 1) @ value


def _product(a: Tensor, b: Tensor) -> Tensor:
    """a @ b^T for a [B, C, H, n, x], b [B, C or 1, H, m, x]: [B, C, H, n, m], without copying b."""
    if b.shape[1] > 1 or a.shape[1] == 1:
        return a @ b.mT
    contexts = a.shape[1]
    flat = a.transpose(1, 2).flatten(2, 3) @ b[:, 0].mT
    return flat.unflatten(2, (contexts, -1)).transpose(1, 2)


def _found(memory: LayerMemory, module: nn.Module, free_query: Tensor, limit: Tensor) -> Tensor:
    """The hits of the indexes as bool [B, C, H, n, M]: each query asks once, among what it may see."""
    rewritten = rewritten_queries(free_query, module.k_proj.weight)
    hits = torch.zeros(*rewritten.shape[:-1], memory.stored + 1, dtype=torch.bool, device=limit.device)
    for text, index in enumerate(memory.indexes):
        for context, row in enumerate(limit):
            for bound in row.unique().tolist():
                if bound:
                    asked = rewritten[text, context][:, row == bound]
                    _, ids = index.search(asked.reshape(-1, asked.shape[-1]), memory.settings.k, before=bound)
                    taken = torch.as_tensor(ids, device=limit.device).view(*asked.shape[:-1], -1)
                    # -1, for nothing found, goes to a last column that is cut off
                    part = torch.zeros_like(hits[text, context][:, row == bound])
                    hits[text, context][:, row == bound] = part.scatter_(
                        -1, taken % (memory.stored + 1), True
                    )
    return hits[..., :-1]
