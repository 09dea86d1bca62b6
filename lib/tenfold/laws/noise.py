"""Random errors of estimates whose noise level is itself estimated."""

import numpy as np


def t_noise(roots: np.ndarray, *, freedom: float, n_boot: int, rng: np.random.Generator) -> np.ndarray:
    """[n_boot, p] multivariate t with scale matrix roots.T @ roots; roots: [k, p].

    freedom: degrees of freedom behind the scale; inf gives the normal, 0 gives no rows.
    """
    if freedom == 0:
        return np.empty((0, roots.shape[1]))
    normal = rng.standard_normal((n_boot, len(roots))) @ roots
    return normal if np.isinf(freedom) else normal / np.sqrt(rng.chisquare(freedom, (n_boot, 1)) / freedom)
