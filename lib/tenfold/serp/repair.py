"""Proposals of pages, which may be wrong, and the rules that make them valid or refuse them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tenfold.serp.grammar import MOST_LINES as MOST
from tenfold.serp.grammar import REGIONS, SIZES, Page, Placement, column_lines
from tenfold.serp.items import Item


class ProposedPlacement(BaseModel):
    """One item's place as somebody proposes it: plain words that need not mean anything."""

    model_config = ConfigDict(extra="ignore")
    item: Annotated[str, Field(max_length=300)]
    region: Annotated[str, Field(max_length=100)] = "main"
    size: Annotated[str, Field(max_length=100)] = "standard"
    emphasis: bool = False


class Proposal(BaseModel):
    """A page as somebody proposes it, from the most to the least important item of each region."""

    model_config = ConfigDict(extra="ignore")
    placements: Annotated[list[ProposedPlacement], Field(max_length=100)]


class RefusedProposal(ValueError):
    """A proposal of which nothing is left that could stand on a page."""


@dataclass(frozen=True)
class Repaired:
    """changes: what was changed, in words, in order; empty for a proposal that was valid."""

    page: Page
    changes: tuple[str, ...]


def repair(proposal: Proposal, items: Sequence[Item], *, query: str, notes: Sequence[str] = ()) -> Repaired:
    """The valid page nearest to a proposal, by these rules in this order.

    1. A placement of an item that is not among `items` goes. 2. Of one item's placements the first stays.
    3. An unknown size becomes standard. 4. An item in an unknown region, in one that does not take its kind,
    or in a full one goes to the first region that takes its kind and has room; where none has, it goes.
    5. While a column is too high, its last placement that is not compact becomes one size smaller; where all
    are compact, the last one goes.
    Raises RefusedProposal where nothing is left although there are items to show.
    """
    known = {item.id: item for item in items}
    placements: list[Placement] = []
    changes: list[str] = []
    for proposed in proposal.placements:
        item = known.get(proposed.item)
        if item is None:
            changes.append(f"{proposed.item!r} is no item of this query: left out")
            continue
        if any(placement.item.id == item.id for placement in placements):
            changes.append(f"{item.id} stood there already: the second one left out")
            continue
        size = proposed.size if proposed.size in SIZES else "standard"
        if size != proposed.size:
            changes.append(f"size {proposed.size!r} of {item.id} is unknown: standard")
        region = _region(item, proposed.region, placements)
        if region is None:
            changes.append(f"no region has room for {item.id}: left out")
            continue
        if region != proposed.region:
            changes.append(f"{item.id} moved from {proposed.region!r} to {region}")
        placements.append(Placement(item=item, region=region, size=size, emphasis=proposed.emphasis))
    _lower(placements, changes)
    if items and not placements:
        reasons = "; ".join(changes[:3]) or "it holds no placement"
        raise RefusedProposal(
            f"nothing of the proposal can stand on the page ({reasons}): use ids such as {items[0].id!r}"
        )
    return Repaired(Page(query=query, placements=tuple(placements), notes=tuple(notes)), tuple(changes))


def _region(item: Item, wanted: str, placements: Sequence[Placement]) -> str | None:
    for name in (wanted, *REGIONS):
        region = REGIONS.get(name)
        if region and item.kind in region.kinds and sum(p.region == name for p in placements) < region.limit:
            return name
    return None


def _lower(placements: list[Placement], changes: list[str]) -> None:
    """Rule 5, in place."""
    for column in ("main", "rail"):
        while column_lines(tuple(placements))[column] > MOST:
            inside = [n for n, p in enumerate(placements) if (p.region == "rail") == (column == "rail")]
            large = [n for n in inside if placements[n].size != "compact"]
            last = placements[(large or inside)[-1]]
            if large:
                smaller = SIZES[SIZES.index(last.size) - 1]
                placements[large[-1]] = last.model_copy(update={"size": smaller})
                changes.append(f"the {column} column was too high: {last.item.id} made {smaller}")
            else:
                placements.remove(last)
                changes.append(f"the {column} column was too high: {last.item.id} left out")
