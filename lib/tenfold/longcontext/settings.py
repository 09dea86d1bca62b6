"""What a decoder with a memory of hidden states does: window, layers, hits, positions, fusion."""

from dataclasses import asdict, dataclass, fields
from typing import Any

POSITIONS = ("true", "squeezed", "free")
SEARCHES = ("free", "positioned", "published")


@dataclass(frozen=True)
class KnnSettings:
    """window: tokens of the local context.  layers: those that retrieve.  k: hits of a query; None for all.

    positions: what a hit's key carries in attention. "true": its distance in the text; "squeezed": the whole
    memory laid linearly over one window, the query at its end; "free": keys and queries without rotation.
    search: what hits are ranked by. "free": keys without rotation, so that one index of hidden states serves
    all heads; "positioned": the scores that attention gives; "published": the second half of each head's
    dimensions alone, the apparent slip in the public code of Unlimiformer.
    drop_hits, drop_local, drop_queries: the offsets a_kv, b_kv and b_q of Ahrabian et al. 2024
    (arXiv:2410.01637). The first drop_hits hits in the order of the text are left out; so are the first
    drop_local local tokens as keys (a token always sees itself); and the first drop_queries local tokens do
    not retrieve.  a_q is k here: hits ask nothing, since that changes no output of their layer.
    shared: one index of final hidden states for all layers, as with an encoder, instead of one a layer.
    Raises ValueError for a value out of range.
    """

    window: int
    layers: tuple[int, ...] = ()
    k: int | None = None
    positions: str = "squeezed"
    search: str = "free"
    drop_hits: int = 0
    drop_local: int = 0
    drop_queries: int = 0
    shared: bool = False

    def __post_init__(self):
        object.__setattr__(self, "layers", tuple(sorted(set(self.layers))))
        for name, smallest in (("window", 1), ("drop_hits", 0), ("drop_local", 0), ("drop_queries", 0)):
            _whole(name, getattr(self, name), smallest)
        if self.k is not None:
            _whole("k", self.k, 1)
        for name, allowed in (("positions", POSITIONS), ("search", SEARCHES)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}; allowed: {', '.join(allowed)}")

    def to_json(self) -> dict[str, Any]:
        """The settings as `tenfold.runs` records them."""
        return asdict(self) | {"layers": list(self.layers)}

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> "KnnSettings":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(settings) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings of a memory: {', '.join(sorted(unknown))}")
        return cls(**settings)


def _whole(name: str, value: object, smallest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
        raise ValueError(f"{name} is {value!r}; allowed: a whole number from {smallest} on")
