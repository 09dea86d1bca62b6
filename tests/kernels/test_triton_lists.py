from dataclasses import replace

import pytest
import torch

from tenfold.kernels import PatternWarning, S2Pattern
from tenfold.kernels.triton_lists import WorkLists, work_lists

CPU = torch.device("cpu")
with pytest.warns(PatternWarning):
    RELATIVE = S2Pattern(4, 16, 1, 4, stripes="relative")
PATTERNS = {
    "paper": S2Pattern(4, 16, 1, 4),
    "wide window": S2Pattern(3, 16, 3, 2),
    "large block": S2Pattern(2, 64, 1, 2),
    "one dense head": S2Pattern(3, 16, 1, 4, dense_heads=1),
    "shared offsets": S2Pattern(4, 16, 1, 2, kv_heads=2, shared_offsets=True),
    "relative": RELATIVE,
    "dense": S2Pattern(1, 16, 1, 1),
}


def visits(lists: WorkLists, *, tile: int, time: int, by: str) -> tuple[torch.Tensor, torch.Tensor]:
    """How often a kernel that walks the lists takes each (query, key), in all and without masks."""
    heads, n_tiles, _ = lists.tiles.shape
    size = max(n_tiles * tile, int(lists.starts.max()) + lists.grain)
    count, unmasked = torch.zeros(2, heads, size, size, dtype=torch.int64)
    for h in range(heads):
        for t in range(n_tiles):
            begin, whole_end, end = lists.tiles[h, t].tolist()
            for entry in range(begin, end):
                start, bits = int(lists.starts[entry]), int(lists.bits[entry])
                for band in range(tile // lists.band):
                    if entry < whole_end or bits >> band & 1:
                        first = t * tile + band * lists.band
                        rows = slice(first, first + lists.band)
                        columns = slice(start, start + lists.grain)
                        count[h, rows, columns] += 1
                        unmasked[h, rows, columns] += entry < whole_end
    if by == "key":
        count, unmasked = count.mT, unmasked.mT
    return count[:, :time, :time], unmasked[:, :time, :time]


@pytest.mark.parametrize("by", ["query", "key"])
@pytest.mark.parametrize(("tile", "step"), [(16, 16), (64, 32), (32, 64), (128, 64)])
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_lists_visit_exactly_the_visible_pairs_once(pattern, tile, step, by):
    time = 200
    lists = work_lists(pattern, time, tile=tile, step=step, by=by, device=CPU)
    count, unmasked = visits(lists, tile=tile, time=time, by=by)
    blocks = pattern.block_mask(pattern.n_blocks(time))
    visible = blocks.repeat_interleave(pattern.block, 1).repeat_interleave(pattern.block, 2)[:, :time, :time]
    causal = torch.ones(time, time).tril().bool()
    assert torch.equal(count.bool() & causal, visible & causal)
    assert count.max() == 1
    assert not (unmasked.bool() & ~(visible & causal)).any()


@pytest.mark.parametrize("by", ["query", "key"])
def test_work_is_that_of_the_visible_blocks_where_the_tile_is_a_block(by):
    pattern = S2Pattern(8, 64, 2, 8)
    lists = work_lists(pattern, 64 * 64, tile=64, step=64, by=by, device=CPU)
    steps = (lists.tiles[..., 2] - lists.tiles[..., 0]).sum()
    assert steps == pattern.block_mask(64).sum()
    whole = (lists.tiles[..., 1] - lists.tiles[..., 0]).sum()
    assert whole == steps - 8 * 64  # all but the diagonal blocks go without masks


def test_entries_that_fill_a_step_are_seen_by_no_row():
    lists = work_lists(S2Pattern(4, 16, 1, 4), 128, tile=32, step=64, by="query", device=CPU)
    for begin, whole_end, end in lists.tiles.view(-1, 3).tolist():
        assert (whole_end - begin) % 4 == (end - begin) % 4 == 0
    padding = lists.bits == 0
    assert padding.any()
    assert (lists.starts[padding] == 0).all()


def as_published(lists: WorkLists) -> WorkLists:
    """Merging as dkernel does: an entry is seen by all rows of the tile up to the last one that sees it."""
    bits = lists.bits.clone()
    for shift in (1, 2, 4, 8, 16):
        bits |= bits >> shift
    return replace(lists, bits=bits)


@pytest.mark.parametrize(("name", "right"), [("paper", True), ("wide window", True), ("relative", False)])
def test_merging_rows_as_published_is_right_only_for_kv_efficient_patterns(name, right):
    pattern, time = PATTERNS[name], 256
    assert pattern.is_kv_efficient() == right
    lists = work_lists(pattern, time, tile=64, step=32, by="query", device=CPU)
    causal = torch.ones(time, time).tril().bool()
    ours, theirs = (
        visits(x, tile=64, time=time, by="query")[0].bool() & causal for x in (lists, as_published(lists))
    )
    assert torch.equal(ours, theirs) == right
