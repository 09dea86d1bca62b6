"""The explicit user model: how probable it is that a page satisfies whoever sent the query."""

import math
from typing import Annotated

from pydantic import Field

from tenfold.serp.grammar import SIZES, Page, Placement, column_lines
from tenfold.serp.items import Frozen, Score
from tenfold.serp.needs import Intent, Need


class UserParameters(Frozen):
    """Assumed, not fitted to people; the book declares them as part of its simulator.

    patience: probability of going on to the next line of a column, if not yet satisfied.
    rail: probability of looking at the rail at all, on its own.
    visible: share of an item's content that each size shows (compact, standard, full).
    frame: share of what a reader would overlook that emphasis saves.
    repeated: factor for an item whose documents were all seen before in its column.
    calm: lines that the two columns may have together before the page is cluttered.
    clutter: rate of abandonment, per line above `calm`.
    noise: the same, per emphasised item after the first.
    """

    patience: Score = 0.97
    rail: Score = 0.5
    visible: Annotated[tuple[Score, Score, Score], Field()] = (0.55, 0.8, 1.0)
    frame: Score = 0.5
    repeated: Score = 0.3
    calm: Annotated[float, Field(ge=0)] = 30.0
    clutter: Annotated[float, Field(ge=0)] = 0.02
    noise: Annotated[float, Field(ge=0)] = 0.1


class UserModel:
    """Utility of a page for a need: a cascade down each column, with abandonment.

    A reader with intent k looks at the first item of a column, is satisfied by item i with probability g_ik
    and then stops; otherwise goes on past its h_i lines with probability patience^h_i:

        e_1 = 1,   e_(i+1) = e_i (1 - g_ik) patience^h_i,   M_k = sum_i e_i g_ik
        g_ik = relevance * suitability * v_i * (repeated if all its documents were seen above, else 1)
        v_i  = visible(size), and with a frame: 1 - (1 - visible(size)) (1 - frame)

    The banner comes first in the main column. The rail is read with probability `rail`, independently:

        U_k = 1 - (1 - M_k)(1 - rail * R_k)

    A reader leaves at the first sight of clutter: with H the lines of both columns and E the number of
    emphasised items, A = exp(-clutter * max(0, H - calm) - noise * max(0, E - 1)). Then

        U = A * sum_k share_k U_k,   a probability.

    The cascade is that of Craswell et al. (2008) and of expected reciprocal rank (Chapelle et al. 2009);
    going on with a fixed probability is that of the dynamic Bayesian network click model (Chapelle and Zhang
    2009); the sum over intents is that of intent-aware metrics (Agrawal et al. 2009). The discount for
    repetition, the rail, the frames and the clutter are assumptions of this book.

    Built in, therefore not to be found by experiment: higher is better, shorter is better below a long item,
    a second copy is nearly worthless, large and framed items show more and crowd more, two intents need two
    items.
    """

    def __init__(
        self, need: Need, parameters: UserParameters | None = None, *, name: str = "user model"
    ) -> None:
        self.name = name
        self.need = need
        self.parameters = parameters or UserParameters()

    def score(self, page: Page) -> float:
        """U, in [0, 1]; 0 for a page without items."""
        main = page.region("banner") + page.region("main")
        rail = page.region("rail")
        total = 0.0
        for intent in self.need.intents:
            main_k, rail_k = self._column(main, intent), self._column(rail, intent)
            total += intent.share * (1 - (1 - main_k) * (1 - self.parameters.rail * rail_k))
        return self._stays(page) * total

    def _column(self, placements: tuple[Placement, ...], intent: Intent) -> float:
        p = self.parameters
        examined, satisfied = 1.0, 0.0
        seen: set[str] = set()
        for placement in placements:
            item = placement.item
            visible = p.visible[SIZES.index(placement.size)]
            if placement.emphasis:
                visible = 1 - (1 - visible) * (1 - p.frame)
            g = intent.satisfies(item) * visible * (p.repeated if seen.issuperset(item.documents) else 1.0)
            seen.update(item.documents)
            satisfied += examined * g
            examined *= (1 - g) * p.patience**placement.lines
        return satisfied

    def _stays(self, page: Page) -> float:
        p = self.parameters
        lines = sum(column_lines(page.placements).values())
        framed = sum(placement.emphasis for placement in page.placements)
        return math.exp(-p.clutter * max(0.0, lines - p.calm) - p.noise * max(0, framed - 1))
