import math

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from tenfold.kernels import S2Pattern, s2_attention_reference


def inputs(heads=4, kv_heads=4, time=40, head_dim=8, batch=2):
    generator = torch.Generator().manual_seed(0)
    shapes = [(batch, n, time, head_dim) for n in (heads, kv_heads, kv_heads)]
    return [torch.randn(shape, generator=generator) for shape in shapes]


def token_mask(pattern: S2Pattern, time: int) -> torch.Tensor:
    """[heads, time, time], token by token from the rule for blocks."""
    mask = torch.zeros(pattern.heads, time, time, dtype=torch.bool)
    for h in range(pattern.heads):
        for t in range(time):
            for s in range(t + 1):
                i, j = t // pattern.block, s // pattern.block
                far = (j + h * pattern.head_step + pattern.offset) % pattern.stride
                mask[h, t, s] = i - j < pattern.local_blocks or far == 0
    return mask


@pytest.mark.parametrize("time", [1, 15, 16, 63, 100])
def test_equals_the_platform_attention_under_the_token_mask(time):
    pattern = S2Pattern(4, 16, 1, 4)
    q, k, v = inputs(time=time)
    expected = scaled_dot_product_attention(q, k, v, attn_mask=token_mask(pattern, time))
    torch.testing.assert_close(s2_attention_reference(q, k, v, pattern), expected, atol=2e-6, rtol=1e-5)


def test_a_row_by_hand():
    pattern = S2Pattern(2, 2, 1, 2)  # block 2: query 5 sees keys 4, 5 and the blocks of its head's parity
    q, k = torch.zeros(1, 2, 6, 1), torch.zeros(1, 2, 6, 1)
    v = torch.arange(6.0).view(1, 1, 6, 1).expand(1, 2, 6, 1)
    out, lse = s2_attention_reference(q, k, v, pattern, return_lse=True)
    assert out[0, 0, 5, 0] == pytest.approx((0 + 1 + 4 + 5) / 4)
    assert out[0, 1, 5, 0] == pytest.approx((2 + 3 + 4 + 5) / 4)
    assert lse[0, :, 5].tolist() == pytest.approx([math.log(4)] * 2)


def test_log_sum_exp_is_that_of_the_scaled_visible_scores():
    pattern = S2Pattern(4, 16, 1, 4)
    q, k, v = inputs()
    lse = s2_attention_reference(q, k, v, pattern, scale=0.3, return_lse=True)[1]
    scores = q.double() @ k.double().mT * 0.3
    expected = scores.exp().mul(token_mask(pattern, 40)).sum(-1).log()
    torch.testing.assert_close(lse.double(), expected, atol=1e-5, rtol=1e-5)


def test_grouped_queries_read_the_key_head_of_their_group():
    q, k, v = inputs(heads=4, kv_heads=2)
    grouped = s2_attention_reference(q, k, v, S2Pattern(4, 16, 1, 4, kv_heads=2))
    spread = [x[:, [0, 0, 1, 1]] for x in (k, v)]
    torch.testing.assert_close(grouped, s2_attention_reference(q, *spread, S2Pattern(4, 16, 1, 4)))


def test_padding_is_not_read_and_padded_queries_give_zeros():
    pattern = S2Pattern(4, 16, 1, 4)
    q, k, v = inputs()
    short = s2_attention_reference(q[1:, :, :21], k[1:, :, :21], v[1:, :, :21], pattern, return_lse=True)
    for x in (q, k, v):
        x[1, :, 21:] = float("nan")
        x.requires_grad_()
    out, lse = s2_attention_reference(q, k, v, pattern, lengths=torch.tensor([40, 21]), return_lse=True)
    torch.testing.assert_close(out[1:, :, :21], short[0])
    torch.testing.assert_close(lse[1:, :, :21], short[1])
    assert (out[1, :, 21:] == 0).all()
    assert (lse[1, :, 21:] == float("-inf")).all()
    for gradient in torch.autograd.grad(out.square().sum(), (q, k, v)):
        assert gradient.isfinite().all()
        assert (gradient[1, :, 21:] == 0).all()


def test_half_precision_inputs_are_computed_in_float32():
    pattern = S2Pattern(4, 16, 1, 4)
    halves = [x.half() for x in inputs()]
    exact = s2_attention_reference(*(x.float() for x in halves), pattern)
    out = s2_attention_reference(*halves, pattern)
    assert out.dtype == torch.float16
    assert torch.equal(out, exact.half())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(q=torch.zeros(4, 40, 8)), ValueError, r"q has shape \(4, 40, 8\): \[batch, heads"),
        (dict(q=torch.zeros(2, 3, 40, 8)), ValueError, r"q has shape .* \(2, 4, 40, 8\) is needed"),
        (dict(v=torch.zeros(2, 4, 39, 8)), ValueError, r"v has shape .* \(2, 4, 40, 8\) is needed"),
        (dict(k=torch.zeros(2, 4, 40, 8).half()), ValueError, "k is torch.float16 .* must share dtype"),
        (dict(v=torch.zeros(2, 4, 40, 8, device="meta")), ValueError, "v is torch.float32 on meta"),
        (dict(q=torch.zeros(2, 4, 40, 8).double()), TypeError, "q has dtype torch.float64"),
        (dict(scale=float("nan")), ValueError, "scale is nan"),
        (dict(lengths=torch.tensor([40, 41])), ValueError, r"lengths is \[40, 41\]: from 0 to time = 40"),
        (dict(lengths=torch.tensor([40])), ValueError, r"lengths is torch.int64 \(1,\)"),
        (dict(lengths=torch.tensor([1.0, 2.0])), ValueError, "lengths is torch.float32"),
    ],
)
def test_bad_input_is_refused(change, error, message):
    arguments = dict(zip("qkv", inputs(), strict=True)) | change
    with pytest.raises(error, match=message):
        s2_attention_reference(**arguments, pattern=S2Pattern(4, 16, 1, 4))


def test_no_tokens_are_refused():
    with pytest.raises(ValueError, match="every axis, time too"):
        s2_attention_reference(*inputs(time=0), S2Pattern(4, 16, 1, 4))
