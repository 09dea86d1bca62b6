"""The rule of thumb for carrying a learning rate to another token horizon."""

import math

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.checks import positive_vector


def transfer_lr(lr: ArrayLike, D_from: ArrayLike, D_to: ArrayLike, *, beta: float = 0.32) -> np.ndarray:
    """Learning rate for horizon `D_to`, given one tuned at `D_from`: lr * (D_from / D_to)**beta.

    Bjorck et al. 2024 (arXiv:2409.19913).  D: tokens seen in the whole run, batch unchanged.  0.32 is the
    paper's exponent for 0.76B parameters and more; its small models have larger ones.  Arguments broadcast.
    Raises ValueError for values that are not finite and > 0, and for a `beta` that is not finite.
    """
    if not math.isfinite(beta):
        raise ValueError(f"beta is {beta}: give a finite exponent, such as 0.32")
    for name, value in {"lr": lr, "D_from": D_from, "D_to": D_to}.items():
        positive_vector(name, np.ravel(value))
    return np.asarray(lr) * (np.asarray(D_from) / np.asarray(D_to)) ** beta
