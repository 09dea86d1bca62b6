"""The CPU route against the dense specification, forward and backward, over patterns and awkward lengths."""

from contextlib import nullcontext

import pytest
import torch

from tenfold.kernels import PatternWarning, S2Pattern, s2_attention_reference
from tenfold.kernels.cpu import s2_attention_cpu
from tenfold.kernels.cpu_pieces import pieces

TOLERANCE = 2e-5  # a plain float32 dense attention differs from float64 by a few 1e-6 at these sizes


def pattern(*arguments, **options) -> S2Pattern:
    with pytest.warns(PatternWarning) if options.pop("warns", False) else nullcontext():
        return S2Pattern(*arguments, **options)


PATTERNS = {
    "stripes as many as heads": lambda: S2Pattern(4, 16, 4, 4),
    "one local block": lambda: S2Pattern(4, 16, 1, 4),
    "window of odd width": lambda: S2Pattern(4, 16, 7, 4),
    "window wider than stride": lambda: S2Pattern(2, 16, 12, 2, offset=1),
    "stride of three": lambda: S2Pattern(3, 16, 2, 3),
    "stride of one": lambda: S2Pattern(2, 16, 2, 1),
    "more heads than stripes": lambda: S2Pattern(6, 16, 2, 3),
    "same stripes in all heads": lambda: pattern(4, 16, 2, 4, head_step=0, warns=True),
    "grouped queries": lambda: S2Pattern(4, 16, 2, 4, kv_heads=2),
    "grouped queries, shared offsets": lambda: S2Pattern(4, 16, 2, 2, kv_heads=2, shared_offsets=True),
    "dense heads": lambda: S2Pattern(4, 16, 2, 4, dense_heads=1),
    "dense heads only": lambda: S2Pattern(2, 16, 2, 4, dense_heads=2),
    "relative stripes": lambda: pattern(4, 16, 3, 4, stripes="relative", warns=True),
    "large blocks, window cut at 512 tokens": lambda: S2Pattern(2, 128, 6, 2),
}
WITH_PIECES = [name for name in PATTERNS if name not in ("stride of one", "dense heads only")]


def inputs(pattern: S2Pattern, time: int, *, batch: int = 1, head_dim: int = 16) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(time)
    return [
        torch.randn(batch, heads, time, head_dim, generator=generator)
        for heads in (pattern.heads, pattern.kv_heads, pattern.kv_heads, pattern.heads)
    ]


def results(attention, tensors, pattern, **options):
    """Output, log-sum-exp and the gradients of q, k, v, with tensors[3] as weights of both results."""
    q, k, v = (x.clone().requires_grad_() for x in tensors[:3])
    out, lse = attention(q, k, v, pattern, return_lse=True, **options)
    weights = (tensors[3].masked_fill(~lse.isfinite().unsqueeze(-1), 0.0), tensors[3][..., 0])
    lse = lse.masked_fill(lse.isinf(), 0.0)
    return out.detach(), lse.detach(), *torch.autograd.grad((out, lse), (q, k, v), weights)


@pytest.mark.parametrize("time", [1, 63, 100, 300, 1000])
@pytest.mark.parametrize("make", PATTERNS.values(), ids=PATTERNS)
def test_output_log_sum_exp_and_gradients_are_those_of_the_specification(make, time):
    pattern = make()
    tensors = inputs(pattern, time)
    mine = results(s2_attention_cpu, tensors, pattern)
    for a, b in zip(mine, results(s2_attention_reference, tensors, pattern), strict=True):
        torch.testing.assert_close(a, b, atol=TOLERANCE, rtol=TOLERANCE)


def test_batch_with_dense_heads_and_transposed_memory_agrees_with_the_specification():
    pattern = S2Pattern(4, 16, 2, 4, dense_heads=1, kv_heads=4)
    tensors = [x.transpose(1, 2).contiguous().transpose(1, 2) for x in inputs(pattern, 200, batch=3)]
    mine = results(s2_attention_cpu, tensors, pattern, scale=0.7)
    for a, b in zip(mine, results(s2_attention_reference, tensors, pattern, scale=0.7), strict=True):
        torch.testing.assert_close(a, b, atol=TOLERANCE, rtol=TOLERANCE)


def test_padding_on_the_right_is_neither_read_nor_given_a_gradient():
    pattern = S2Pattern(4, 16, 2, 4)
    tensors = inputs(pattern, 150, batch=2)
    lengths = torch.tensor([97, 150])
    expected = results(s2_attention_reference, tensors, pattern, lengths=lengths)
    for x in tensors[:3]:
        x[0, :, 97:] = float("nan")
    for a, b in zip(results(s2_attention_cpu, tensors, pattern, lengths=lengths), expected, strict=True):
        torch.testing.assert_close(a, b, atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_as_exact_as_its_storage(dtype):
    pattern = S2Pattern(4, 16, 2, 4)
    q, k, v = (x.to(dtype) for x in inputs(pattern, 100)[:3])
    out = s2_attention_cpu(q, k, v, pattern)
    expected = s2_attention_reference(q.float(), k.float(), v.float(), pattern)
    assert out.dtype == dtype
    torch.testing.assert_close(
        out.float(), expected, atol=torch.finfo(dtype).eps, rtol=torch.finfo(dtype).eps
    )


def test_scores_of_large_size_do_not_overflow():
    pattern = S2Pattern(2, 16, 2, 2)
    q, k, v, _ = inputs(pattern, 100)
    out = s2_attention_cpu(100 * q, 100 * k, v, pattern)
    torch.testing.assert_close(
        out, s2_attention_reference(100 * q, 100 * k, v, pattern), atol=1e-3, rtol=1e-3
    )


@pytest.mark.parametrize("n_blocks", [17, 40, 64])
@pytest.mark.parametrize("name", WITH_PIECES)
def test_pieces_cover_every_visible_block_once_and_no_other(name, n_blocks):
    pattern = PATTERNS[name]()
    sparse = pattern.heads - pattern.dense_heads
    covered = torch.zeros(sparse, n_blocks, n_blocks, dtype=torch.int)
    for piece in pieces(pattern, n_blocks):
        for head in range(sparse) if piece.head is None else [piece.head]:
            own = range(-pattern.shifts()[head] % pattern.stride, n_blocks, pattern.stride)
            for c in range(piece.count):
                query, key = piece.query + c * piece.period, piece.key + c * piece.key_period
                keys = list(own if piece.striped else range(n_blocks))[key : key + piece.columns]
                assert len(keys) == piece.columns
                assert query + piece.rows <= n_blocks
                square = torch.ones(piece.rows, piece.columns, dtype=torch.int)
                covered[head, query : query + piece.rows, keys] += square.tril() if piece.causal else square
    assert torch.equal(covered, pattern.block_mask(n_blocks)[:sparse].int())


def test_second_derivatives_are_refused():
    pattern = S2Pattern(2, 16, 1, 2)
    q, k, v = (x.requires_grad_() for x in inputs(pattern, 64)[:3])
    (grad,) = torch.autograd.grad(s2_attention_cpu(q, k, v, pattern).square().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
