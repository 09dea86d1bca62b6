"""Windows of text for a mixture: each group gives its share of them, no window twice."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def all_windows(text: Tensor, context: int) -> Tensor:
    """The text as windows [W, context + 1] whose predicted tokens do not overlap; a rest is left out."""
    return text.unfold(0, context + 1, context).long()


def spread(windows: Tensor, count: int | None) -> Tensor:
    """`count` of the windows [W, …], spread evenly; all of them where that is None or more than there are."""
    if count is None or count >= len(windows):
        return windows
    return windows[torch.arange(count) * len(windows) // count]


def allotment(shares: Mapping[str, float], windows: int) -> dict[str, int]:
    """Whole numbers of windows that sum to `windows`, by largest remainders (ties: the first named)."""
    exact = {name: share * windows for name, share in shares.items()}
    counts = {name: int(value + 1e-9) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: windows - sum(counts.values())]:
        counts[name] += 1
    return counts


class MixtureWindows:
    """Batches of one run; `windows[step]` is [batch, context + 1].

    texts: group -> texts of its languages. Each text is cut into windows. A group's windows are put in an
    order drawn by seed, and its allotment is taken from the start, so that with one seed a larger share of a
    group adds text to what a smaller one has. All windows taken are then mixed. Raises ValueError where a
    group has less text than its share needs.
    """

    def __init__(
        self,
        texts: Mapping[str, Sequence[Tensor]],
        shares: Mapping[str, float],
        *,
        context: int,
        batch: int,
        steps: int,
        seed: int,
    ):
        taken = []
        for group, count in allotment(shares, steps * batch).items():
            windows = torch.cat([text.unfold(0, context + 1, context) for text in texts[group]])
            if count > len(windows):
                raise ValueError(
                    f"group {group!r} has {len(windows)} windows of {context} tokens; with a share of "
                    f"{shares[group]:g} a run of {steps} steps of batch {batch} needs {count}: allowed is a "
                    "smaller share or fewer steps"
                )
            order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(seed))
            taken.append(windows[order[:count]])
        mixed = torch.cat(taken)
        self._windows = mixed[torch.randperm(len(mixed), generator=torch.Generator().manual_seed(seed))]
        self._batch = batch

    def __getitem__(self, step: int) -> Tensor:
        return self._windows[step * self._batch : (step + 1) * self._batch].long()
