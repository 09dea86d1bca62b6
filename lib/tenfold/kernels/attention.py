"""S2-Attention by whichever backend suits the device."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from tenfold.kernels.cpu import s2_attention_cpu
from tenfold.kernels.inputs import check_inputs
from tenfold.kernels.pattern import S2Pattern
from tenfold.kernels.reference import s2_attention_reference

BACKENDS = ("auto", "reference", "triton", "cpu")


def s2_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    pattern: S2Pattern,
    *,
    scale: float | None = None,
    lengths: Tensor | None = None,
    backend: Literal["auto", "reference", "triton", "cpu"] = "auto",
    return_lse: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Attention under `pattern`, differentiable in q, k and v (Lin et al. 2024, arXiv:2407.17678).

    q: [B, H, T, D]; k, v: [B, H_kv, T, D]; scale: head_dim**-0.5 by default; lengths: integers [B], of a
    batch padded on the right.  backend: "reference" is dense, "triton" and "cpu" work in proportion to the
    visible blocks; "auto" is "triton" on a GPU and "cpu" on the CPU.
    Returns the output [B, H, T, D] in q's dtype; with return_lse also the natural log-sum-exp of the scaled
    scores, float32 [B, H, T], -inf for padded queries.
    Raises ValueError or TypeError for inputs that do not fit each other, the pattern, or the backend.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend is {backend!r}; allowed: {', '.join(BACKENDS)}")
    check_inputs(q, k, v, pattern, scale=scale, lengths=lengths)
    if backend == "auto":
        backend = "cpu" if q.device.type == "cpu" else "triton"
    if backend == "cpu" and q.device.type != "cpu":
        raise ValueError(
            f"q is on {q.device}: backend 'cpu' needs tensors on the CPU; use 'triton' or 'auto'"
        )
    attention = _function(backend)
    return attention(q, k, v, pattern, scale=scale, lengths=lengths, return_lse=return_lse)


def _function(backend: str) -> Callable[..., Tensor | tuple[Tensor, Tensor]]:
    if backend == "triton":
        # Imported when it is used: Triton exists for Linux only, and reads TRITON_INTERPRET at import.
        from tenfold.kernels.triton_attention import s2_attention_triton

        return s2_attention_triton
    return {"reference": s2_attention_reference, "cpu": s2_attention_cpu}[backend]
