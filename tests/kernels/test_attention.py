"""One entry for all backends: they agree with each other, and bad input is refused by name."""

import pytest
import torch

from tenfold.kernels import S2Pattern, s2_attention_reference
from tenfold.kernels.attention import s2_attention

PATTERN = S2Pattern(4, 16, 2, 2, kv_heads=2)


def inputs(time: int = 70, head_dim: int = 16) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(2, heads, time, head_dim, generator=generator) for heads in (4, 2, 2)]


@pytest.mark.parametrize("backend", ["auto", "reference", "triton", "cpu"])
def test_every_backend_gives_the_specified_output_and_log_sum_exp(backend):
    q, k, v = inputs()
    lengths = torch.tensor([70, 33])
    options = {"scale": 0.3, "lengths": lengths, "return_lse": True}
    found = s2_attention(q, k, v, PATTERN, backend=backend, **options)
    for a, b in zip(found, s2_attention_reference(q, k, v, PATTERN, **options), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_the_log_sum_exp_is_left_out_unless_asked_for():
    assert isinstance(s2_attention(*inputs(), PATTERN), torch.Tensor)


@pytest.mark.parametrize("backend", ["reference", "triton", "cpu"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda q, k, v: (q[:, :3], k, v, {}), "q has shape"),
        (lambda q, k, v: (q, q, v, {}), "k has shape"),
        (lambda q, k, v: (q, k, v[:, :, :-1], {}), "v has shape"),
        (lambda q, k, v: (q[0], k, v, {}), "q has shape"),
        (lambda q, k, v: (q[:, :, :0], k[:, :, :0], v[:, :, :0], {}), "at least one"),
        (lambda q, k, v: (q, k.half(), v, {}), "k is torch.float16"),
        (lambda q, k, v: (q, k, v.to("meta"), {}), "v is torch.float32 on meta"),
        (lambda q, k, v: (q, k, v, {"scale": float("nan")}), "scale is nan"),
        (lambda q, k, v: (q, k, v, {"scale": float("inf")}), "scale is inf"),
        (lambda q, k, v: (q, k, v, {"lengths": torch.tensor([71, 3])}), "lengths is"),
    ],
    ids=[
        "heads", "kv heads", "time", "axes", "empty", "dtype", "device", "nan scale", "inf scale", "lengths",
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_the_name_of_the_argument(backend, change, message):
    *tensors, options = change(*inputs())
    with pytest.raises((ValueError, TypeError), match=message):
        s2_attention(*tensors, PATTERN, backend=backend, **options)


def test_integers_are_refused():
    with pytest.raises(TypeError, match=r"q has dtype torch\.int64"):
        s2_attention(*(x.long() for x in inputs()), PATTERN)


def test_an_unknown_backend_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'cuda'; allowed: auto, reference, triton, cpu"):
        s2_attention(*inputs(), PATTERN, backend="cuda")


def test_the_cpu_backend_refuses_tensors_elsewhere():
    with pytest.raises(ValueError, match="q is on meta: backend 'cpu'"):
        s2_attention(*(x.to("meta") for x in inputs()), PATTERN, backend="cpu")
