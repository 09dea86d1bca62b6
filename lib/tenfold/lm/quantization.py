"""Group-wise round-to-nearest quantisation: what an n-bit model stores, and what it computes with.

Each group of consecutive weights of an output row has a scale and a zero point. This is the plainest
quantiser, without calibration data.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

BITS = range(2, 9)
SCALE_BYTES = 2


@dataclass(frozen=True)
class QuantizedWeight:
    """A weight matrix as stored: codes [out * in] and zero points [out * groups], packed to `bits` bits each;
    scales [out, groups] in float16."""

    codes: Tensor
    zeros: Tensor
    scales: Tensor
    bits: int
    group: int
    shape: tuple[int, int]

    @property
    def nbytes(self) -> int:
        """Bytes as stored."""
        return self.codes.numel() + self.zeros.numel() + SCALE_BYTES * self.scales.numel()

    def dequantized(self) -> Tensor:
        """The weights that are computed with, float32 [out, in]: scale (code - zero point)."""
        codes = unpacked(self.codes, self.bits, self.shape[0] * self.shape[1])
        zeros = unpacked(self.zeros, self.bits, self.scales.numel())
        grouped = codes.view(-1, self.group).float() - zeros.view(-1, 1).float()
        return (grouped * self.scales.view(-1, 1).float()).view(self.shape)


def quantize(weight: Tensor, *, bits: int, group: int | None = None) -> QuantizedWeight:
    """Round each weight to the nearest of 2^bits levels between the least and the largest of its group.

    weight: [out, in], finite.  group: weights that share a scale, a divisor of `in`; None for whole rows.
    The levels of a group hold 0 exactly, and are spaced by the scale as stored in float16.
    Raises ValueError.
    """
    if weight.ndim != 2 or not weight.isfinite().all():
        raise ValueError(f"weight is {list(weight.shape)}; allowed: a matrix [out, in] of finite numbers")
    if bits not in BITS:
        raise ValueError(f"bits is {bits}; allowed: {BITS.start} to {BITS.stop - 1}")
    rows, columns = weight.shape
    group = columns if group is None else group
    if group < 1 or columns % group:
        raise ValueError(f"group is {group}; allowed: a divisor of {columns}, the weights of a row")
    grouped = weight.detach().float().reshape(-1, group)
    low, high = grouped.amin(1).clamp(max=0), grouped.amax(1).clamp(min=0)
    most = 2**bits - 1
    scales = ((high - low) / most).half()
    if scales.isinf().any():
        raise ValueError(f"weight spans {(high - low).max():.3g}; allowed: scales that fit float16")
    # A group whose scale is 0 in float16 holds nothing that its scale could express.
    step = torch.where(scales > 0, scales.float(), 1.0)
    zeros = (-low / step).round().clamp(0, most)
    codes = (grouped / step[:, None]).round().add(zeros[:, None]).clamp(0, most)
    return QuantizedWeight(
        packed(codes.flatten().byte(), bits),
        packed(zeros.byte(), bits),
        scales.view(rows, -1),
        bits,
        group,
        (rows, columns),
    )


def packed(codes: Tensor, bits: int) -> Tensor:
    """uint8 codes [N] below 2^bits as a stream of their lowest bits: uint8 [ceil(N bits / 8)]."""
    each = np.unpackbits(codes.numpy()[:, None], axis=1)[:, 8 - bits :]
    return torch.from_numpy(np.packbits(each))


def unpacked(stream: Tensor, bits: int, count: int) -> Tensor:
    """The inverse of `packed` for `count` codes, uint8 [count]."""
    each = np.unpackbits(stream.numpy(), count=count * bits).reshape(count, bits)
    return torch.from_numpy(np.packbits(each, axis=1)[:, 0] >> (8 - bits))


@dataclass(frozen=True)
class QuantizedModel:
    """model: computes with the dequantised weights.  nbytes: as stored, what is not quantised at 2 bytes a
    number.  quantized: share of the parameters that is."""

    model: nn.Module
    nbytes: int
    quantized: float


def quantize_model(
    model: nn.Module, *, bits: int, group: int | None = None, skip: tuple[str, ...] = ("lm_head",)
) -> QuantizedModel:
    """A copy of the model whose linear layers, but those named in `skip`, are quantised; embeddings are not.

    Raises ValueError as `quantize`, naming the layer.
    """
    copied = copy.deepcopy(model)
    stored = touched = 0
    for name, layer in copied.named_modules():
        if isinstance(layer, nn.Linear) and name.rpartition(".")[2] not in skip:
            try:
                weight = quantize(layer.weight, bits=bits, group=group)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
            with torch.no_grad():
                layer.weight.copy_(weight.dequantized())
            stored += weight.nbytes
            touched += layer.weight.numel()
    total = sum(p.numel() for p in copied.parameters())
    return QuantizedModel(copied, stored + SCALE_BYTES * (total - touched), touched / total)
