"""The shares of trained mixtures, by family."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

SUM_TOLERANCE = 1e-6
LEVEL_DIGITS = 9  # shares equal to so many digits are one level


def run_shares(shares: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """family -> its share in each run, [runs]; a DataFrame with a column per family will do.

    Raises ValueError unless the vectors have one length, each share is 0 to 1, and each run's sum to 1.
    """
    columns = {family: np.asarray(shares[family], dtype=np.float64) for family in shares}
    if len(columns) < 2:
        raise ValueError(f"shares has {len(columns)} families: give at least 2")
    first, runs = next((family, column.shape) for family, column in columns.items())
    for family, column in columns.items():
        if column.ndim != 1 or column.shape != runs:
            raise ValueError(
                f"shares[{family!r}] has shape {column.shape} and shares[{first!r}] {runs}: "
                f"give vectors, one value per run"
            )
        bad = ~((column >= 0) & (column <= 1))
        if bad.any():
            at = int(np.argmax(bad))
            raise ValueError(f"shares[{family!r}][{at}] is {column[at]}: allowed is 0 to 1")
    total = sum(columns.values())
    off = abs(total - 1) > SUM_TOLERANCE
    if off.any():
        at = int(np.argmax(off))
        raise ValueError(
            f"the shares of run {at} sum to {total[at]:.6g}: they must sum to 1; give all families"
        )
    return columns


def run_losses(family: str, loss: ArrayLike, share: np.ndarray) -> np.ndarray:
    """Losses of one family in each run, [runs].

    Raises ValueError where a loss, or a share of the family, has no logarithm.
    """
    loss = np.asarray(loss, dtype=np.float64)
    if loss.shape != share.shape:
        raise ValueError(
            f"the losses of {family!r} have shape {loss.shape}: give {len(share)} values, one per run"
        )
    bad = ~(np.isfinite(loss) & (loss > 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise ValueError(
            f"the loss of {family!r} in run {at} is {loss[at]}: it must be finite and > 0; leave that run out"
        )
    if (share == 0).any():
        raise ValueError(
            f"the share of {family!r} in run {int(np.argmax(share == 0))} is 0: a power law has no "
            f"value there, so that the run says nothing of it; leave that run out"
        )
    return loss
