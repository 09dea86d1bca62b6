"""Moves in the space of pages: every extension of a page, every refinement, and a skeleton filled."""

from collections.abc import Iterator, Sequence

from tenfold.serp.grammar import (
    HEIGHTS,
    MOST_LINES,
    REGIONS,
    SIZES,
    Placement,
    RegionName,
    Size,
    Space,
    column_lines,
)
from tenfold.serp.items import Item, ItemKind

Placements = tuple[Placement, ...]
Skeleton = tuple[tuple[RegionName, ItemKind], ...]


def extensions(
    placements: Placements,
    items: Sequence[Item],
    *,
    sizes: Sequence[Size] = SIZES,
    emphasis: Sequence[bool] = (False, True),
) -> Iterator[Placements]:
    """The placements with one more at the end, in every valid way."""
    space = Space(placements)
    for item in items:
        for name in REGIONS:
            for size in sizes:
                if space.room(item, name, HEIGHTS[item.kind][SIZES.index(size)]):
                    for framed in emphasis:
                        yield (*placements, Placement(item=item, region=name, size=size, emphasis=framed))


def refinements(placements: Placements, items: Sequence[Item]) -> Iterator[Placements]:
    """The placements with one detail changed, the skeleton kept, in every valid way.

    A detail is a size, a frame, or an item, for which an unused one of its kind comes in, or which changes
    places with a later one of its kind.
    """
    used = {placement.item.id for placement in placements}
    for at, placement in enumerate(placements):
        for size in SIZES:
            if size != placement.size:
                yield from _with(placements, {at: placement.model_copy(update={"size": size})})
        yield from _with(placements, {at: placement.model_copy(update={"emphasis": not placement.emphasis})})
        for item in items:
            if item.kind == placement.item.kind and item.id not in used:
                yield from _with(placements, {at: placement.model_copy(update={"item": item})})
        for later in range(at + 1, len(placements)):
            other = placements[later]
            if other.item.kind == placement.item.kind:
                swapped = placement.model_copy(update={"item": other.item})
                yield from _with(
                    placements, {at: swapped, later: other.model_copy(update={"item": placement.item})}
                )


def fill(skeleton: Skeleton, items: Sequence[Item], *, ranked: bool = True) -> Placements:
    """Each place of a skeleton with the best item of its kind that is left, in standard size.

    The best is the one with the largest score, the first of equals; without `ranked` the first of all.
    Places without an item, and the last ones of a column that would be too high, stay out.
    """
    left = sorted(items, key=lambda item: -item.score) if ranked else list(items)
    placements: list[Placement] = []
    space = Space()
    for region, kind in skeleton:
        item = next((item for item in left if item.kind == kind), None)
        if item is not None and space.takes(placement := Placement(item=item, region=region)):
            placements.append(placement)
            space.add(placement)
            left.remove(item)
    return tuple(placements)


def _with(placements: Placements, changed: dict[int, Placement]) -> Iterator[Placements]:
    result = tuple(changed.get(at, placement) for at, placement in enumerate(placements))
    if max(column_lines(result).values()) <= MOST_LINES:  # nothing else can be violated
        yield result
