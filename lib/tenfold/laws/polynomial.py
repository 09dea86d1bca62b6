"""Polynomials shared by several seeds: common slopes, one intercept a seed, draws that hold for few seeds."""

from dataclasses import dataclass

import numpy as np

from tenfold.laws.noise import t_noise


@dataclass(frozen=True)
class SeededPolynomial:
    """y = intercept[seed] + slopes[0] z + slopes[1] z^2 + ...

    coefficients: [degree + 1], the mean intercept over seeds, then the slopes.
    draws: [n_boot, degree + 1] of them.
    residual_sd: of one point about its seed's curve, nan when nothing is left over to judge it by.
    r2: share of the variation within seeds that the polynomial explains.
    """

    coefficients: np.ndarray
    draws: np.ndarray
    residual_sd: float
    r2: float


def fit_seeded_polynomial(
    z: np.ndarray, y: np.ndarray, seed: np.ndarray, *, degree: int, n_boot: int, rng: np.random.Generator
) -> SeededPolynomial:
    """Least squares.  z, y: [n]; seed: [n], whole numbers 0..S-1, each with at least degree + 1 distinct z.

    With several seeds the draws treat a seed as one observation of the whole curve, whatever the noise inside
    it (the runs of a seed share initialisation and data order): a wild cluster bootstrap of the seeds'
    influences with normal weights, divided by sqrt(chi2 / (S-1)) with S-1 degrees of freedom.  On a balanced
    grid every coefficient then has exactly the t interval of the mean of the seeds' own fits.  Resampling
    three seeds or flipping their signs has ten or eight outcomes: intervals from those are far too short.
    With one seed the draws are the t of least squares, which takes the residuals for independent.
    """
    powers = z[:, None] ** np.arange(1, degree + 1)  # [n, degree]
    member = seed[:, None] == np.arange(seed.max() + 1)  # [n, S]
    counts = member.sum(0)
    n_seeds = len(counts)
    freedom = len(z) - n_seeds - degree

    mean_powers, mean_y = member.T @ powers / counts[:, None], member.T @ y / counts
    inner_powers, inner_y = powers - mean_powers[seed], y - mean_y[seed]
    slopes = np.linalg.lstsq(inner_powers, inner_y)[0]
    residuals = inner_y - inner_powers @ slopes
    intercepts = mean_y - mean_powers @ slopes
    coefficients = np.array([intercepts.mean(), *slopes])
    variance = residuals @ residuals / freedom if freedom else np.nan

    if n_seeds > 1:  # what each seed adds to (mean intercept, slopes): [S, degree + 1]
        bread = np.linalg.inv(inner_powers.T @ inner_powers)
        slope_parts = member.T @ (inner_powers * residuals[:, None]) @ bread
        level_parts = (intercepts - intercepts.mean()) / n_seeds - slope_parts @ mean_powers.mean(0)
        roots = np.column_stack([level_parts, slope_parts]) * np.sqrt(n_seeds / (n_seeds - 1))
        freedom = n_seeds - 1
    else:  # what each point adds
        roots = np.sqrt(variance) * np.linalg.pinv(np.column_stack([np.ones(len(z)), powers])).T

    return SeededPolynomial(
        coefficients=coefficients,
        draws=coefficients + t_noise(roots, freedom=freedom, n_boot=n_boot, rng=rng),
        residual_sd=float(np.sqrt(variance)),
        r2=float(1 - residuals @ residuals / (inner_y @ inner_y)) if inner_y.any() else float("nan"),
    )
