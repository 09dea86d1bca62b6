from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tenfold.kernels import PatternWarning, S2Pattern, s2_attention_reference, triton_attention, triton_tiles
from tenfold.kernels.triton_attention import s2_attention_triton
from tenfold.kernels.triton_lists import work_lists
from tenfold.kernels.triton_tiles import TileShape

with pytest.warns(PatternWarning):
    RELATIVE = S2Pattern(2, 16, 1, 4, head_step=2, stripes="relative")
ALONE = S2Pattern(2, 32, 1, 2)
GROUPED = S2Pattern(4, 16, 1, 4, kv_heads=2)


@pytest.fixture(autouse=True)
def _uninitialised_memory_is_nan() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)  # fills what torch.empty returns
    yield
    torch.use_deterministic_algorithms(False)


def poisoned(shape: tuple[int, ...], dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    """Normal numbers inside a larger array of NaN, with strides of its own."""
    batch, heads, time, head_dim = shape
    memory = torch.full((batch, time + 5, heads + 1, head_dim + 8), float("nan"), dtype=dtype)
    inner = memory[:, 2 : time + 2, :heads, 4 : head_dim + 4].transpose(1, 2)
    inner.copy_(torch.randn(shape, generator=generator).to(dtype))
    return inner


def problem(
    pattern: S2Pattern, *, time: int, head_dim: int, dtype=torch.float32, batch: int = 1
) -> list[Tensor]:
    """q, k, v and the gradient of the output."""
    generator = torch.Generator().manual_seed(time + head_dim)
    heads = (pattern.heads, pattern.kv_heads, pattern.kv_heads, pattern.heads)
    return [poisoned((batch, n, time, head_dim), dtype, generator) for n in heads]


def dense(
    q: Tensor, k: Tensor, v: Tensor, pattern: S2Pattern, *, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Output and log-sum-exp with every product and the softmax in `dtype`."""
    q, k, v = (x.to(dtype) for x in (q, k, v))
    k, v = (x.repeat_interleave(pattern.group, 1) for x in (k, v))
    time = q.shape[2]
    at = torch.arange(time) // pattern.block
    keep = (
        pattern.block_mask(int(at[-1]) + 1)[:, at[:, None], at[None, :]]
        & torch.ones(time, time).tril().bool()
    )
    scores = ((q * q.shape[-1] ** -0.5) @ k.mT).masked_fill(~keep, float("-inf"))
    return scores.softmax(-1) @ v, scores.logsumexp(-1)


def with_gradients(attention, tensors: list[Tensor], dlse: Tensor, **arguments) -> list[Tensor]:
    """Output, log-sum-exp, dQ, dK, dV."""
    *leaves, dout = (x.detach() for x in tensors)
    leaves = [x.requires_grad_() for x in leaves]
    out, lse = attention(*leaves, **arguments)
    return [out, lse, *torch.autograd.grad((out, lse), leaves, (dout.to(out.dtype), dlse.to(lse.dtype)))]


def assert_as_good_as_plain_arithmetic(pattern: S2Pattern, tensors: list[Tensor]) -> None:
    """Each result at most twice as far from float64 as dense attention in the inputs' own precision.

    Plus what two more roundings cost the largest value: of the result, and of the stored log-sum-exp.
    """
    dtype = tensors[0].dtype
    dlse = torch.randn(tensors[0].shape[:3], generator=torch.Generator().manual_seed(1))
    ours = with_gradients(s2_attention_triton, tensors, dlse, pattern=pattern, return_lse=True)
    exact = with_gradients(dense, tensors, dlse, pattern=pattern, dtype=torch.float64)
    plain = with_gradients(dense, tensors, dlse, pattern=pattern, dtype=dtype)
    for name, mine, truth, rough in zip(("out", "lse", "dq", "dk", "dv"), ours, exact, plain, strict=True):
        allowed = 2 * (rough - truth).abs().max() + 2 * torch.finfo(dtype).eps * truth.abs().max()
        assert (mine - truth).abs().max() <= allowed, name


@pytest.mark.parametrize(
    ("pattern", "time", "head_dim"),
    [
        (ALONE, 1, 16),
        (ALONE, 63, 96),
        (ALONE, 100, 64),
        (GROUPED, 63, 16),
        (RELATIVE, 100, 40),
        (S2Pattern(2, 16, 1, 2, dense_heads=1), 100, 32),
        (S2Pattern(1, 128, 1, 1), 130, 16),
        (S2Pattern(2, 16, 1, 2), 48, 256),
    ],
    ids=["one token", "63 of 96", "100 of 64", "grouped", "relative", "dense head", "block over tile", "256"],
)
def test_float32_is_as_exact_as_plain_float32(pattern, time, head_dim):
    assert_as_good_as_plain_arithmetic(pattern, problem(pattern, time=time, head_dim=head_dim))


@pytest.mark.parametrize(
    ("pattern", "time", "head_dim"),
    [
        (GROUPED, 200, 64),
        (RELATIVE, 200, 96),
        (S2Pattern(2, 64, 1, 2), 333, 128),
        (S2Pattern(2, 16, 2, 2), 63, 256),
    ],
    ids=["grouped", "relative", "128", "256"],
)
def test_float16_is_as_exact_as_plain_float16(pattern, time, head_dim):
    tensors = problem(pattern, time=time, head_dim=head_dim, dtype=torch.float16)
    assert_as_good_as_plain_arithmetic(pattern, tensors)


def test_a_thousand_tokens(monkeypatch):
    monkeypatch.setattr(triton_tiles, "FLOAT32", TileShape(128, 128, 4, 1))
    pattern = S2Pattern(2, 64, 1, 4, head_step=2, dense_heads=1)
    assert_as_good_as_plain_arithmetic(pattern, problem(pattern, time=1000, head_dim=16))


@pytest.mark.parametrize(
    "shape", [TileShape(64, 16, 4, 1), TileShape(16, 64, 4, 1), TileShape(128, 64, 4, 1)]
)
@pytest.mark.parametrize("pattern", [RELATIVE, GROUPED], ids=["relative", "grouped"])
def test_tiles_may_merge_or_cut_pattern_rows(monkeypatch, shape, pattern):
    monkeypatch.setattr(triton_tiles, "FLOAT32", shape)
    assert_as_good_as_plain_arithmetic(pattern, problem(pattern, time=100, head_dim=16))


def test_the_published_merging_attends_too_much_where_stripes_are_relative(monkeypatch):
    def as_published(*arguments, **keywords):
        lists = work_lists(*arguments, **keywords)
        bits = lists.bits.clone()
        for shift in (1, 2, 4):
            bits |= bits >> shift  # all rows up to the last one that sees the entry
        return replace(lists, bits=bits)

    monkeypatch.setattr(triton_tiles, "FLOAT32", TileShape(64, 32, 4, 1))
    monkeypatch.setattr(triton_attention, "work_lists", as_published)
    errors = {}
    for name, pattern in (("absolute", ALONE), ("relative", RELATIVE)):
        q, k, v, _ = problem(pattern, time=128, head_dim=16)
        published = s2_attention_triton(q, k, v, pattern)
        errors[name] = (published - s2_attention_reference(q, k, v, pattern)).abs().max()
    assert errors["absolute"] < 1e-5
    assert errors["relative"] > 0.1


def test_a_batch_padded_on_the_right_equals_its_sequences_alone():
    lengths = torch.tensor([70, 0, 33])
    tensors = problem(GROUPED, time=70, head_dim=16, batch=3)
    for x in tensors:
        x[1], x[2, :, 33:] = float("nan"), float("nan")
    out, lse, *gradients = with_gradients(
        s2_attention_triton, tensors, torch.zeros(3, 4, 70), pattern=GROUPED, lengths=lengths, return_lse=True
    )
    for i in (0, 2):
        n = lengths[i]
        alone = [x[i : i + 1, :, :n] for x in tensors]
        expected = with_gradients(
            s2_attention_reference, alone, torch.zeros(1, 4, n), pattern=GROUPED, return_lse=True
        )
        for result, truth in zip((out, lse, *gradients), expected, strict=True):
            torch.testing.assert_close(result[i : i + 1, :, :n], truth, atol=5e-6, rtol=1e-5)
    for result in (out, *gradients):
        assert (result[1] == 0).all()
        assert (result[2, :, 33:] == 0).all()
    assert (lse[1] == float("-inf")).all()
    assert (lse[2, :, 33:] == float("-inf")).all()


def test_scores_of_any_size_stay_finite():
    q, k, v, dout = problem(ALONE, time=40, head_dim=16, dtype=torch.float16)
    results = with_gradients(
        s2_attention_triton,
        [q * 200, k * 200, v, dout],
        torch.zeros(1, 2, 40),
        pattern=ALONE,
        return_lse=True,
    )
    assert all(x.isfinite().all() for x in results)
    expected = s2_attention_reference(q * 200, k * 200, v, ALONE)
    torch.testing.assert_close(results[0], expected, atol=2e-3, rtol=1e-3)


def test_scale_is_applied():
    q, k, v, _ = problem(ALONE, time=40, head_dim=16)
    expected = s2_attention_reference(q, k, v, ALONE, scale=0.7)
    torch.testing.assert_close(s2_attention_triton(q, k, v, ALONE, scale=0.7), expected, atol=5e-6, rtol=1e-5)


def test_rows_need_not_be_contiguous():
    q, k, v, _ = problem(ALONE, time=40, head_dim=16)
    expected = s2_attention_reference(q, k, v, ALONE)
    leaves = [x.mT.contiguous().mT.requires_grad_() for x in (q, k, v)]
    out = s2_attention_triton(*leaves, ALONE)
    torch.testing.assert_close(out, expected, atol=5e-6, rtol=1e-5)
    mine = torch.autograd.grad(out.sum(), leaves)  # the gradient of a sum has stride 0 everywhere
    truth = torch.autograd.grad(s2_attention_reference(*leaves, ALONE).sum(), leaves)
    torch.testing.assert_close(mine, truth, atol=5e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("pattern", "head_dim", "dtype", "error", "message"),
    [
        (ALONE, 8, torch.float32, ValueError, "head_dim is 8: .* 16 to 256"),
        (ALONE, 257, torch.float32, ValueError, "head_dim is 257"),
        (S2Pattern(2, 8, 1, 2), 16, torch.float32, ValueError, "block is 8: .* at least 16"),
        (ALONE, 16, torch.bfloat16, TypeError, "q is bfloat16, .* use float32 or float16"),
        (GROUPED, 16, torch.float32, ValueError, "q has shape"),
    ],
    ids=["narrow", "wide", "small block", "bfloat16 interpreted", "other heads"],
)
def test_what_the_kernels_cannot_take_is_refused(pattern, head_dim, dtype, error, message):
    tensors = [torch.zeros(1, 2, 20, head_dim, dtype=dtype)] * 3
    with pytest.raises(error, match=message):
        s2_attention_triton(*tensors, pattern)


def test_the_cpu_without_the_interpreter_is_refused(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET")
    with pytest.raises(ValueError, match="set TRITON_INTERPRET=1 before"):
        s2_attention_triton(*problem(ALONE, time=20, head_dim=16)[:3], ALONE)
