import itertools
import warnings

import numpy as np
import pytest
import torch

from tenfold.kernels import PatternWarning, S2Pattern

PAPER = dict(heads=16, block=64, local_blocks=8, stride=16)
PHI3_SMALL = dict(heads=32, block=64, local_blocks=16, stride=8, offset=1)


def quiet(**fields) -> S2Pattern:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PatternWarning)
        return S2Pattern(**fields)


def small_patterns():
    for heads, kv_heads, shared in [(1, 1, False), (2, 2, False), (3, 3, False), (4, 2, False), (4, 2, True)]:
        rest = itertools.product((1, 2, 3), (1, 2, 3, 4, 5), (0, 2, -1), (None, 0, 1, 2), (0, 2))
        for local, stride, offset, step, dense in rest:
            for stripes in ("absolute", "relative"):
                if dense <= heads:
                    yield dict(
                        heads=heads, block=4, local_blocks=local, stride=stride, offset=offset,
                        head_step=step, dense_heads=dense, kv_heads=kv_heads, shared_offsets=shared,
                        stripes=stripes,
                    )  # fmt: skip


def by_the_rule(fields: dict, n: int) -> np.ndarray:
    """The published rule, one block at a time."""
    heads, stride = fields["heads"], fields["stride"]
    group = heads // fields["kv_heads"]
    offsets = fields["kv_heads"] if fields["shared_offsets"] else heads
    step = max(1, stride // offsets) if fields["head_step"] is None else fields["head_step"]
    mask = np.zeros((heads, n, n), dtype=bool)
    for h, i, j in itertools.product(range(heads), range(n), range(n)):
        index = h // group if fields["shared_offsets"] else h
        place = i - j if fields["stripes"] == "relative" else j
        local = i - j < fields["local_blocks"]
        stripe = (place + index * step + fields["offset"]) % stride == 0
        mask[h, i, j] = j <= i and (local or stripe or h >= heads - fields["dense_heads"])
    return mask


@pytest.fixture(scope="module")
def cases() -> list[tuple[S2Pattern, np.ndarray]]:
    """Every small pattern with its mask over 14 blocks: local blocks and two strides of each fit."""
    return [(quiet(**fields), by_the_rule(fields, 14)) for fields in small_patterns()]


def test_block_mask_is_the_published_rule_for_all_small_patterns(cases):
    for pattern, mask in cases:
        assert np.array_equal(pattern.block_mask(14).numpy(), mask), pattern


def test_completeness_by_closed_form_is_the_union_of_all_heads(cases):
    answers = set()
    for pattern, mask in cases:
        complete = bool(np.array_equal(mask.any(0), np.tri(14, dtype=bool)))
        assert pattern.is_complete() == complete, pattern
        answers.add(complete)
    assert answers == {True, False}


def test_kv_efficiency_by_closed_form_is_that_no_key_block_comes_back(cases):
    answers = set()
    for pattern, mask in cases:
        comes_back = any((mask[:, i + 1, : i + 1] & ~mask[:, i, : i + 1]).any() for i in range(13))
        assert pattern.is_kv_efficient() == (not comes_back), pattern
        answers.add(comes_back)
    assert answers == {True, False}


def test_rows_and_columns_in_compressed_form_are_those_of_the_mask(cases):
    for pattern, mask in cases[::7]:
        for (pointers, index), rows in ((pattern.csr(14), mask), (pattern.csc(14), mask.transpose(0, 2, 1))):
            assert pointers.dtype == index.dtype == torch.int32
            assert len(index) == mask.sum()
            for h, i in itertools.product(range(pattern.heads), range(14)):
                listed = index[pointers[h, i] : pointers[h, i + 1]].tolist()
                assert listed == np.flatnonzero(rows[h, i]).tolist(), (pattern, h, i)


@pytest.mark.parametrize("time", [1, 4, 21, 56])
def test_density_is_the_share_of_causal_blocks_that_are_visible(cases, time):
    n = -(-time // 4)
    for pattern, mask in cases:
        kept = mask[:, :n, :n].sum() / (pattern.heads * n * (n + 1) / 2)
        assert pattern.density(time) == pytest.approx(kept), pattern


@pytest.mark.parametrize("time", [1, 13, 24])
def test_live_blocks_are_those_the_newest_or_a_later_query_of_the_group_sees(cases, time):
    n = -(-time // 4)
    for pattern, mask in cases:
        later = mask[:, n - 1 :, :n].any(1).reshape(pattern.kv_heads, pattern.group, n).any(1)
        assert np.array_equal(pattern.live_mask(time).numpy(), later), pattern
        assert pattern.live_kv_blocks(time).tolist() == later.sum(-1).tolist()


@pytest.mark.parametrize(
    ("time", "ideal"),
    [(4096, 3.6), (8192, 5.7), (16384, 8.3), (32768, 10.9), (65536, 13.0), (131072, 14.3)],
)
def test_ideal_speed_up_of_the_repository_benchmark(time, ideal):
    assert 1 / S2Pattern(**PAPER).density(time) == pytest.approx(ideal, abs=0.05)


@pytest.mark.parametrize(
    ("fields", "time", "share"),
    [
        (dict(), 8192, 0.234),
        (dict(), 131072, 0.132),
        (dict(kv_heads=8), 8192, 0.563),
        (dict(kv_heads=8), 131072, 0.504),
        (dict(kv_heads=8, shared_offsets=True), 8192, 0.234),
    ],
    ids=[
        "query head, 8k",
        "query head, 128k",
        "unshared group, 8k",
        "unshared group, 128k",
        "shared group, 8k",
    ],
)
def test_live_share_of_the_cache_of_phi_3_small(fields, time, share):
    live = S2Pattern(**PHI3_SMALL, **fields).live_kv_blocks(time) / (time // 64)
    assert live.tolist() == pytest.approx([share] * len(live), abs=5e-4)


def test_an_incomplete_pattern_says_which_blocks_no_head_sees():
    with pytest.warns(PatternWarning, match=r"2 or more blocks before .* j % 4 in \[1, 2\];"):
        pattern = S2Pattern(2, 16, 2, 4, head_step=1)
    never = [j for j in range(8) if not pattern.block_mask(16)[:, j + 2 :, j].any()]
    assert never == [1, 2, 5, 6]


def test_an_incomplete_relative_pattern_speaks_of_distances():
    with pytest.warns(PatternWarning) as caught:
        S2Pattern(2, 16, 2, 4, head_step=1, stripes="relative")
    assert "(i - j) % 4 in [1, 2];" in str(caught[0].message)


def test_relative_stripes_warn_that_nothing_can_be_dropped():
    with pytest.warns(PatternWarning, match="not KV-efficient"):
        S2Pattern(4, 16, 2, 4, stripes="relative")


def test_a_complete_pattern_is_silent_and_warns_only_when_made():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        S2Pattern(4, 16, 2, 4)
        S2Pattern(2, 16, 2, 4, dense_heads=1)
        quiet(heads=2, block=16, local_blocks=2, stride=4, head_step=1).block_mask(8)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (dict(heads=0), "heads is 0"),
        (dict(block=48), "block is 48: it must be a power of two"),
        (dict(block=0), "block is 0"),
        (dict(stride=0), "stride is 0"),
        (dict(local_blocks=0), "would see no key block; use local_blocks >= 1"),
        (dict(local_blocks=-1, stride=1), "local_blocks is -1"),
        (dict(dense_heads=5), "dense_heads is 5: from 0 to heads = 4"),
        (dict(dense_heads=-1), "dense_heads is -1"),
        (dict(kv_heads=3), "kv_heads is 3: heads = 4 must be a multiple"),
        (dict(kv_heads=0), "kv_heads is 0"),
        (dict(kv_heads=2, shared_offsets=True, dense_heads=1), "a multiple of the 2 query heads"),
        (dict(stripes="diagonal"), "stripes is 'diagonal'"),
    ],
)
def test_a_bad_pattern_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        S2Pattern(**(dict(heads=4, block=16, local_blocks=2, stride=4) | fields))


@pytest.mark.parametrize("value", [2.0, True, "2"])
def test_a_field_that_is_no_integer_is_refused(value):
    with pytest.raises(TypeError, match=r"local_blocks is .*: it must be an int"):
        S2Pattern(4, 16, value, 4)


def test_stride_one_without_local_blocks_is_dense_attention():
    assert torch.equal(S2Pattern(2, 16, 0, 1).block_mask(5)[1], torch.ones(5, 5).tril().bool())


def test_no_tokens_and_no_blocks_are_refused():
    pattern = S2Pattern(4, 16, 2, 4)
    with pytest.raises(ValueError, match="time is 0"):
        pattern.density(0)
    with pytest.raises(ValueError, match="n_blocks is 0"):
        pattern.csr(0)
