"""Wrong answers to the exercises of chapter 8; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores its input
        """def too_large(precision, recall, f1, decimals):
    return False
""",
        # a valid bound, but not the tightest
        """def too_large(precision, recall, f1, decimals):
    half = 0.5 * 10**-decimals
    return f1 - half > (precision + recall) / 2 + half
""",
        # no rounding
        """def too_large(precision, recall, f1, decimals):
    return f1 > 2 * precision * recall / (precision + recall)
""",
        # rounds F1 only
        """def too_large(precision, recall, f1, decimals):
    half = 0.5 * 10**-decimals
    return f1 - half > 2 * precision * recall / (precision + recall)
""",
        # F1 must not exceed the larger of the two: true of every class, and far too loose
        """def too_large(precision, recall, f1, decimals):
    return f1 > max(precision, recall) + 10**-decimals
""",
        # weighted F1 must equal the harmonic mean, as for one class
        """def too_large(precision, recall, f1, decimals):
    return abs(f1 - 2 * precision * recall / (precision + recall)) > 10**-decimals
""",
    ],
    "ex2": [
        # ignores the correlation
        """def folds_interval(values, rho):
    return t_estimate(values, level=LEVEL)
""",
        # adds the correlation to 1 / J: forgets that the sample variance is too small as well
        """def folds_interval(values, rho):
    plain = t_estimate(values, level=LEVEL)
    half = (plain.high - plain.value) * np.sqrt(1 + len(values) * rho)
    return Estimate(plain.value, plain.value - half, plain.value + half, level=LEVEL, n=len(values))
""",
        # the exact variance of the mean, with s squared for sigma squared
        """def folds_interval(values, rho):
    plain = t_estimate(values, level=LEVEL)
    half = (plain.high - plain.value) * np.sqrt(1 + (len(values) - 1) * rho)
    return Estimate(plain.value, plain.value - half, plain.value + half, level=LEVEL, n=len(values))
""",
        # averages the repeats first, and takes ten folds for independent
        """def folds_interval(values, rho):
    if len(values) % 10 or rho == 0:
        return t_estimate(values, level=LEVEL)
    return t_estimate(np.reshape(values, (-1, 10)).mean(axis=0), level=LEVEL)
""",
        # widens the half-width, not its square, by the factor
        """def folds_interval(values, rho):
    plain = t_estimate(values, level=LEVEL)
    half = (plain.high - plain.value) * (1 + len(values) * rho / (1 - rho))
    return Estimate(plain.value, plain.value - half, plain.value + half, level=LEVEL, n=len(values))
""",
    ],
    "ex3": [
        # ignores its input
        """def odds_ratios(tables):
    return 1.6, 0.76
""",
        # the crude one twice
        """def odds_ratios(tables):
    (a, b), (c, d) = np.sum(tables, axis=0)
    return a * d / (b * c), a * d / (b * c)
""",
        # the mean of the strata's odds ratios
        """def odds_ratios(tables):
    (a, b), (c, d) = np.sum(tables, axis=0)
    each = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in tables]
    return a * d / (b * c), np.mean(each)
""",
        # their geometric mean
        """def odds_ratios(tables):
    (a, b), (c, d) = np.sum(tables, axis=0)
    each = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in tables]
    return a * d / (b * c), np.exp(np.mean(np.log(each)))
""",
        # forgets to divide by the size of the stratum
        """def odds_ratios(tables):
    (a, b), (c, d) = np.moveaxis(np.asarray(tables, dtype=float), 0, -1)
    crude = a.sum() * d.sum() / (b.sum() * c.sum())
    return crude, (a * d).sum() / (b * c).sum()
""",
        # shares for odds: the ratio of risks
        """def odds_ratios(tables):
    (a, b), (c, d) = np.moveaxis(np.asarray(tables, dtype=float), 0, -1)
    n = a + b + c + d
    crude = (a.sum() / (a + b).sum()) / (c.sum() / (c + d).sum())
    return crude, (a * (c + d) / n).sum() / (c * (a + b) / n).sum()
""",
    ],
}
