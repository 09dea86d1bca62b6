"""The best page of a small world, by looking at every page."""

from collections.abc import Iterator, Sequence

from tenfold.serp.grammar import REGIONS, SIZES, Page, Size
from tenfold.serp.judges import Judge
from tenfold.serp.moves import Placements, extensions
from tenfold.serp.proposers import Material

MOST_PAGES = 200_000
_ORDER = list(REGIONS)


class TooManyPages(ValueError):
    """A world too large to look at every page."""


def all_pages(
    material: Material, *, sizes: Sequence[Size] = SIZES, emphasis: Sequence[bool] = (False, True)
) -> Iterator[Page]:
    """Every valid page that differs from the others on screen, once; the empty page first."""
    found: list[Placements] = [()]
    while found:
        placements = found.pop()
        yield material.page(placements)
        filled = _ORDER.index(placements[-1].region) if placements else 0
        found += [
            longer
            for longer in extensions(placements, material.items, sizes=sizes, emphasis=emphasis)
            if _ORDER.index(longer[-1].region) >= filled
        ]


def optimum(
    material: Material,
    judge: Judge,
    *,
    sizes: Sequence[Size] = SIZES,
    emphasis: Sequence[bool] = (False, True),
    most_pages: int = MOST_PAGES,
) -> tuple[Page, float]:
    """The page with the largest score, and that score; the first of equals.

    Raises TooManyPages where there are more than `most_pages`: about four items with all settings, six with
    one size and no frames.
    """
    best: tuple[Page, float] | None = None
    for number, page in enumerate(all_pages(material, sizes=sizes, emphasis=emphasis)):
        if number >= most_pages:
            raise TooManyPages(
                f"{len(material.items)} items make more than {most_pages} pages: "
                "use fewer items, sizes=('standard',), emphasis=(False,), or raise most_pages"
            )
        score = judge.score(page)
        if best is None or score > best[1]:
            best = page, score
    return best
