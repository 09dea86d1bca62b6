"""Checks that every attention backend makes of its inputs."""

import math

import torch
from torch import Tensor

from tenfold.kernels.pattern import S2Pattern

DTYPES = (torch.float32, torch.float16, torch.bfloat16)


def check_inputs(
    q: Tensor, k: Tensor, v: Tensor, pattern: S2Pattern, *, scale: float | None, lengths: Tensor | None
) -> float:
    """The scale to use: head_dim**-0.5 unless given.

    q: [B, H, T, D]; k, v: [B, H_kv, T, D]; H and H_kv as in the pattern; lengths: integers [B], from 0 to T.
    Raises ValueError or TypeError naming the argument, its value and what is allowed.
    """
    for name, tensor, heads in (
        ("q", q, pattern.heads),
        ("k", k, pattern.kv_heads),
        ("v", v, pattern.kv_heads),
    ):
        if tensor.ndim != 4:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}: [batch, heads, time, head_dim] needed")
        if tensor.dtype not in DTYPES:
            raise TypeError(f"{name} has dtype {tensor.dtype}: float32, float16 or bfloat16 is needed")
        if tensor.dtype != q.dtype or tensor.device != q.device:
            raise ValueError(
                f"{name} is {tensor.dtype} on {tensor.device}, q is {q.dtype} on {q.device}: "
                "q, k and v must share dtype and device"
            )
        expected = (q.shape[0], heads, *q.shape[2:])
        if tensor.shape != expected:
            raise ValueError(
                f"{name} has shape {tuple(tensor.shape)}: {expected} is needed for q {tuple(q.shape)} and "
                f"a pattern of {pattern.heads} heads and {pattern.kv_heads} KV heads"
            )
    if 0 in q.shape:
        raise ValueError(f"q has shape {tuple(q.shape)}: every axis, time too, needs at least one element")
    if lengths is not None:
        _check_lengths(lengths, q)
    if scale is None:
        return q.shape[-1] ** -0.5
    if not math.isfinite(scale):
        raise ValueError(f"scale is {scale}: a finite number is needed; None means head_dim**-0.5")
    return float(scale)


def _check_lengths(lengths: Tensor, q: Tensor) -> None:
    batch, time = q.shape[0], q.shape[2]
    if lengths.shape != (batch,) or lengths.is_floating_point() or lengths.device != q.device:
        raise ValueError(
            f"lengths is {lengths.dtype} {tuple(lengths.shape)} on {lengths.device}: "
            f"integers of shape ({batch},) on {q.device} are needed"
        )
    if lengths.min() < 0 or lengths.max() > time:
        raise ValueError(f"lengths is {lengths.tolist()}: from 0 to time = {time}")
