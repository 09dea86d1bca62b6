"""S2-Attention on the CPU: the platform's fused attention on unmasked pieces, joined by their log-sum-exp."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from tenfold.kernels.cpu_pieces import Piece, pieces, stripe_blocks
from tenfold.kernels.inputs import check_inputs
from tenfold.kernels.pattern import S2Pattern

# What F.scaled_dot_product_attention calls on the CPU; it alone returns the log-sum-exp that joins pieces.
_attend = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_attend_backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


def s2_attention_cpu(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    pattern: S2Pattern,
    *,
    scale: float | None = None,
    lengths: Tensor | None = None,
    return_lse: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """S2-Attention by fused dense attention on the visible blocks only, differentiable in q, k and v.

    Arguments, result and errors as `s2_attention_reference`, up to rounding; half precision is computed in
    float32.  Work is proportional to the visible blocks.
    """
    scale = check_inputs(q, k, v, pattern, scale=scale, lengths=lengths)
    dtype, time = q.dtype, q.shape[2]
    beyond = None
    if lengths is not None:
        beyond = (torch.arange(time) >= lengths[:, None])[:, None, :, None]
        q, k, v = (x.masked_fill(beyond, 0.0) for x in (q, k, v))
    q, k, v = q.float(), k.float(), v.float()
    if pattern.group > 1:
        k, v = (x.repeat_interleave(pattern.group, dim=1) for x in (k, v))
    n_blocks = pattern.n_blocks(time)
    sparse = pattern.heads - pattern.dense_heads
    if n_blocks <= pattern.local_blocks or pattern.stride == 1:
        sparse = 0
    parts = []
    if sparse:
        parts.append(_heads(*(x[:, :sparse] for x in (q, k, v)), pattern, scale))
    if sparse < pattern.heads:
        dense = S2Pattern(pattern.heads - sparse, pattern.block, n_blocks, 1)
        parts.append(_heads(*(x[:, sparse:] for x in (q, k, v)), dense, scale))
    out, lse = parts[0] if len(parts) == 1 else (torch.cat(part, 1) for part in zip(*parts, strict=True))
    out = out.to(dtype)
    if beyond is not None:
        out = out.masked_fill(beyond, 0.0)
        lse = lse.masked_fill(beyond.squeeze(-1), float("-inf"))
    return (out, lse) if return_lse else out


def _heads(q: Tensor, k: Tensor, v: Tensor, pattern: S2Pattern, scale: float) -> tuple[Tensor, Tensor]:
    """q, k, v: float32 [B, H, T, D].  Keys that fill the last block up are later than every query."""
    time = q.shape[2]
    missing = -time % pattern.block
    if missing:
        q, k, v = (F.pad(x, (0, 0, 0, missing)) for x in (q, k, v))
    out, lse = _Pieces.apply(q.contiguous(), k.contiguous(), v.contiguous(), pattern, scale)
    return out[:, :, :time], lse[:, :, :time]


class _Pieces(torch.autograd.Function):
    """Every piece gives output and log-sum-exp over its own keys; softmax weights of the pieces join them.

    The gradient of a piece is that of attention over its keys alone once the probabilities are taken against
    the log-sum-exp of all keys, and delta = sum(dO * O) against the joined output.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, q: Tensor, k: Tensor, v: Tensor, pattern: S2Pattern, scale: float
    ) -> tuple[Tensor, Tensor]:
        plan = pieces(pattern, q.shape[2] // pattern.block)
        out, lse = torch.empty_like(q), q.new_full(q.shape[:3], float("-inf"))
        stripes = [_gather_stripes(x, pattern) for x in (k, v)]
        for piece in plan:
            key, value = (
                _view(x, piece, pattern.block, keys=True) for x in (stripes if piece.striped else (k, v))
            )
            query, joined, joined_lse = (_view(x, piece, pattern.block) for x in (q, out, lse.unsqueeze(-1)))
            part, part_lse = _attend(query, key, value, 0.0, piece.causal, scale=scale)
            part_lse = part_lse.unsqueeze(-1)
            if piece.causal:  # the first to see these queries
                joined.copy_(part)
                joined_lse.copy_(part_lse)
            else:
                joined.lerp_(part, torch.sigmoid(part_lse - joined_lse))
                joined_lse.copy_(torch.logaddexp(joined_lse, part_lse))
        ctx.save_for_backward(q, k, v, out, lse)
        ctx.pattern, ctx.scale = pattern, scale
        ctx.set_materialize_grads(False)
        return out, lse

    @staticmethod
    @once_differentiable
    def backward(
        ctx: FunctionCtx, grad_out: Tensor | None, grad_lse: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        q, k, v, out, lse = ctx.saved_tensors
        pattern, block, head_dim = ctx.pattern, ctx.pattern.block, q.shape[3]
        grad_out = torch.zeros_like(out) if grad_out is None else grad_out.contiguous()
        if grad_lse is not None:  # dS = P * (dP - delta + dLSE): one more column makes delta - dLSE of delta
            q, k, v = (F.pad(x, (0, 1)) for x in (q, k, v))
            grad_out = F.pad(grad_out, (0, 1), value=1.0)
            out = torch.cat([out, -grad_lse.unsqueeze(-1)], dim=-1)
        grads = [torch.zeros_like(x) for x in (q, k, v)]
        stripes = [_gather_stripes(x, pattern) for x in (k, v)]
        stripe_grads = [torch.zeros_like(x) for x in stripes]
        for piece in pieces(pattern, q.shape[2] // block):
            source, target = (stripes, stripe_grads) if piece.striped else ((k, v), grads[1:])
            key, value = (_view(x, piece, block, keys=True) for x in source)
            g, query, o = (_view(x, piece, block) for x in (grad_out, q, out))
            row_lse = _view(lse.unsqueeze(-1), piece, block).squeeze(-1)
            parts = _attend_backward(g, query, key, value, o, row_lse, 0.0, piece.causal, scale=ctx.scale)
            _view(grads[0], piece, block).add_(parts[0])
            for x, part in zip(target, parts[1:], strict=True):
                _view(x, piece, block, keys=True).add_(part)
        for grad, stripe_grad in zip(grads[1:], stripe_grads, strict=True):
            for mine, theirs in _stripe_pairs(stripe_grad, grad, pattern):
                theirs.add_(mine)
        return *(grad[..., :head_dim] for grad in grads), None, None


def _view(x: Tensor, piece: Piece, block: int, *, keys: bool = False) -> Tensor:
    """The piece's rows of contiguous x [B, H, T, D]: [B * H or B, count, rows * block, D], nothing copied."""
    batch, heads, time, dim = x.shape
    start, width, period = (
        (piece.key, piece.columns, piece.key_period) if keys else (piece.query, piece.rows, piece.period)
    )
    offset = start * block * dim
    if piece.head is None:
        size, step = batch * heads, time * dim
    else:
        size, step, offset = batch, heads * time * dim, offset + piece.head * time * dim
    shape, strides = (size, piece.count, width * block, dim), (step, period * block * dim, dim, 1)
    return x.as_strided(shape, strides, x.storage_offset() + offset)


def _gather_stripes(x: Tensor, pattern: S2Pattern) -> Tensor:
    """Each head's own stripe blocks side by side: [B, H, most stripe blocks of a head * block, D]."""
    most = max(stripe_blocks(pattern, x.shape[2] // pattern.block))
    gathered = x.new_zeros(*x.shape[:2], most * pattern.block, x.shape[3])
    for mine, theirs in _stripe_pairs(gathered, x, pattern):
        mine.copy_(theirs)
    return gathered


def _stripe_pairs(stripes: Tensor, x: Tensor, pattern: S2Pattern) -> list[tuple[Tensor, Tensor]]:
    """Of every head: its blocks among the gathered ones, and the same blocks in x, as views."""
    blocks, own = (y.unflatten(2, (-1, pattern.block)) for y in (x, stripes))
    counts = stripe_blocks(pattern, blocks.shape[2])
    return [
        (own[:, head, :count], blocks[:, head, -shift % pattern.stride :: pattern.stride][:, :count])
        for head, (shift, count) in enumerate(zip(pattern.shifts(), counts, strict=True))
    ]
