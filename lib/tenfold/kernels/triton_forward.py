"""S2-Attention's forward kernel, and what the backward kernels share with it.

Names: M query rows and N key rows in a tile; a list entry is GRAIN consecutive positions of the listed side;
BAND is how many rows of the tile share one bit of an entry's mask (see `triton_lists`).
"""

import triton
import triton.language as tl


@triton.jit
def load_rows(base, positions, stride, limit, D: tl.constexpr, D_PAD: tl.constexpr, GUARD: tl.constexpr):
    """Rows of a [time, D] array, zero beyond `limit` (where GUARD) and beyond D: [len(positions), D_PAD]."""
    dims = tl.arange(0, D_PAD)
    pointers = base + positions[:, None].to(tl.int64) * stride + dims[None, :]
    if GUARD:
        if D == D_PAD:
            return tl.load(pointers, mask=positions[:, None] < limit, other=0.0)
        else:
            return tl.load(pointers, mask=(positions[:, None] < limit) & (dims[None, :] < D), other=0.0)
    else:
        if D == D_PAD:
            return tl.load(pointers)
        else:
            return tl.load(pointers, mask=dims[None, :] < D, other=0.0)


@triton.jit
def store_rows(base, positions, limit, values, D: tl.constexpr, D_PAD: tl.constexpr):
    """Write to a contiguous [limit, D] array."""
    dims = tl.arange(0, D_PAD)
    pointers = base + positions[:, None].to(tl.int64) * D + dims[None, :]
    tl.store(pointers, values, mask=(positions[:, None] < limit) & (dims[None, :] < D))


@triton.jit
def listed_positions(STARTS, entry, SIZE: tl.constexpr, GRAIN: tl.constexpr):
    """Positions of the SIZE // GRAIN list entries from `entry` on: int32 [SIZE]."""
    index = tl.arange(0, SIZE)
    if SIZE == GRAIN:
        return tl.load(STARTS + entry) + index
    else:
        return tl.load(STARTS + entry + index // GRAIN) + index % GRAIN


@triton.jit
def listed_bits(BITS, entry, ROWS: tl.constexpr, SIZE: tl.constexpr, GRAIN: tl.constexpr, BAND: tl.constexpr):
    """Which rows of the tile see which listed position: bool, broadcasts to [ROWS, SIZE]."""
    band = tl.arange(0, ROWS)[:, None] // BAND
    if SIZE == GRAIN:
        return ((tl.load(BITS + entry) >> band) & 1) != 0  # [ROWS, 1]
    else:
        bits = tl.load(BITS + entry + tl.arange(0, SIZE) // GRAIN)
        return ((bits[None, :] >> band) & 1) != 0


@triton.jit
def attend(
    acc, top, total, q, rows, K, V, k_t, v_t, STARTS, BITS, entry, length, scale_log2,
    D: tl.constexpr, D_PAD: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    GRAIN: tl.constexpr, BAND: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """One step of the online softmax in base 2."""
    keys = listed_positions(STARTS, entry, N, GRAIN)
    k = load_rows(K, keys, k_t, length, D, D_PAD, MASKED)
    scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale_log2  # [M, N]
    if MASKED:
        seen = listed_bits(BITS, entry, M, N, GRAIN, BAND) & (keys[None, :] <= rows[:, None])
        scores = tl.where(seen, scores, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, 1))
        shift = tl.where(new_top == float("-inf"), 0.0, new_top)  # a row that has seen no key yet
    else:
        new_top = tl.maximum(top, tl.max(scores, 1))
        shift = new_top
    weights = tl.exp2(scores - shift[:, None])
    decay = tl.exp2(top - shift)
    v = load_rows(V, keys, v_t, length, D, D_PAD, MASKED)
    acc = tl.dot(weights.to(v.dtype), v, acc * decay[:, None], input_precision="ieee")
    return acc, new_top, total * decay + tl.sum(weights, 1)


@triton.jit
def forward_kernel(
    Q, K, V, OUT, LSE, TILES, STARTS, BITS, LENGTHS,
    q_b, q_h, q_t, k_b, k_h, k_t, v_b, v_h, v_t,
    heads, group, time, n_tiles, plan_tiles, scale_log2,
    D: tl.constexpr, D_PAD: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    GRAIN: tl.constexpr, BAND: tl.constexpr,
):  # fmt: skip
    """One program: one query tile of one head of one sequence."""
    pid = tl.program_id(0)
    tile = n_tiles - 1 - pid % n_tiles  # the longest lists first
    batch_head = pid // n_tiles
    batch = (batch_head // heads).to(tl.int64)
    head = batch_head % heads
    kv_head = head // group
    length = tl.load(LENGTHS + batch)

    Q += batch * q_b + head.to(tl.int64) * q_h
    K += batch * k_b + kv_head.to(tl.int64) * k_h
    V += batch * v_b + kv_head.to(tl.int64) * v_h
    rows = tile * M + tl.arange(0, M)
    q = load_rows(Q, rows, q_t, length, D, D_PAD, True)
    acc = tl.zeros([M, D_PAD], tl.float32)
    top = tl.full([M], float("-inf"), tl.float32)
    total = tl.zeros([M], tl.float32)

    if tile * M < length:
        record = TILES + (head * plan_tiles + tile) * 3
        entry = tl.load(record)
        whole_end = tl.load(record + 1)
        end = tl.load(record + 2)
        for at in range(entry, whole_end, N // GRAIN):
            acc, top, total = attend(
                acc, top, total, q, rows, K, V, k_t, v_t, STARTS, BITS, at, length, scale_log2,
                D, D_PAD, M, N, GRAIN, BAND, False,
            )  # fmt: skip
        for at in range(whole_end, end, N // GRAIN):
            acc, top, total = attend(
                acc, top, total, q, rows, K, V, k_t, v_t, STARTS, BITS, at, length, scale_log2,
                D, D_PAD, M, N, GRAIN, BAND, True,
            )  # fmt: skip

    valid = rows < length
    out = acc / tl.where(valid, total, 1.0)[:, None]
    out = tl.where(valid[:, None], out, 0.0)
    row_of = (batch_head.to(tl.int64)) * time
    store_rows(OUT + row_of * D, rows, time, out.to(OUT.dtype.element_ty), D, D_PAD)
    lse = (top + tl.log2(tl.where(valid, total, 1.0))) * 0.6931471805599453  # ln 2
    tl.store(LSE + row_of + rows, tl.where(valid, lse, float("-inf")), mask=rows < time)
