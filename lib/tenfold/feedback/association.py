"""How strongly a pattern goes with a label, length held constant."""

import numpy as np
from scipy import sparse


def length_strata(lengths: np.ndarray, n: int) -> np.ndarray:
    """int [N]: which of n groups of about equal size a dialogue of this length is in; equal lengths agree."""
    if n < 1:
        raise ValueError(f"n is {n}; allowed: 1 or more")
    edges = np.quantile(lengths, np.linspace(0, 1, n + 1)[1:-1]) if len(lengths) else []
    return np.searchsorted(edges, lengths, side="left")


def association(
    present: sparse.csr_matrix, positive: np.ndarray, strata: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(z, log odds ratio) of every pattern, over the 2 x 2 tables of pattern and label in each stratum.

    present: bool [N, P].  positive: bool [N].  strata: int [N].
    z: the Cochran-Mantel-Haenszel statistic before squaring, without continuity correction, positive where
    the pattern goes with `positive`; with one stratum its square is Pearson's chi-square times (N - 1) / N.
    log odds ratio: Mantel-Haenszel's, with half a dialogue added to each cell of a stratum (so it is finite).
    """
    counts = sparse.csc_matrix(present, dtype=float)
    n_patterns = counts.shape[1]
    excess, variance = np.zeros(n_patterns), np.zeros(n_patterns)
    top, bottom = np.zeros(n_patterns), np.zeros(n_patterns)
    for stratum in np.unique(strata):
        here = strata == stratum
        total, plus = here.sum(), (here & positive).sum()
        with_pattern = np.asarray(here @ counts).ravel()
        both = np.asarray((here & positive) @ counts).ravel()
        if total > 1:
            excess += both - with_pattern * plus / total
            variance += (
                with_pattern * (total - with_pattern) * plus * (total - plus) / (total**2 * (total - 1))
            )
        a, b = both + 0.5, with_pattern - both + 0.5
        c, d = plus - both + 0.5, total - plus - (with_pattern - both) + 0.5
        top += a * d / (total + 2)
        bottom += b * c / (total + 2)
    z = np.divide(excess, np.sqrt(variance), out=np.zeros(n_patterns), where=variance > 0)
    return z, np.log(top / bottom) if n_patterns else np.zeros(0)
