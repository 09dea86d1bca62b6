"""Where the keys of retrieved states stand, for a model with rotary positions."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers.models.llama.modeling_llama import rotate_half


class Places(NamedTuple):
    """Positions to rotate to: queries [..., n] and stored keys [..., M]; None for no rotation."""

    queries: Tensor | None
    keys: Tensor | None


def places(policy: str, queries: Tensor, stored: Tensor, limit: Tensor, window: int) -> Places:
    """The places of queries and stored keys under a policy of `KnnSettings.positions`.

    queries: [C, n], places of the local tokens in the text.  stored: [M], places of the stored ones.
    limit: [C], how many tokens at the start of the text each context may retrieve; they are what is squeezed.
    """
    if policy == "true":
        return Places(queries, stored)
    if policy == "squeezed":
        squeezed = stored * window // limit.clamp(min=1)[:, None]
        return Places(torch.full_like(queries, window - 1), squeezed.clamp(max=window - 1))
    return Places(None, None)


def rotated(x: Tensor, at: Tensor | None, rotary: nn.Module) -> Tensor:
    """x [..., heads, time, head_dim] rotated to places [..., time]; unchanged for None.

    rotary: the model's own module, so that its base, its scaling and its factor are used.
    """
    if at is None:
        return x
    cos, sin = rotary(x, at.reshape(-1, at.shape[-1]))
    cos, sin = (part.view(*at.shape, -1).unsqueeze(-3) for part in (cos, sin))
    return x * cos + rotate_half(x) * sin
