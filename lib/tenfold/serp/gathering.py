"""Calling tools until enough is known."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenfold.serp.items import Item
from tenfold.serp.tools import Tool, ToolCall, call

Confidence = Callable[[str, Sequence[Item]], float]
SECONDS = 5.0


@dataclass(frozen=True)
class Gathered:
    """Items of all calls in their order, each id once.

    notes: one line for each tool that failed, for the reader of the page.  confidence: after each call.
    """

    query: str
    items: tuple[Item, ...]
    calls: tuple[ToolCall, ...]
    notes: tuple[str, ...]
    confidence: tuple[float, ...]

    @property
    def cost(self) -> float:
        return math.fsum(call.cost for call in self.calls)


def best_score(query: str, items: Sequence[Item]) -> float:
    """The largest score of an item."""
    return max((item.score for item in items), default=0.0)


def noisy_or(query: str, items: Sequence[Item]) -> float:
    """The probability that at least one item helps, were their scores independent probabilities.

    1 - prod(1 - s_d) over documents d, with s_d the best score of an item that shows d.
    """
    best: dict[str, float] = {}
    for item in items:
        for document in item.documents:
            best[document] = max(best.get(document, 0.0), item.score)
    return 1.0 - math.prod(1.0 - score for score in best.values())


def gather(
    query: str,
    tools: Sequence[Tool],
    *,
    enough: float | None = None,
    confidence: Confidence = best_score,
    most_cost: float = math.inf,
    seconds: float = SECONDS,
) -> Gathered:
    """Call the tools in their order; stop as soon as `confidence` of the items at hand reaches `enough`.

    enough: in [0, 1]; None calls every tool.  most_cost: a tool that would exceed it is passed over.
    seconds: for each call. A tool that fails or times out costs the same, and leaves a note.
    Raises ValueError for values outside their range, and for two tools of one name.
    """
    if enough is not None and not 0 <= enough <= 1:
        raise ValueError(f"enough is {enough}: use a confidence in [0, 1], or None to call every tool")
    if not most_cost >= 0 or not seconds > 0:
        raise ValueError(f"most_cost is {most_cost}, seconds {seconds}: use most_cost >= 0, seconds > 0")
    if len({tool.name for tool in tools}) < len(tools):
        raise ValueError("two tools have one name: give each its own")
    calls: list[ToolCall] = []
    found: dict[str, Item] = {}
    levels: list[float] = []
    for tool in tools:
        if math.fsum(done.cost for done in calls) + tool.cost > most_cost:
            continue
        calls.append(call(tool, query, seconds=seconds))
        for item in calls[-1].items:
            found.setdefault(item.id, item)
        levels.append(confidence(query, tuple(found.values())))
        if enough is not None and levels[-1] >= enough:
            break
    notes = tuple(f"{c.tool}: {c.outcome}" for c in calls if c.outcome in ("failed", "timed out"))
    return Gathered(query, tuple(found.values()), tuple(calls), notes, tuple(levels))
