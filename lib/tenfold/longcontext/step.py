"""One new token against the memory: work that grows with k, not with the number of stored keys."""

import torch
from torch import Tensor, nn

from tenfold.longcontext.joint_attention import local_mask
from tenfold.longcontext.layer_memory import LayerMemory
from tenfold.longcontext.positions import places, rotated
from tenfold.longcontext.rewriting import rewritten_queries


def steps_alone(memory: LayerMemory, query: Tensor) -> bool:
    """Whether `attend_step` applies: one token, position-free search for some of the states, unobserved."""
    settings = memory.settings
    one = query.shape[2] == 1 and query.shape[0] == memory.states.shape[0]
    plain = settings.search == "free" and not settings.drop_hits and memory.observe is None
    return one and plain and settings.k is not None and settings.k < memory.stored


def attend_step(
    module: nn.Module, memory: LayerMemory, query: Tensor, key: Tensor, value: Tensor, scaling: float
) -> Tensor:
    """What `attend_windows` gives for one token of each text: [B, H, 1, head_dim].

    Rewritten queries search the hidden states; keys and values are computed for the hits alone.
    """
    settings, states = memory.settings, memory.states
    texts, heads, _, head_dim = query.shape
    groups, total = heads // key.shape[1], key.shape[2]
    free_query = module.q_proj(memory.hidden).view(texts, 1, heads, head_dim).transpose(1, 2)
    limit = min(int(memory.start[0]) + max(0, total - settings.window), memory.stored)
    rewritten = rewritten_queries(free_query, module.k_proj.weight)[:, :, 0]  # [B, H, d_model]
    k = min(settings.k, limit)
    if not k:
        ids = torch.zeros(texts, heads, 0, dtype=torch.long, device=query.device)
    elif memory.indexes:
        found = [
            index.search(asked, k, before=limit)[1]
            for index, asked in zip(memory.indexes, rewritten, strict=True)
        ]
        ids = torch.stack([torch.as_tensor(rows, device=query.device) for rows in found])
    else:
        ids = (rewritten @ states[:, :limit].mT).topk(k, dim=-1, sorted=False).indices  # [B, H, k]
    hits = states[torch.arange(texts, device=query.device)[:, None, None], ids]  # [B, H, k, d_model]

    def projected(projection: nn.Linear) -> Tensor:
        """[B, H, k, head_dim], each head's hits by its own weights."""
        weight = projection.weight.view(-1, head_dim, states.shape[2]).repeat_interleave(groups, 0)
        x = hits @ weight.mT
        if projection.bias is None:
            return x
        return x + projection.bias.view(-1, 1, head_dim).repeat_interleave(groups, 0)

    newest = torch.tensor([total - 1], device=query.device)
    here = places(
        settings.positions,
        memory.start[:1, None] + newest,
        torch.arange(memory.stored, device=query.device),
        torch.tensor([limit], device=query.device),
        settings.window,
    )
    placed_query = rotated(free_query, here.queries, memory.rotary)
    at = None if here.keys is None else here.keys.flatten()[ids].unsqueeze(-2)
    placed_key = projected(module.k_proj)
    if at is not None:
        placed_key = rotated(placed_key.unsqueeze(-3), at.squeeze(-2), memory.rotary).squeeze(-3)
    far = (placed_query @ placed_key.mT * scaling).masked_fill((ids < 0)[:, :, None], -torch.inf)
    if settings.drop_queries > total - 1:
        far = far.fill_(-torch.inf)
    key, value = (x.repeat_interleave(groups, 1) for x in (key, value))
    local = local_mask(1, total, settings.window, settings.drop_local, query.device)
    near = (query @ key.mT * scaling).masked_fill(~local, -torch.inf)
    weights = torch.cat([far, near], -1).softmax(-1)
    return weights[..., : ids.shape[-1]] @ projected(module.v_proj) + weights[..., ids.shape[-1] :] @ value
