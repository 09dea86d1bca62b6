"""The memory of one layer: the stored hidden states of a batch of texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from tenfold.longcontext.settings import KnnSettings


class Index(Protocol):
    """What searches the states of one text: `tenfold.longcontext.index.HiddenStateIndex`, for example."""

    nbytes: int

    def append(self, states: Any) -> None: ...

    def search(self, queries: Any, k: int, *, before: int | None = None) -> tuple[Any, Any]: ...


@dataclass
class LayerMemory:
    """states [B, M, d_model]: the inputs of the layer's attention for the first M tokens of B texts.

    retrieves: whether this layer looks into the memory.  start: [C], where each of the C local contexts of a
    text begins; the batch is text by text, context by context.  refresh: how many new tokens wait until they
    are stored; None stores none.  indexes: one a text, instead of exact search over all states at once.
    observe: called with what was scored, taken and weighted, by name.  hidden: the inputs of the attention
    now being computed.  waiting: new states that are not stored yet.
    """

    settings: KnnSettings
    rotary: nn.Module
    retrieves: bool
    on: bool = False
    states: Tensor | None = None
    start: Tensor | None = None
    refresh: int | None = None
    indexes: Sequence[Index] = ()
    observe: Callable[[str, Tensor], None] | None = None
    hidden: Tensor | None = field(default=None, repr=False)
    waiting: Tensor | None = field(default=None, repr=False)

    @property
    def stored(self) -> int:
        return 0 if self.states is None else self.states.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the states, and of the indexes with the copies that they hold."""
        own = 0 if self.states is None else self.states.numel() * self.states.element_size()
        return own + sum(index.nbytes for index in self.indexes)

    def clear(self, indexes: Sequence[Index] = ()) -> None:
        """Forget all states; `indexes`, empty ones, search from now on."""
        self.on, self.states, self.hidden, self.waiting, self.indexes = False, None, None, None, indexes

    def append(self, states: Tensor) -> None:
        """Store the next tokens' states [B, m, d_model].  Raises ValueError for another shape, nan, inf."""
        if self.states is not None and self.states[:, 0].shape != states[:, 0].shape:
            raise ValueError(
                f"states have shape {list(states.shape)}; the memory holds {list(self.states.shape)}: "
                "texts and width must agree"
            )
        if not torch.isfinite(states).all():
            raise ValueError("states hold nan or inf, which no search can rank: the model has diverged")
        states = states.detach()
        for index, rows in zip(self.indexes, states, strict=bool(self.indexes)):
            index.append(rows)
        self.states = states if self.states is None else torch.cat([self.states, states], 1)

    def take_new(self, total: int) -> None:
        """Store what the local context, `total` tokens by now, has that is not stored yet, if it is time."""
        if self.refresh is None:
            return
        hidden = self.hidden if self.waiting is None else torch.cat([self.waiting, self.hidden], 1)
        missing = int(self.start[0]) + total - self.stored
        fresh = hidden[:, max(0, hidden.shape[1] - max(0, missing)) :]
        if fresh.shape[1] >= self.refresh:
            self.append(fresh)
            fresh = fresh[:, :0]
        self.waiting = fresh if fresh.shape[1] else None
