"""Any small pattern and shape: every route agrees with the specification, and every count with the mask."""

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tenfold.kernels import S2Pattern, s2_attention, s2_attention_reference
from tenfold.kernels.decode import S2Cache, s2_decode

TOLERANCE = 5e-5  # float32 sums of at most 70 terms in another order


@st.composite
def patterns(draw):
    kv_heads = draw(st.integers(1, 3))
    heads = kv_heads * draw(st.integers(1, 3))
    shared = draw(st.booleans())
    stride = draw(st.integers(1, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return S2Pattern(
            heads,
            draw(st.sampled_from([1, 2, 4, 16])),
            draw(st.integers(1, 4)),
            stride,
            offset=draw(st.integers(-3, 6)),
            head_step=draw(st.none() | st.integers(0, 5)),
            dense_heads=draw(st.integers(0, kv_heads)) * (heads // kv_heads),
            kv_heads=kv_heads,
            shared_offsets=shared,
            stripes=draw(st.sampled_from(["absolute", "relative"])),
        )


def inputs(pattern: S2Pattern, batch: int, time: int, dim: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(time)
    heads = (pattern.heads, pattern.kv_heads, pattern.kv_heads)
    return [torch.randn(batch, h, time, dim, generator=generator) for h in heads]


@given(patterns(), st.integers(1, 2), st.integers(1, 70), st.sampled_from([1, 3, 8, 16]), st.data())
def test_the_cpu_route_agrees_with_the_specification(pattern, batch, time, dim, data):
    lengths = data.draw(st.none() | st.lists(st.integers(0, time), min_size=batch, max_size=batch))
    options = {"lengths": None if lengths is None else torch.tensor(lengths), "return_lse": True}
    results = []
    for backend in ("cpu", "reference"):
        q, k, v = (x.requires_grad_() for x in inputs(pattern, batch, time, dim))
        out, lse = s2_attention(q, k, v, pattern, backend=backend, **options)
        out.square().sum().backward()
        results.append((out.detach(), lse.detach(), q.grad, k.grad, v.grad))
    for mine, theirs in zip(*results, strict=True):
        torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


@given(patterns(), st.integers(1, 40))
def test_decoding_token_by_token_agrees_with_the_specification(pattern, time):
    q, k, v = inputs(pattern, 1, time, 4)
    cache = S2Cache(pattern, 1, 4)
    steps = []
    for at in range(time):
        cache.append(k[:, :, at : at + 1], v[:, :, at : at + 1])
        steps.append(s2_decode(q[:, :, at : at + 1], cache, pattern))
    expected = s2_attention_reference(q, k, v, pattern)
    torch.testing.assert_close(torch.cat(steps, dim=2), expected, atol=TOLERANCE, rtol=TOLERANCE)
    assert torch.equal(cache.live_blocks, pattern.live_kv_blocks(time))


@given(patterns(), st.integers(1, 80))
def test_lists_and_counts_of_blocks_are_those_of_the_mask(pattern, time):
    n = pattern.n_blocks(time)
    mask = pattern.block_mask(n)
    crow, col = pattern.csr(n)
    assert [col[crow[h, i] : crow[h, i + 1]].tolist() for h in range(pattern.heads) for i in range(n)] == [
        mask[h, i].nonzero().flatten().tolist() for h in range(pattern.heads) for i in range(n)
    ]
    assert pattern.density(time) == pytest.approx(mask.sum().item() / (pattern.heads * n * (n + 1) / 2))
    many = pattern.block_mask(4 * pattern.stride + pattern.local_blocks + 1)
    assert pattern.is_complete() == torch.equal(many.any(0), torch.ones_like(many[0]).tril())


@given(st.lists(st.integers(-2, 9), min_size=4, max_size=4), st.integers(-1, 4), st.integers(-1, 9))
def test_any_numbers_make_a_pattern_or_are_refused_by_name(numbers, dense_heads, kv_heads):
    heads, block, local_blocks, stride = numbers
    fields = {"heads": heads, "block": block, "local_blocks": local_blocks, "stride": stride}
    fields |= {"dense_heads": dense_heads, "kv_heads": kv_heads}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pattern = S2Pattern(**fields)
        except ValueError as error:
            message = str(error)
        else:
            assert pattern.block_mask(3).any(-1).all()
            return
    assert any(message.startswith(f"{name} is ") for name in fields)
