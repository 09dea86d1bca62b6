"""Templates: pages whose places are fixed beforehand, for one class of queries, and how one is fitted."""

from collections.abc import Sequence

import numpy as np

from tenfold.serp.grammar import REGIONS, SIZES, Page, Placement, RegionName, Size, Space
from tenfold.serp.items import Frozen, ItemKind
from tenfold.serp.judges import Judge
from tenfold.serp.needs import QueryClass
from tenfold.serp.proposers import Material


class Slot(Frozen):
    """A place for the best item of a kind that is left."""

    region: RegionName
    kind: ItemKind
    size: Size = "standard"
    emphasis: bool = False


Template = tuple[Slot, ...]


def lay_out(template: Template, material: Material) -> Page:
    """The page that a template gives: each slot with the best item of its kind that is left.

    The best is the one with the largest score, the first of equals. Slots without an item, and those that do
    not fit, stay out.
    """
    left = sorted(material.items, key=lambda item: -item.score)
    placements: list[Placement] = []
    space = Space()
    for slot in template:
        item = next((item for item in left if item.kind == slot.kind), None)
        if item is None:
            continue
        placement = Placement(item=item, region=slot.region, size=slot.size, emphasis=slot.emphasis)
        if space.takes(placement):
            placements.append(placement)
            space.add(placement)
            left.remove(item)
    return material.page(placements)


def fit_template(
    worlds: Sequence[tuple[Material, Judge]], *, start: Template, steps: int, rng: np.random.Generator
) -> tuple[Template, float]:
    """The template with the largest mean score over queries that a climb finds, and that mean.

    worlds: materials with their judges.  In each step one slot comes, goes, changes or moves, as `rng` has
    it; the change stays where the mean grows.
    """

    def mean(template: Template) -> float:
        return float(np.mean([judge.score(lay_out(template, material)) for material, judge in worlds]))

    best, value = start, mean(start)
    for _ in range(steps):
        changed = _changed(best, rng)
        if (found := mean(changed)) > value:
            best, value = changed, found
    return best, value


def _changed(template: Template, rng: np.random.Generator) -> Template:
    slots = list(template)
    move = rng.integers(4)
    if move == 0 or not slots:
        slots.insert(int(rng.integers(len(slots) + 1)), _drawn(rng))
    elif move == 1:
        slots.pop(int(rng.integers(len(slots))))
    elif move == 2:
        at = int(rng.integers(len(slots)))
        new = _drawn(rng)
        field = ("size", "emphasis", "all")[int(rng.integers(3))]
        slots[at] = new if field == "all" else slots[at].model_copy(update={field: getattr(new, field)})
    else:
        slot = slots.pop(int(rng.integers(len(slots))))
        slots.insert(int(rng.integers(len(slots) + 1)), slot)
    return tuple(slots)


def _drawn(rng: np.random.Generator) -> Slot:
    names = list(REGIONS)
    region = names[int(rng.integers(len(names)))]
    kinds = sorted(REGIONS[region].kinds)
    return Slot(
        region=region,
        kind=kinds[int(rng.integers(len(kinds)))],
        size=SIZES[int(rng.integers(len(SIZES)))],
        emphasis=bool(rng.integers(2)),
    )


def template(*slots: str) -> Template:
    """From words such as "main web full framed"."""
    parts = [slot.split() for slot in slots]
    return tuple(Slot(region=p[0], kind=p[1], size=p[2], emphasis="framed" in p) for p in parts)


CLASS_TEMPLATES: dict[QueryClass, Template] = {
    "known-item": template(
        "main web full",
        "main web full framed",
        "rail definition compact",
        "rail news compact",
        "main web full",
        "main news standard",
    ),
    "informational": template(
        "banner definition full framed",
        "banner answer standard",
        "main web standard",
        "rail definition full",
        "main web full",
        "rail definition standard",
    ),
    "multi-intent": template(
        "rail definition compact",
        "main web full",
        "main web standard framed",
        "main web full",
        "main web standard",
        "main questions standard",
        "main web standard",
        "rail image standard",
    ),
    "transactional": template(
        "main web standard framed",
        "main web full",
        "main web compact",
        "main web full",
        "main web standard",
        "rail image standard",
        "rail news full",
    ),
}
"""What `fit_template` found for the true user model: 40 queries a class, `make_queries` with seed 100, the
best of three climbs of 500 steps. Slots that a later one or a full region leaves without effect were kept."""
