"""S2-Attention's backward kernels: dQ by query tiles, dK and dV by key tiles; deterministic, no atomics."""

import triton
import triton.language as tl

from tenfold.kernels.triton_forward import listed_bits, listed_positions, load_rows, store_rows


@triton.jit
def dq_step(
    acc, q, dout, lse, delta, rows, K, V, k_t, v_t, STARTS, BITS, entry, length, scale_log2,
    D: tl.constexpr, D_PAD: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    GRAIN: tl.constexpr, BAND: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    keys = listed_positions(STARTS, entry, N, GRAIN)
    k = load_rows(K, keys, k_t, length, D, D_PAD, MASKED)
    v = load_rows(V, keys, v_t, length, D, D_PAD, MASKED)
    scores = tl.dot(q, tl.trans(k), input_precision="ieee") * scale_log2  # [M, N]
    if MASKED:
        seen = listed_bits(BITS, entry, M, N, GRAIN, BAND) & (keys[None, :] <= rows[:, None])
        scores = tl.where(seen, scores, float("-inf"))
    weights = tl.exp2(scores - lse[:, None])
    dweights = tl.dot(dout, tl.trans(v), input_precision="ieee")
    dscores = weights * (dweights - delta[:, None])
    return tl.dot(dscores.to(k.dtype), k, acc, input_precision="ieee")


@triton.jit
def dq_kernel(
    Q, K, V, OUT, DOUT, LSE, DLSE, DELTA, DQ, TILES, STARTS, BITS, LENGTHS,
    q_b, q_h, q_t, k_b, k_h, k_t, v_b, v_h, v_t, do_b, do_h, do_t,
    heads, group, time, n_tiles, plan_tiles, scale_log2, scale,
    D: tl.constexpr, D_PAD: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    GRAIN: tl.constexpr, BAND: tl.constexpr,
):  # fmt: skip
    """One program: dQ of one query tile; also writes delta = sum(out * dout) - dlse, which dK and dV need."""
    pid = tl.program_id(0)
    tile = n_tiles - 1 - pid % n_tiles
    batch_head = pid // n_tiles
    batch = (batch_head // heads).to(tl.int64)
    head = batch_head % heads
    kv_head = head // group
    length = tl.load(LENGTHS + batch)
    row_of = batch_head.to(tl.int64) * time

    Q += batch * q_b + head.to(tl.int64) * q_h
    K += batch * k_b + kv_head.to(tl.int64) * k_h
    V += batch * v_b + kv_head.to(tl.int64) * v_h
    DOUT += batch * do_b + head.to(tl.int64) * do_h
    rows = tile * M + tl.arange(0, M)
    valid = rows < length
    out = load_rows(OUT + row_of * D, rows, D, length, D, D_PAD, True)
    dout = load_rows(DOUT, rows, do_t, length, D, D_PAD, True)
    delta = tl.sum(out.to(tl.float32) * dout.to(tl.float32), 1)
    delta -= tl.load(DLSE + row_of + rows, mask=valid, other=0.0)
    tl.store(DELTA + row_of + rows, delta, mask=valid)
    q = load_rows(Q, rows, q_t, length, D, D_PAD, True)
    lse = tl.load(LSE + row_of + rows, mask=valid, other=0.0) * 1.4426950408889634  # log2 e
    acc = tl.zeros([M, D_PAD], tl.float32)

    if tile * M < length:
        record = TILES + (head * plan_tiles + tile) * 3
        entry = tl.load(record)
        whole_end = tl.load(record + 1)
        end = tl.load(record + 2)
        for at in range(entry, whole_end, N // GRAIN):
            acc = dq_step(
                acc, q, dout, lse, delta, rows, K, V, k_t, v_t, STARTS, BITS, at, length, scale_log2,
                D, D_PAD, M, N, GRAIN, BAND, False,
            )  # fmt: skip
        for at in range(whole_end, end, N // GRAIN):
            acc = dq_step(
                acc, q, dout, lse, delta, rows, K, V, k_t, v_t, STARTS, BITS, at, length, scale_log2,
                D, D_PAD, M, N, GRAIN, BAND, True,
            )  # fmt: skip
    store_rows(DQ + row_of * D, rows, time, (acc * scale).to(DQ.dtype.element_ty), D, D_PAD)


@triton.jit
def dkv_step(
    dk, dv, k, v, keys, Q, DOUT, LSE, DELTA, q_t, do_t, STARTS, BITS, entry, length, scale_log2,
    D: tl.constexpr, D_PAD: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    GRAIN: tl.constexpr, BAND: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    rows = listed_positions(STARTS, entry, M, GRAIN)
    valid = rows < length
    q = load_rows(Q, rows, q_t, length, D, D_PAD, True)
    dout = load_rows(DOUT, rows, do_t, length, D, D_PAD, True)
    lse = tl.load(LSE + rows, mask=valid, other=0.0) * 1.4426950408889634
    delta = tl.load(DELTA + rows, mask=valid, other=0.0)
    scores = tl.dot(k, tl.trans(q), input_precision="ieee") * scale_log2  # [N, M]
    if MASKED:
        seen = listed_bits(BITS, entry, N, M, GRAIN, BAND) & (keys[:, None] <= rows[None, :])
        scores = tl.where(seen, scores, float("-inf"))
    weights = tl.exp2(scores - lse[None, :])
    dv = tl.dot(weights.to(dout.dtype), dout, dv, input_precision="ieee")
    dweights = tl.dot(v, tl.trans(dout), input_precision="ieee")
    dscores = weights * (dweights - delta[None, :])
    dk = tl.dot(dscores.to(q.dtype), q, dk, input_precision="ieee")
    return dk, dv


@triton.jit
def dkv_kernel(
    Q, K, V, DOUT, LSE, DELTA, DK, DV, TILES, STARTS, BITS, LENGTHS,
    q_b, q_h, q_t, k_b, k_h, k_t, v_b, v_h, v_t, do_b, do_h, do_t,
    heads, group, time, n_tiles, plan_tiles, scale_log2, scale,
    D: tl.constexpr, D_PAD: tl.constexpr, M: tl.constexpr, N: tl.constexpr,
    GRAIN: tl.constexpr, BAND: tl.constexpr,
):  # fmt: skip
    """One program: dK and dV of one key tile of one KV head, summed over the query heads of its group."""
    pid = tl.program_id(0)
    tile = pid % n_tiles  # early keys have the longest lists
    batch_head = pid // n_tiles
    kv_heads = heads // group
    batch = (batch_head // kv_heads).to(tl.int64)
    kv_head = batch_head % kv_heads
    length = tl.load(LENGTHS + batch)

    Q += batch * q_b
    DOUT += batch * do_b
    keys = tile * N + tl.arange(0, N)
    k = load_rows(K + batch * k_b + kv_head.to(tl.int64) * k_h, keys, k_t, length, D, D_PAD, True)
    v = load_rows(V + batch * v_b + kv_head.to(tl.int64) * v_h, keys, v_t, length, D, D_PAD, True)
    dk = tl.zeros([N, D_PAD], tl.float32)
    dv = tl.zeros([N, D_PAD], tl.float32)

    if tile * N < length:
        for head in range(kv_head * group, (kv_head + 1) * group):
            record = TILES + (head * plan_tiles + tile) * 3
            entry = tl.load(record)
            whole_end = tl.load(record + 1)
            end = tl.load(record + 2)
            row_of = (batch * heads + head) * time
            q_head = Q + tl.cast(head, tl.int64) * q_h
            do_head = DOUT + tl.cast(head, tl.int64) * do_h
            for at in range(entry, whole_end, M // GRAIN):
                dk, dv = dkv_step(
                    dk, dv, k, v, keys, q_head, do_head, LSE + row_of, DELTA + row_of, q_t, do_t,
                    STARTS, BITS, at, length, scale_log2, D, D_PAD, M, N, GRAIN, BAND, False,
                )  # fmt: skip
            for at in range(whole_end, end, M // GRAIN):
                dk, dv = dkv_step(
                    dk, dv, k, v, keys, q_head, do_head, LSE + row_of, DELTA + row_of, q_t, do_t,
                    STARTS, BITS, at, length, scale_log2, D, D_PAD, M, N, GRAIN, BAND, True,
                )  # fmt: skip
    row_of = batch_head.to(tl.int64) * time
    store_rows(DK + row_of * D, keys, time, (dk * scale).to(DK.dtype.element_ty), D, D_PAD)
    store_rows(DV + row_of * D, keys, time, dv.to(DV.dtype.element_ty), D, D_PAD)
