"""The grammar of a result page: regions, what each may hold, sizes, heights, and the page itself."""

import hashlib
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from tenfold.serp.display_text import displayable
from tenfold.serp.items import Frozen, Item, ItemKind

RegionName = Literal["banner", "main", "rail"]
Size = Literal["compact", "standard", "full"]
SIZES: tuple[Size, ...] = get_args(Size)


class Region(Frozen):
    """A part of the page. limit: the most items.  kinds: what may stand in it."""

    limit: int
    kinds: frozenset[ItemKind]


REGIONS: dict[RegionName, Region] = {
    "banner": Region(limit=1, kinds=frozenset({"answer", "definition"})),
    "main": Region(limit=6, kinds=frozenset({"web", "answer", "image", "questions", "news"})),
    "rail": Region(limit=3, kinds=frozenset({"definition", "image", "questions", "news"})),
}
"""In reading order: the banner above all, the main column, the rail beside it (below it on a phone)."""

HEIGHTS: dict[ItemKind, tuple[int, int, int]] = {
    "web": (3, 4, 6),
    "answer": (4, 6, 9),
    "definition": (5, 7, 10),
    "image": (7, 10, 13),
    "questions": (4, 5, 8),
    "news": (3, 4, 6),
}
"""Nominal height of an item in lines of text, by size: compact, standard, full."""
MOST_LINES = 44
"""The most lines of a column; the banner counts with the main one."""


class Placement(Frozen):
    """An item with its place and its display settings. emphasis: set off by a frame."""

    item: Item
    region: RegionName
    size: Size = "standard"
    emphasis: bool = False

    @property
    def lines(self) -> int:
        return HEIGHTS[self.item.kind][SIZES.index(self.size)]


class Page(Frozen):
    """A valid page; within a region, items stand in the order of `placements`.

    notes: what is missing, for the reader of the page.
    Raises ValidationError, naming every violation of the grammar.
    """

    query: Annotated[str, Field(max_length=2_000)]
    placements: Annotated[tuple[Placement, ...], Field(max_length=10)] = ()
    notes: Annotated[tuple[str, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _valid(self) -> "Page":
        if found := violations(self.placements):
            raise ValueError("; ".join(found))
        return self

    def region(self, name: RegionName) -> tuple[Placement, ...]:
        return tuple(placement for placement in self.placements if placement.region == name)

    @property
    def title(self) -> str:
        """The query as it may be shown."""
        return displayable(self.query)

    @property
    def skeleton(self) -> tuple[tuple[RegionName, ItemKind], ...]:
        """Region and kind of every placement: the coarse decisions, without items and display settings."""
        return tuple((placement.region, placement.item.kind) for placement in self.placements)

    @property
    def key(self) -> str:
        """What is the same on screen has the same key: SHA-256 over the regions and notes, 16 hex digits."""
        form = [
            [(p.item.model_dump_json(), p.size, p.emphasis) for p in self.region(name)] for name in REGIONS
        ]
        text = repr((self.query, form, self.notes))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def arrangement(self) -> tuple:
        """As `key` among pages for one query and one list of items, and faster."""
        return tuple(tuple((p.item.id, p.size, p.emphasis) for p in self.region(name)) for name in REGIONS)


def column_lines(placements: tuple[Placement, ...]) -> dict[Literal["main", "rail"], int]:
    """Nominal height of the two columns; the banner counts with the main one."""
    lines = {"main": 0, "rail": 0}
    for placement in placements:
        lines["rail" if placement.region == "rail" else "main"] += placement.lines
    return lines


class Space:
    """What still fits beside some placements, which must be valid; as `violations`, and faster."""

    def __init__(self, placements: tuple[Placement, ...] = ()) -> None:
        self._used: set[str] = set()
        self._count = dict.fromkeys(REGIONS, 0)
        self._lines = {"main": 0, "rail": 0}
        for placement in placements:
            self.add(placement)

    def room(self, item: Item, name: RegionName, lines: int) -> bool:
        """Whether an item with so many lines can stand at the end of a region."""
        region, column = REGIONS[name], "rail" if name == "rail" else "main"
        return (
            item.id not in self._used
            and item.kind in region.kinds
            and self._count[name] < region.limit
            and self._lines[column] + lines <= MOST_LINES
        )

    def takes(self, placement: Placement) -> bool:
        return self.room(placement.item, placement.region, placement.lines)

    def add(self, placement: Placement) -> None:
        self._used.add(placement.item.id)
        self._count[placement.region] += 1
        self._lines["rail" if placement.region == "rail" else "main"] += placement.lines


def violations(placements: tuple[Placement, ...]) -> list[str]:
    """What keeps placements from being a page, in words; empty for a valid one."""
    found = []
    seen = set()
    for placement in placements:
        item, region = placement.item, REGIONS[placement.region]
        if item.kind not in region.kinds:
            allowed = ", ".join(sorted(region.kinds))
            found.append(f"{item.kind} {item.id!r} stands in {placement.region}, which takes {allowed}")
        if item.id in seen:
            found.append(f"item {item.id!r} stands on the page twice: place it once")
        seen.add(item.id)
    for name, region in REGIONS.items():
        count = sum(placement.region == name for placement in placements)
        if count > region.limit:
            found.append(f"{name} holds {count} items: at most {region.limit}")
    for column, lines in column_lines(placements).items():
        if lines > MOST_LINES:
            found.append(f"the {column} column has {lines} lines: at most {MOST_LINES}")
    return found
