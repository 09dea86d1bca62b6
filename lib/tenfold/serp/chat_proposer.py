"""A language model as a proposer of pages."""

from collections.abc import Iterator, Sequence

import numpy as np

from tenfold.chat import QUOTED_RULE, ChatModel, Message, StructuredOutputError, ask, quoted
from tenfold.serp import moves
from tenfold.serp.display_text import shorten
from tenfold.serp.grammar import HEIGHTS, MOST_LINES, REGIONS, SIZES, Page, violations
from tenfold.serp.items import Item
from tenfold.serp.proposers import Material
from tenfold.serp.repair import Proposal, ProposedPlacement, RefusedProposal, repair

EXCERPT = 160
MOST_SEEDS = 2**31


def _grammar() -> str:
    regions = "\n".join(
        f"- {name}: at most {region.limit}, of kinds {', '.join(sorted(region.kinds))}"
        for name, region in REGIONS.items()
    )
    heights = "; ".join(f"{kind} {'/'.join(map(str, lines))}" for kind, lines in HEIGHTS.items())
    return (
        f"Regions:\n{regions}\nSizes: {', '.join(SIZES)}. Lines by kind and size: {heights}. "
        f"Banner and main together, and the rail, have at most {MOST_LINES} lines. Each item at most once."
    )


_TASK = (
    "You compose a search result page: choose items, the region and order of each, its size, and whether "
    "a frame emphasises it. A good page satisfies the person who sent the query with the first things they "
    f"look at, does not repeat itself, and is not cluttered.\n{_grammar()}\n{QUOTED_RULE}"
)


class ChatProposer:
    """Asks a language model for pages, few-shot, and repairs what it answers.

    examples: (what was asked, a good page for it), shown before the question.  tries: the most questions for
    one stream; each has a seed of its own.  changes: what was repaired or refused so far, in words.
    The paper's prompts are unknown: these are ours.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        temperature: float = 0.7,
        examples: Sequence[tuple[Material, Page]] = (),
        tries: int = 16,
    ) -> None:
        self._model, self._temperature, self._tries = model, temperature, tries
        self._examples = [
            turn
            for material, page in examples
            for turn in (Message("user", _question(material)), Message("assistant", _as_proposal(page)))
        ]
        self.changes: list[str] = []

    def pages(self, material: Material, rng: np.random.Generator) -> Iterator[Page]:
        return self._stream(material, rng, "Compose the page.")

    def skeletons(self, material: Material, rng: np.random.Generator) -> Iterator[Page]:
        """The skeletons of pages that the model proposes, filled by rule."""
        for page in self._stream(
            material, rng, "Decide first on regions and kinds of items: compose a page."
        ):
            yield material.page(moves.fill(page.skeleton, material.items))

    def extensions(self, material: Material, page: Page, rng: np.random.Generator) -> Iterator[Page]:
        """Of what the model proposes, the first placement that the page lacks, added to it."""
        task = f"The page so far: {_as_proposal(page)}\nRepeat it with one item more."
        used = {placement.item.id for placement in page.placements}
        for proposed in self._stream(material, rng, task):
            for placement in proposed.placements:
                longer = (*page.placements, placement)
                if placement.item.id not in used and not violations(longer):
                    yield material.page(longer)
                    break

    def refinements(self, material: Material, page: Page, rng: np.random.Generator) -> Iterator[Page]:
        """What the model makes of the page where it keeps regions and kinds."""
        task = (
            f"The page so far: {_as_proposal(page)}\n"
            "Keep regions and kinds; improve items, sizes or emphasis."
        )
        for proposed in self._stream(material, rng, task):
            if sorted(proposed.skeleton) == sorted(page.skeleton):
                yield proposed

    def _stream(self, material: Material, rng: np.random.Generator, task: str) -> Iterator[Page]:
        for _ in range(self._tries):
            turns = [
                Message("system", _TASK),
                *self._examples,
                Message("user", f"{_question(material)}\n\n{task}"),
            ]
            seed = int(rng.integers(MOST_SEEDS))
            try:
                proposal = ask(
                    self._model, turns, Proposal, temperature=self._temperature, seed=seed, max_tokens=1024
                )
                repaired = repair(proposal, material.items, query=material.query, notes=material.notes)
            except (StructuredOutputError, RefusedProposal) as error:
                self.changes.append(str(error)[:300])
                continue
            self.changes += repaired.changes
            yield repaired.page


def _question(material: Material) -> str:
    items = "\n".join(_line(item) for item in material.items)
    listed = f"Items (id, kind, estimated relevance, content):\n{quoted(items)}"
    return f"Query:\n{quoted(material.query)}\n\n{listed}"


def _line(item: Item) -> str:
    content = getattr(item, "passage", None) or getattr(item, "caption", None)
    text = content.text if content else " / ".join(item.questions)
    return f"{item.id} | {item.kind} | {item.score:.2f} | {item.title}: {shorten(text, EXCERPT)}"


def _as_proposal(page: Page) -> str:
    placements = [
        ProposedPlacement(item=p.item.id, region=p.region, size=p.size, emphasis=p.emphasis)
        for p in page.placements
    ]
    return Proposal(placements=placements).model_dump_json()
