"""Simulated sweeps with a known optimum."""

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261122)


def simulate_bowl(
    rng: np.random.Generator,
    *,
    optimum: float,
    depth: float = 0.02,
    cubic: float = 0.0,
    noise: float = 0.005,
    level: float = 0.02,
    tilt: float = 0.0,
    seeds: int = 3,
    rates: int = 6,
    centre: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(lr, loss, seed), [seeds * rates] each; learning rates a factor 2 apart around 2**centre.

    optimum, centre in octaves; depth, cubic in nats per octave^2, octave^3; noise, level, tilt: sd of a run,
    of a seed's level, of a seed's slope per octave.
    """
    octaves = np.arange(rates) - (rates - 1) / 2 + centre
    grid = np.tile(octaves, (seeds, 1))
    away = grid - optimum
    loss = 2 + depth * away**2 + cubic * away**3
    loss = loss + level * rng.standard_normal((seeds, 1)) + tilt * rng.standard_normal((seeds, 1)) * away
    loss = loss + noise * rng.standard_normal(grid.shape)
    return 2.0 ** grid.ravel(), loss.ravel(), np.repeat(np.arange(seeds), rates)


@pytest.fixture
def bowl_runs() -> Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return simulate_bowl
