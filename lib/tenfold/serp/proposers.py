"""Proposers: where candidate pages come from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tenfold.serp.grammar import Page, Placement
from tenfold.serp.items import Item


@dataclass(frozen=True)
class Material:
    """What a page can be made of. notes: what is missing, which every page carries."""

    query: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    def page(self, placements: Sequence[Placement] = ()) -> Page:
        """Raises ValidationError where the placements are no page."""
        return Page(query=self.query, placements=tuple(placements), notes=self.notes)


class Proposer(Protocol):
    """Streams of valid candidates, the most promising first; a strategy takes as many as it can afford.

    A stream may end, and may repeat itself. `rng` is the only source of chance.
    """

    def pages(self, material: Material, rng: np.random.Generator) -> Iterator[Page]:
        """Whole pages."""
        ...

    def skeletons(self, material: Material, rng: np.random.Generator) -> Iterator[Page]:
        """Pages of different skeletons, each filled with the best items in standard size."""
        ...

    def extensions(self, material: Material, page: Page, rng: np.random.Generator) -> Iterator[Page]:
        """The page with one item more, at the end of a region."""
        ...

    def refinements(self, material: Material, page: Page, rng: np.random.Generator) -> Iterator[Page]:
        """The page with the same skeleton and one detail changed: an item, a size, a frame."""
        ...
