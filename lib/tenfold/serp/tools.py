"""Tools: what they are, how they fail, and how one is called so that a page survives its failure."""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from tenfold.serp.items import Item

Outcome = Literal["items", "nothing", "failed", "timed out"]


class ToolError(RuntimeError):
    """A tool could not do its work."""


class ToolTimeout(ToolError):
    """A tool did not answer in time."""


class Tool(Protocol):
    """name: shown to the reader where the tool fails.  cost: of one call, in units of one web search."""

    name: str
    cost: float

    def gather(self, query: str) -> Sequence[Item]:
        """Items for a query, the best first; none where there is nothing. May raise anything."""
        ...


@dataclass(frozen=True)
class ToolCall:
    """What came of calling a tool. reason: of a failure, else empty."""

    tool: str
    cost: float
    outcome: Outcome
    items: tuple[Item, ...]
    reason: str = ""


def call(tool: Tool, query: str, *, seconds: float) -> ToolCall:
    """Call a tool in a thread of its own; whatever goes wrong becomes part of the result.

    seconds: after which it is left alone, and its answer, should one come, is dropped.
    """
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(("items", tuple(tool.gather(query))))
        except ToolTimeout as error:
            answers.put(("timed out", str(error)))
        except Exception as error:  # a tool is foreign code: whatever it raises must not cost the page
            answers.put(("failed", f"{type(error).__name__}: {error}"[:300]))

    threading.Thread(target=work, daemon=True, name=f"tool {tool.name}").start()
    try:
        outcome, result = answers.get(timeout=seconds)
    except queue.Empty:
        return ToolCall(tool.name, tool.cost, "timed out", (), f"no answer after {seconds:g} s")
    if outcome != "items":
        return ToolCall(tool.name, tool.cost, outcome, (), result)
    return ToolCall(tool.name, tool.cost, "items" if result else "nothing", result)


class Unreliable:
    """A tool that fails or times out at stated rates, for tests and experiments.

    A failure is drawn before the tool is called, so its cost is paid without its work.
    Raises ValueError for rates that are no shares, or that exceed 1 together.
    """

    def __init__(
        self, tool: Tool, *, rng: np.random.Generator, failures: float = 0.0, timeouts: float = 0.0
    ) -> None:
        if not (0 <= failures <= 1 and 0 <= timeouts <= 1 and failures + timeouts <= 1):
            raise ValueError(
                f"failures is {failures} and timeouts {timeouts}: use shares that add up to at most 1"
            )
        self.name, self.cost = tool.name, tool.cost
        self._tool, self._rng = tool, rng
        self._failures, self._timeouts = failures, timeouts

    def gather(self, query: str) -> Sequence[Item]:
        drawn = self._rng.random()
        if drawn < self._failures:
            raise ToolError("injected failure")
        if drawn < self._failures + self._timeouts:
            raise ToolTimeout("injected time-out")
        return self._tool.gather(query)
