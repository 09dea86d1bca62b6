"""A Hugging Face decoder that reads more than its window: wrapped, scored, generating."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from tenfold.longcontext.chunks import chunks
from tenfold.longcontext.hugging_face import attach, detach
from tenfold.longcontext.layer_memory import Index
from tenfold.longcontext.settings import KnnSettings


class MemoryBudgetExceeded(ValueError):
    """A text needs more memory for its hidden states than was allowed."""


class KnnAttention:
    """A Llama-type decoder whose layers retrieve hidden states of what its window does not hold.

        knn = KnnAttention(model, KnnSettings(window=4096, layers=(20,), k=4096))
        knn.read(tokens)                       # store the text's states, chunk by chunk
        knn.generate(tokens, max_new_tokens=100)

    rule: how a text is cut when it is read, see `tenfold.longcontext.chunks`.  refresh: "step" stores every
    generated token, "chunk" half a window of them at a time, "frozen" none.  index: makes the index that
    searches a text's states, from their width; exact search over all states where None.  max_bytes: the most
    that the memory may take.  Raises UnsupportedArchitecture, ValueError.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        settings: KnnSettings,
        *,
        rule: str = "new",
        refresh: str = "step",
        index: Callable[[int], Index] | None = None,
        max_bytes: int | None = None,
    ):
        waits = {"step": 1, "chunk": max(1, settings.window // 2), "frozen": None}
        if refresh not in waits:
            raise ValueError(f"refresh is {refresh!r}; allowed: {', '.join(waits)}")
        chunks(1, settings.window, rule)
        if index and settings.search != "free":
            raise ValueError(
                f"search is {settings.search!r}; an index of hidden states finds by 'free' alone"
            )
        self.model, self.settings, self.rule = model, settings, rule
        self.max_bytes, self._index, self._refresh = max_bytes, index, waits[refresh]
        self.memories = attach(model, settings)

    def use(self, settings: KnnSettings) -> None:
        """Retrieve in another way from the same stored states, until the next `read`.

        Raises ValueError for another window, or layers that store nothing.
        """
        if (settings.window, settings.shared) != (self.settings.window, self.settings.shared):
            raise ValueError(
                f"window and shared are {settings.window}, {settings.shared}; the states are stored with "
                f"{self.settings.window}, {self.settings.shared}: wrap the model anew"
            )
        if missing := set(settings.layers) - set(self.settings.layers):
            raise ValueError(f"layers names {sorted(missing)}; stored are {list(self.settings.layers)}")
        for number, memory in enumerate(self.memories):
            memory.settings, memory.retrieves = settings, number in settings.layers

    @property
    def nbytes(self) -> int:
        """Bytes of all stored states and indexes."""
        return sum(memory.nbytes for memory in self.memories)

    def remove(self) -> None:
        """Unwrap the model."""
        detach(self.model)

    @torch.no_grad()
    def read(self, tokens: Tensor) -> None:
        """Store the states of texts [B, N], in place of what was stored: those of the model without memory.

        Each layer stores the inputs of its own attention, after the norm.  Raises MemoryBudgetExceeded before
        anything is computed, ValueError for an empty text, non-finite states.
        """
        texts, length = tokens.shape
        if not tokens.numel():
            raise ValueError(f"tokens have shape {list(tokens.shape)}: there is nothing to store")
        config = self.model.config
        needed = self.bytes_for(texts * length)
        if self.max_bytes is not None and needed > self.max_bytes:
            raise MemoryBudgetExceeded(
                f"{texts} texts of {length} tokens need {needed:,} bytes in "
                f"{len(self.settings.layers)} layers; max_bytes is {self.max_bytes:,}: "
                "read less, or retrieve in fewer layers"
            )
        self.use(self.settings)
        for memory in self.memories:
            indexed = memory.retrieves and self._index is not None
            memory.clear([self._index(config.hidden_size) for _ in range(texts)] if indexed else ())
        window = self.settings.window
        cut = chunks(length, window, self.rule)
        padded = F.pad(tokens, (0, max(0, cut[-1].start + window - length)))
        windows = torch.stack([padded[:, c.start : c.start + window] for c in cut], 1).flatten(0, 1)
        final = self.model.model(windows, use_cache=False).last_hidden_state
        for memory in self.memories:
            if memory.retrieves:
                states = (final if self.settings.shared else memory.hidden).unflatten(0, (texts, len(cut)))
                kept = [states[:, i, c.keep - c.start : c.end - c.start] for i, c in enumerate(cut)]
                memory.append(torch.cat(kept, 1))
            memory.hidden = None

    def bytes_for(self, tokens: int) -> int:
        """Bytes that the states of so many tokens take in all retrieving layers."""
        width = self.model.config.hidden_size * self.model.dtype.itemsize
        return len(self.settings.layers) * tokens * width

    def window_logits(self, tokens: Tensor, starts: Sequence[int], last: int | None = None) -> Tensor:
        """Logits [B, C, last, vocab] of the last tokens of windows that start at `starts` in texts [B, N].

        A window retrieves among stored states from before its start.  Raises ValueError where a window
        reaches beyond the text.
        """
        texts, length = tokens.shape
        window = min(self.settings.window, length)
        if not len(starts) or min(starts) < 0 or max(starts) + window > length:
            raise ValueError(
                f"starts are {list(starts)}; windows of {window} must lie in the {length} tokens"
            )
        windows = torch.stack([tokens[:, s : s + window] for s in starts], 1).flatten(0, 1)
        with self._switched_on(torch.tensor(starts, device=tokens.device), refresh=None):
            hidden = self.model.model(windows, use_cache=False).last_hidden_state
        return self.model.lm_head(hidden[:, -(last or window) :]).unflatten(0, (texts, len(starts)))

    @torch.no_grad()
    def losses(self, tokens: Tensor, stride: int) -> Tensor:
        """Loss of every token of texts [B, N] but the first, in nats, [B, N - 1].

        The first window scores all it predicts, each later one its newest `stride` tokens, so that a token
        has at least window - stride tokens of local context.  `read` comes before, for layers that retrieve.
        Raises ValueError.
        """
        length, window = tokens.shape[1], min(self.settings.window, tokens.shape[1])
        if not 1 <= stride < self.settings.window:
            raise ValueError(
                f"stride is {stride}; allowed: 1 to {self.settings.window - 1}, below the window"
            )
        first = self.window_logits(tokens, [0])[:, 0, :-1]
        parts = [F.cross_entropy(first.mT, tokens[:, 1:window], reduction="none")]
        starts = list(range(stride, length - window + 1, stride))
        if starts:
            parts.append(self._newest_losses(tokens, starts, stride))
        rest = length - window - len(starts) * stride
        if rest > 0:
            parts.append(self._newest_losses(tokens, [length - window], rest))
        return torch.cat(parts, 1)

    def _newest_losses(self, tokens: Tensor, starts: list[int], last: int) -> Tensor:
        """Losses of the last tokens of each window, [B, windows * last]."""
        logits = self.window_logits(tokens, starts, last + 1)[:, :, :-1].flatten(1, 2)
        ends = [start + self.settings.window for start in starts]
        target = torch.cat([tokens[:, end - last : end] for end in ends], 1)
        return F.cross_entropy(logits.mT, target, reduction="none")

    @torch.no_grad()
    def generate(self, tokens: Tensor, *, local: int | None = None, **generation: object) -> Tensor:
        """Texts [B, N] continued by the model's own `generate`: [B, N + new].

        The last `local` tokens, a window by default, are the local context; the rest is reached through the
        memory, which `read` has filled with these texts.  What leaves the window while generating is reached
        only if `refresh` stores it.  generation: arguments of `generate`.  Raises ValueError.
        """
        length = tokens.shape[1]
        local = min(length, self.settings.window) if local is None else local
        if not 1 <= local <= min(length, self.settings.window):
            raise ValueError(f"local is {local}; allowed: 1 to {min(length, self.settings.window)}")
        start = length - local
        if start and self.settings.layers and min(m.stored for m in self.memories if m.retrieves) < start:
            raise ValueError(f"fewer than {start} tokens are stored: call read(tokens) first")
        prompt = tokens[:, start:]
        with self._switched_on(torch.tensor([start], device=tokens.device), refresh=self._refresh):
            told = self.model.generate(prompt, attention_mask=torch.ones_like(prompt), **generation)
        return torch.cat([tokens[:, :start], told], 1)

    @contextmanager
    def _switched_on(self, start: Tensor, *, refresh: int | None) -> Iterator[None]:
        for memory in self.memories:
            memory.on, memory.start, memory.refresh = True, start, refresh
        try:
            yield
        finally:
            for memory in self.memories:
                memory.on, memory.hidden = False, None
