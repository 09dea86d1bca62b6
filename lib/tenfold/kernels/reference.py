"""The specification of S2-Attention: dense, in float32, short enough to believe by reading."""

import torch
from torch import Tensor

from tenfold.kernels.inputs import check_inputs
from tenfold.kernels.pattern import S2Pattern


def s2_attention_reference(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    pattern: S2Pattern,
    *,
    scale: float | None = None,
    lengths: Tensor | None = None,
    return_lse: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Attention under `pattern`, by a dense mask (Lin et al. 2024, arXiv:2407.17678).

    q: [B, H, T, D]; k, v: [B, H_kv, T, D]; any T.  scale: head_dim**-0.5 by default.  lengths: integers [B],
    of a batch padded on the right; what lies beyond is not read, and padded queries give zeros.
    Returns the output [B, H, T, D] in q's dtype; with return_lse also the natural log-sum-exp of the scaled
    scores, float32 [B, H, T], -inf for padded queries.  Gradients by autograd.  Raises as `check_inputs`.
    """
    scale = check_inputs(q, k, v, pattern, scale=scale, lengths=lengths)
    time = q.shape[2]
    valid = torch.ones(q.shape[0], 1, time, 1, dtype=torch.bool, device=q.device)
    if lengths is not None:
        valid = (torch.arange(time, device=q.device) < lengths[:, None])[:, None, :, None]
    q, k, v = (x.masked_fill(~valid, 0.0) for x in (q, k, v))

    block_of = torch.arange(time) // pattern.block
    keep = pattern.block_mask(pattern.n_blocks(time))[:, block_of][:, :, block_of].tril().to(q.device)
    key, value = (x.float().repeat_interleave(pattern.group, dim=1) for x in (k, v))
    scores = (q.float() @ key.mT * scale).masked_fill(~keep, float("-inf"))  # [B, H, T, T]
    lse = scores.logsumexp(-1, keepdim=True)
    out = ((scores - lse).exp() @ value).masked_fill(~valid, 0.0).to(q.dtype)
    if return_lse:
        return out, lse.masked_fill(~valid, float("-inf")).squeeze(-1)
    return out
