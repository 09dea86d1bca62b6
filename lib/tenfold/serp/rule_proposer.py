"""A proposer that follows rules, with a temperature."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from tenfold.serp import moves
from tenfold.serp.grammar import Page, Placement, Space
from tenfold.serp.items import ItemKind
from tenfold.serp.proposers import Material

CUES: dict[ItemKind, frozenset[str]] = {
    "definition": frozenset({"what", "meaning", "define", "definition", "is"}),
    "answer": frozenset({"how", "why", "when", "which", "what", "can", "does"}),
    "news": frozenset({"changes", "changelog", "release", "new", "version", "upgrade", "fixed", "news"}),
    "image": frozenset({"figure", "plot", "chart", "data", "dataset", "picture"}),
    "questions": frozenset({"you", "your", "do", "favorite", "like", "think"}),
    "web": frozenset({"install", "download", "guide", "documentation", "tutorial", "usage"}),
}
"""Words of a query that double the weight of a kind."""
PLACE = {"banner": 1.2, "main": 1.0, "rail": 0.8}
SIZE = {"compact": 0.8, "standard": 1.0, "full": 0.9}
FRAME = 0.6
LONGEST_STREAM = 2_000
MOST_REPEATS = 50
"""Draws in a row whose skeleton was seen before, after which the stream of skeletons ends."""


class RuleProposer:
    """Items with a large score first, kinds that the query's words ask for first.

    The weight of a placement is the item's score, times 2 where a word of the query is a cue for its kind,
    times factors for the region, the size and a frame. temperature: at 0 the largest weight comes first, and
    whole pages follow one another deterministically; at T > 0 placements are drawn one by one without putting
    back, with probability proportional to weight^(1/T) (by the Gumbel trick).
    Raises ValueError where it is negative or not finite.
    """

    def __init__(self, *, temperature: float = 1.0) -> None:
        if not (temperature >= 0 and math.isfinite(temperature)):
            raise ValueError(f"temperature is {temperature}: use a finite number >= 0")
        self.temperature = temperature

    def pages(self, material: Material, rng: np.random.Generator) -> Iterator[Page]:
        """Pages of 1 to 8 items, the number drawn evenly; at temperature 0 of 8, 7, 6, … items."""
        return (material.page(placements) for placements in self._draws(material, rng))

    def skeletons(self, material: Material, rng: np.random.Generator) -> Iterator[Page]:
        """The different skeletons of the pages above, each filled anew."""
        seen: set[moves.Skeleton] = set()
        repeats = 0
        for placements in self._draws(material, rng):
            skeleton = tuple((placement.region, placement.item.kind) for placement in placements)
            if skeleton not in seen:
                repeats = 0
                seen.add(skeleton)
                yield material.page(self.filled(skeleton, material, rng))
            elif (repeats := repeats + 1) >= MOST_REPEATS:
                return

    def filled(
        self, skeleton: moves.Skeleton, material: Material, rng: np.random.Generator
    ) -> moves.Placements:
        """A skeleton with items: the best ones first."""
        return moves.fill(skeleton, material.items)

    def _draws(self, material: Material, rng: np.random.Generator) -> Iterator[moves.Placements]:
        options = [added[-1] for added in moves.extensions((), material.items)]
        weights = [self._weight(material, option) for option in options]
        for number in range(LONGEST_STREAM):
            length = int(rng.integers(1, 9)) if self.temperature else 8 - number
            if length < 1:
                return
            yield _first_valid([options[at] for at in self._order(weights, rng)], length)

    def extensions(self, material: Material, page: Page, rng: np.random.Generator) -> Iterator[Page]:
        """Every extension, in the order of the added placement's weight, or drawn."""
        found = list(moves.extensions(page.placements, material.items))
        order = self._order([self._weight(material, placements[-1]) for placements in found], rng)
        return (material.page(found[at]) for at in order)

    def refinements(self, material: Material, page: Page, rng: np.random.Generator) -> Iterator[Page]:
        """Every refinement, in the order of the weights of all placements together, or drawn."""
        found = list(moves.refinements(page.placements, material.items))
        weights = [
            math.prod(self._weight(material, placement) for placement in placements) for placements in found
        ]
        order = self._order(weights, rng)
        return (material.page(found[at]) for at in order)

    def _order(self, weights: Sequence[float], rng: np.random.Generator) -> list[int]:
        logs = np.log(np.maximum(np.asarray(weights, dtype=float), 1e-12))
        keys = logs / self.temperature + rng.gumbel(size=len(logs)) if self.temperature else logs
        return [int(at) for at in np.argsort(-keys, kind="stable")]

    def _weight(self, material: Material, placement: Placement) -> float:
        item = placement.item
        words = set(material.query.lower().split())
        cue = 2.0 if words & CUES[item.kind] else 1.0
        frame = FRAME if placement.emphasis else 1.0
        return max(item.score, 1e-3) * cue * PLACE[placement.region] * SIZE[placement.size] * frame


def _first_valid(options: Sequence[Placement], length: int) -> moves.Placements:
    """The first options that stand on one page, at most `length` of them."""
    placements: list[Placement] = []
    space = Space()
    for option in options:
        if len(placements) == length:
            break
        if space.takes(option):
            placements.append(option)
            space.add(option)
    return tuple(placements)


def fixed_template(material: Material) -> Page:
    """The page that one template gives for every query, without a judge.

    Banner: the best answer. Main column: four web snippets, the best questions. Rail: the best definition,
    image and changelog entry. All in standard size; what is missing stays out.
    """
    skeleton: moves.Skeleton = (
        ("banner", "answer"),
        *((("main", "web"),) * 4),
        ("main", "questions"),
        ("rail", "definition"),
        ("rail", "image"),
        ("rail", "news"),
    )
    return material.page(moves.fill(skeleton, material.items))
