"""S2-Attention by Triton kernels, differentiable; work in proportion to the visible blocks."""

import math
import os

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from tenfold.kernels.inputs import check_inputs
from tenfold.kernels.pattern import S2Pattern
from tenfold.kernels.triton_backward import dkv_kernel, dq_kernel
from tenfold.kernels.triton_forward import forward_kernel
from tenfold.kernels.triton_lists import work_lists
from tenfold.kernels.triton_tiles import Kernel, padded_head_dim, target_of, tile_shape


def s2_attention_triton(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    pattern: S2Pattern,
    *,
    scale: float | None = None,
    lengths: Tensor | None = None,
    return_lse: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """As `s2_attention_reference`, by Triton; the log-sum-exp is differentiable too.

    head_dim 16 to 256, pattern.block at least 16.  Products accumulate in float32; float32 inputs are
    multiplied in full precision.  Where there is no GPU, TRITON_INTERPRET=1, set before this module is
    imported, runs the kernels slowly on the CPU, but not in bfloat16, which the interpreter computes wrongly.
    Raises ValueError or TypeError as `check_inputs`, and for what the kernels cannot take.
    """
    scale = check_inputs(q, k, v, pattern, scale=scale, lengths=lengths)
    padded_head_dim(q.shape[-1])
    if pattern.block < 16:
        raise ValueError(f"block is {pattern.block}: the Triton kernels need at least 16; use backend='cpu'")
    if q.device.type == "cpu":
        _check_interpreter(q)
    if lengths is None:
        lengths = torch.full((q.shape[0],), q.shape[2], device=q.device)
    out, lse = _S2Attention.apply(q, k, v, lengths.int(), pattern, scale)
    return (out, lse) if return_lse else out


def _check_interpreter(q: Tensor) -> None:
    if os.environ.get("TRITON_INTERPRET") != "1":
        raise ValueError(
            "q is on the CPU, where Triton only interprets: set TRITON_INTERPRET=1 before importing tenfold, "
            "or use backend='cpu'"
        )
    if q.dtype == torch.bfloat16:
        raise TypeError("q is bfloat16, which Triton's interpreter computes wrongly: use float32 or float16")


class _S2Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v, lengths, pattern, scale):
        q, k, v = (_rows_contiguous(x) for x in (q, k, v))
        out = torch.empty(q.shape, dtype=q.dtype, device=q.device)
        lse = torch.empty(q.shape[:3], dtype=torch.float32, device=q.device)
        _launch("forward", forward_kernel, pattern, q, k, v, lengths, (out, lse), (), scale)
        ctx.save_for_backward(q, k, v, out, lse, lengths)
        ctx.pattern, ctx.scale = pattern, scale
        return out, lse

    @staticmethod
    @once_differentiable
    def backward(ctx, dout, dlse):
        q, k, v, out, lse, lengths = ctx.saved_tensors
        dout, dlse = _rows_contiguous(dout), dlse.contiguous()
        dq, dk, dv = (torch.empty(x.shape, dtype=x.dtype, device=x.device) for x in (q, k, v))
        delta = torch.empty_like(lse)
        extra, scale = (dout,), ctx.scale
        _launch(
            "dq", dq_kernel, ctx.pattern, q, k, v, lengths, (out, dout, lse, dlse, delta, dq), extra, scale
        )
        _launch("dkv", dkv_kernel, ctx.pattern, q, k, v, lengths, (dout, lse, delta, dk, dv), extra, scale)
        return dq, dk, dv, None, None, None


def _rows_contiguous(x: Tensor) -> Tensor:
    return x if x.stride(-1) == 1 else x.contiguous()


def _launch(
    name: Kernel,
    kernel,
    pattern: S2Pattern,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    lengths: Tensor,
    tensors: tuple[Tensor, ...],
    strided: tuple[Tensor, ...],
    scale: float,
) -> None:
    """Launch over all tiles; `tensors` stand between v and the work lists, `strided` bring their strides."""
    batch, heads, time, head_dim = q.shape
    shape = tile_shape(name, head_dim, q.dtype, target_of(q.device))
    by_key = name == "dkv"
    tile, step = (shape.keys, shape.queries) if by_key else (shape.queries, shape.keys)
    lists = work_lists(
        pattern,
        -(-time // tile) * tile,
        tile=tile,
        step=step,
        by="key" if by_key else "query",
        device=q.device,
    )
    n_tiles = -(-time // tile)
    strides = [stride for x in (q, k, v, *strided) for stride in x.stride()[:3]]
    scales = (scale * math.log2(math.e),) if name == "forward" else (scale * math.log2(math.e), scale)
    kernel[(n_tiles * batch * (pattern.kv_heads if by_key else heads),)](
        q, k, v, *tensors, lists.tiles, lists.starts, lists.bits, lengths, *strides,
        heads, pattern.group, time, n_tiles, lists.plan_tiles, *scales,
        D=head_dim, D_PAD=padded_head_dim(head_dim), M=shape.queries, N=shape.keys,
        GRAIN=lists.grain, BAND=lists.band, num_warps=shape.warps, num_stages=shape.stages,
    )  # fmt: skip
