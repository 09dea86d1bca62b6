"""How well scores agree with ratings: AUC, rank correlation, the same with length held constant, F1."""

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import f1_score


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """Probability that a positive case scores above a negative one, ties as a half; nan without both."""
    plus, minus = int(positive.sum()), int((~positive).sum())
    if not plus or not minus:
        return float("nan")
    return float((rankdata(scores)[positive].sum() - plus * (plus + 1) / 2) / (plus * minus))


def auc_within(positive: np.ndarray, scores: np.ndarray, strata: np.ndarray) -> float:
    """The AUC of cases of one stratum, averaged by their pairs; nan where no stratum has both."""
    total, weight = 0.0, 0
    for stratum in np.unique(strata):
        here = strata == stratum
        pairs = int(positive[here].sum()) * int((~positive[here]).sum())
        if pairs:
            total, weight = total + pairs * auc(positive[here], scores[here]), weight + pairs
    return total / weight if weight else float("nan")


def rank_correlation(scores: np.ndarray, target: np.ndarray, given: np.ndarray | None = None) -> float:
    """Spearman's, 0 where one of them is constant.

    given: [N, C]; the ranks of scores and target are then taken less what a linear regression on the ranks of
    these tells (partial rank correlation).
    """
    ranks = [rankdata(scores), rankdata(target)]
    if given is not None:
        design = np.column_stack([np.ones(len(target)), *(rankdata(column) for column in given.T)])
        ranks = [values - design @ np.linalg.lstsq(design, values, rcond=None)[0] for values in ranks]
    x, y = (values - values.mean() for values in ranks)
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale > 1e-6 * len(target) ** 2 else 0.0


def f1_scores(positive: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """F1 as the mean of both classes, and weighted by their size; 0 for a class that is never right."""
    return {
        f"{average}_f1": float(f1_score(positive, said, average=average, zero_division=0))
        for average in ("macro", "weighted")
    }
