"""The roofline against arithmetic by hand and a published chart."""

import pytest

from tenfold.kernels import S2Pattern
from tenfold.kernels.roofline import roofline


def test_operations_and_bytes_are_those_counted_by_hand():
    pattern = S2Pattern(2, 64, 1, 2, kv_heads=1)
    found = roofline(pattern, (3, 256, 64), "H100")
    # 10 causal blocks a head.  Both heads see the 4 on the diagonal; head 0 also key block 0 from 3 later
    # query blocks and key block 2 from 1; head 1 key block 1 from 2.
    blocks = {"dense": 10 + 10, "sparse": (4 + 3 + 1) + (4 + 2)}
    for name, count in blocks.items():
        assert getattr(found, name).operations == pytest.approx(3 * count * 64 * 64 * 4 * 64)
    elements = 3 * 256 * 64
    assert found.dense.bytes == found.sparse.bytes == 2 * (2 * 2 + 2) * elements + 4 * 3 * 256 * 2
    assert found.dense.bound == "memory"
    assert found.dense.seconds == pytest.approx(found.dense.bytes / 3.35e12)


def test_long_texts_are_bound_by_operations_and_gain_the_inverse_density():
    pattern = S2Pattern(8, 64, 16, 8)
    found = roofline(pattern, (1, 65536, 128), "A100", backward=True)
    assert (found.dense.bound, found.sparse.bound) == ("operations", "operations")
    assert found.speedup == pytest.approx(1 / pattern.density(65536))
    assert found.dense.seconds == pytest.approx(8 * 1024 * 1025 / 2 * 64 * 64 * 10 * 128 / 312e12)


def test_float32_is_slower_and_backward_does_five_products_for_two():
    pattern = S2Pattern(8, 64, 16, 8)
    half, full = (roofline(pattern, (1, 65536, 128), "H100", precision=p) for p in ("half", "float32"))
    assert full.dense.seconds / half.dense.seconds == pytest.approx(989.4 / 66.9)
    backward = roofline(pattern, (1, 65536, 128), "H100", backward=True)
    assert backward.sparse.operations / half.sparse.operations == pytest.approx(2.5)


@pytest.mark.parametrize(("stride", "published"), [(1, 80), (16, 10)], ids=["dense", "stride 16"])
def test_the_published_forward_times_at_32k_lie_above_the_bound_and_within_a_factor_of_two_and_a_half(
    stride, published
):
    # Milliseconds read off the chart in the authors' repository (FlashAttention-2, S2 at stride 16): batch
    # 4, 16 heads, head_dim 128, 512 local tokens, bfloat16.  It states no device: an A100 is assumed.
    pattern = S2Pattern(16, 64, 8, stride)
    milliseconds = 1e3 * roofline(pattern, (4, 32768, 128), "A100").sparse.seconds
    assert milliseconds < published < 2.5 * milliseconds


def test_it_says_that_it_predicts():
    assert str(roofline(S2Pattern(8, 64, 16, 8), (1, 8192, 64), "MI300X")).startswith(
        "predicted on MI300X: dense"
    )


@pytest.mark.parametrize(
    ("shape", "device", "options", "message"),
    [
        ((1, 64, 64), "TPU", {}, "known: A100, H100, MI300X"),
        ((1, 0, 64), "H100", {}, r"shape is \(1, 0, 64\)"),
        ((1, 64, 64), "H100", {"precision": "fp8"}, "precision is 'fp8'"),
    ],
    ids=["device", "shape", "precision"],
)
def test_what_it_does_not_know_is_refused(shape, device, options, message):
    with pytest.raises(ValueError, match=message):
        roofline(S2Pattern(2, 64, 1, 2), shape, device, **options)
