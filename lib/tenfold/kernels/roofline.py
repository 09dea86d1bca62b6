"""Predicted time of S2-Attention on named devices, from operations and bytes: a bound, not a measurement."""

from dataclasses import dataclass
from typing import Literal

from tenfold.kernels.pattern import S2Pattern

Precision = Literal["float32", "half"]


@dataclass(frozen=True)
class Device:
    """Peak rates.  half: operations a second in float16 or bfloat16, no sparsity; memory: bytes a second."""

    name: str
    half: float
    float32: float
    memory: float
    source: str


DEVICES = {
    device.name: device
    for device in (
        Device("A100", 312e12, 19.5e12, 2.039e12, "NVIDIA A100 80GB SXM data sheet"),
        Device("H100", 989.4e12, 66.9e12, 3.35e12, "NVIDIA H100 SXM5 data sheet"),
        Device("MI300X", 1307.4e12, 163.4e12, 5.3e12, "AMD Instinct MI300X data sheet"),
    )
}


@dataclass(frozen=True)
class Prediction:
    """The longer of operations / peak rate and bytes / bandwidth, in seconds; bound says which."""

    operations: float
    bytes: float
    seconds: float
    bound: Literal["operations", "memory"]


@dataclass(frozen=True)
class Roofline:
    """Predicted, never measured: what no kernel on the device can beat."""

    device: Device
    dense: Prediction
    sparse: Prediction

    @property
    def speedup(self) -> float:
        """Predicted dense over predicted sparse time."""
        return self.dense.seconds / self.sparse.seconds

    def __str__(self) -> str:
        return (
            f"predicted on {self.device.name}: dense {1e3 * self.dense.seconds:.3g} ms ({self.dense.bound}), "
            f"sparse {1e3 * self.sparse.seconds:.3g} ms ({self.sparse.bound}), ratio {self.speedup:.2f}"
        )


def roofline(
    pattern: S2Pattern,
    shape: tuple[int, int, int],
    device: str,
    *,
    precision: Precision = "half",
    backward: bool = False,
) -> Roofline:
    """Predicted time of one attention layer, dense causal and under `pattern`.

    shape: (batch, time, head_dim).  device: a name in DEVICES, with the peaks of the public data sheets;
    float32 is without tensor cores.  Operations: 4 * head_dim a visible pair of tokens forward (two
    products), 10 * head_dim backward (five; FlashAttention-2, arXiv:2307.08691), visible blocks whole.
    Bytes: forward reads q, k, v and writes the output and the float32 log-sum-exp, once each; backward
    reads these and the output's gradient and writes three gradients.

    Raises ValueError for an unknown device or precision, and sizes below 1.
    """
    if device not in DEVICES:
        raise ValueError(f"device is {device!r}; known: {', '.join(DEVICES)}")
    if precision not in ("half", "float32"):
        raise ValueError(f"precision is {precision!r}; allowed: 'half', 'float32'")
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"shape is {shape}; (batch, time, head_dim), each at least 1, is needed")
    batch, time, head_dim = shape
    peak = DEVICES[device]
    n = pattern.n_blocks(time)
    pairs = batch * pattern.heads * n * (n + 1) / 2 * pattern.block**2
    element = 2 if precision == "half" else 4
    query = batch * time * pattern.heads * head_dim * element
    key_value = 2 * batch * time * pattern.kv_heads * head_dim * element
    lse = 4 * batch * time * pattern.heads
    if backward:  # reads q, k, v, output, its gradient, lse; writes dq, dk, dv
        moved, per_pair = 4 * query + 2 * key_value + lse, 10 * head_dim
    else:
        moved, per_pair = 2 * query + key_value + lse, 4 * head_dim
    rate = peak.half if precision == "half" else peak.float32

    def predict(density: float) -> Prediction:
        operations = per_pair * pairs * density
        by_operations, by_memory = operations / rate, moved / peak.memory
        bound = "operations" if by_operations >= by_memory else "memory"
        return Prediction(operations, moved, max(by_operations, by_memory), bound)

    return Roofline(peak, predict(1.0), predict(pattern.density(time)))
