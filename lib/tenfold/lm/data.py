"""Windows of text: training windows in an order drawn by seed, test windows fixed."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def byte_tokens(text: bytes) -> Tensor:
    """UTF-8 bytes as tokens, [len(text)], uint8."""
    return torch.frombuffer(bytearray(text), dtype=torch.uint8)


class TrainingWindows:
    """Batches of text windows; `windows[step]` is [R, batch, context + 1].

    The text is cut into non-overlapping windows, each drawn at most once: a run sees no text twice. The order
    depends on the seed alone, so runs of one seed see the same text in the same order. Raises ValueError
    where the text is too short for the run.
    """

    def __init__(self, text: Tensor, *, context: int, batch: int, steps: int, seeds: Sequence[int]):
        available = (len(text) - 1) // context
        if steps * batch > available:
            raise ValueError(
                f"{steps} steps of batch {batch} need {steps * batch} windows of {context} tokens; the "
                f"training text has {available}: shorten the run or use a longer text"
            )
        self._text, self._context, self._batch = text, context, batch
        orders = {
            seed: torch.randperm(available, generator=torch.Generator().manual_seed(seed))
            for seed in set(seeds)
        }
        self._start = torch.stack([orders[seed][: steps * batch] for seed in seeds]) * context  # [R, windows]
        self._within = torch.arange(context + 1)

    def __getitem__(self, step: int) -> Tensor:
        start = self._start[:, step * self._batch : (step + 1) * self._batch]
        return self._text[start[..., None] + self._within].long()


class TestWindows:
    """`count` windows spread evenly over the test text. Raises ValueError where it is too short."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    def __init__(self, text: Tensor, *, context: int, count: int):
        available = (len(text) - 1) // context
        if count > available:
            raise ValueError(f"count is {count}; the test text has {available} windows of {context} tokens")
        start = torch.arange(count) * available // count * context
        self._windows = text[start[:, None] + torch.arange(context + 1)].long()

    def chunks(self, size: int) -> Iterator[Tensor]:
        """Chunks [size, context + 1]; the last may be shorter."""
        yield from self._windows.split(size)
