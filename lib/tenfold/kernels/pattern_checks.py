"""What a block pattern must satisfy, each with its remedy."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.kernels.pattern import S2Pattern


def check_pattern(pattern: "S2Pattern") -> None:
    """Raise TypeError or ValueError naming the field, its value and what is allowed."""
    integers = ["heads", "block", "local_blocks", "stride", "offset", "dense_heads"]
    integers += [name for name in ("head_step", "kv_heads") if getattr(pattern, name) is not None]
    for name in integers:
        value = getattr(pattern, name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} is {value!r}: it must be an int")
    heads, block, local, stride = pattern.heads, pattern.block, pattern.local_blocks, pattern.stride
    if heads < 1:
        raise ValueError(f"heads is {heads}: at least 1")
    if block < 1 or block & (block - 1):
        raise ValueError(f"block is {block}: it must be a power of two, such as 16, 32, 64 or 128")
    if stride < 1:
        raise ValueError(f"stride is {stride}: at least 1, which is dense attention")
    if local < 0:
        raise ValueError(f"local_blocks is {local}: at least 1 (0 only with stride 1)")
    if local == 0 and stride > 1:
        raise ValueError(
            f"local_blocks is 0 with stride {stride}: query blocks outside the stripes would see no key "
            "block; use local_blocks >= 1, which keeps the diagonal block"
        )
    if not 0 <= pattern.dense_heads <= heads:
        raise ValueError(f"dense_heads is {pattern.dense_heads}: from 0 to heads = {heads}")
    kv_heads = heads if pattern.kv_heads is None else pattern.kv_heads
    if kv_heads < 1 or heads % kv_heads:
        raise ValueError(f"kv_heads is {kv_heads}: heads = {heads} must be a multiple of it")
    if pattern.shared_offsets and pattern.dense_heads % (heads // kv_heads):
        raise ValueError(
            f"dense_heads is {pattern.dense_heads}: with shared_offsets it must be a multiple of the "
            f"{heads // kv_heads} query heads that share a KV head"
        )
    if pattern.stripes not in ("absolute", "relative"):
        raise ValueError(f"stripes is {pattern.stripes!r}: 'absolute' or 'relative'")
