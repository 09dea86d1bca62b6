"""How a long text is cut into windows, and which tokens of each window the memory keeps."""

from typing import NamedTuple

CHUNK_RULES = ("new", "middle", "disjoint")


class Chunk(NamedTuple):
    """The window [start, start + window) of which the tokens from `keep` up to `end` are stored."""

    start: int
    keep: int
    end: int


def chunks(length: int, window: int, rule: str) -> list[Chunk]:
    """Windows over a text, every token stored once, in order.

    "new": windows overlap by half, each stores what is new, so that a token has at least half a window on its
    left (Ahrabian et al. 2024).  "middle": the same windows store their middle half, as for an encoder
    (Bertsch et al. 2023).  "disjoint": no overlap; the first token of a window sees nothing before it.
    The last window may reach beyond the text.  Raises ValueError.
    """
    if rule not in CHUNK_RULES:
        raise ValueError(f"rule is {rule!r}; allowed: {', '.join(CHUNK_RULES)}")
    if length < 1 or window < 4 or window % 4:
        raise ValueError(
            f"length is {length} and window {window}; allowed: a length of 1 or more, a window of 4, 8, 12, …"
        )
    stride = window if rule == "disjoint" else window // 2
    margin = window // 4 if rule == "middle" else 0
    cut, kept, start = [], 0, 0
    while kept < length:
        last = start + window >= length
        end = length if last else start + window - margin
        cut.append(Chunk(start, kept, end))
        kept, start = end, start + stride
    return cut
