"""Moves in the space of pages: every extension of a page, every refinement, and a skeleton filled."""

from collections.abc import Iterator, Sequence

from tenfold.serp.grammar import REGIONS, SIZES, Placement, RegionName, Size, violations
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
    used = {placement.item.id for placement in placements}
    for item in items:
        if item.id in used:
            continue
        for name, region in REGIONS.items():
            if item.kind not in region.kinds:
                continue
            for size in sizes:
                for framed in emphasis:
                    added = Placement(item=item, region=name, size=size, emphasis=framed)
                    if not violations((*placements, added)):
                        yield (*placements, added)


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


def fill(skeleton: Skeleton, items: Sequence[Item]) -> Placements:
    """Each place of a skeleton with the best item of its kind that is left, in standard size.

    The best is the one with the largest score, the first of equals. Places without an item, and the last ones
    of a column that would be too high, stay out.
    """
    ranked = sorted(items, key=lambda item: -item.score)
    placements: Placements = ()
    for region, kind in skeleton:
        used = {placement.item.id for placement in placements}
        item = next((item for item in ranked if item.kind == kind and item.id not in used), None)
        if item is not None:
            longer = (*placements, Placement(item=item, region=region))
            placements = placements if violations(longer) else longer
    return placements


def _with(placements: Placements, changed: dict[int, Placement]) -> Iterator[Placements]:
    result = tuple(changed.get(at, placement) for at, placement in enumerate(placements))
    if not violations(result):
        yield result
