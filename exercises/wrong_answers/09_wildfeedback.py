"""Wrong answers to the exercises of chapter 9; every check must refuse them."""

WRONG = {
    "ex1": [
        # takes what is heard for what is
        """def true_share(heard, speaks, recall):
    return heard
""",
        # the ratio the wrong way round
        """def true_share(heard, speaks, recall):
    odds = heard / (1 - heard) * (speaks[0] * recall[0]) / (speaks[1] * recall[1])
    return odds / (1 + odds)
""",
        # scales the share instead of the odds
        """def true_share(heard, speaks, recall):
    return min(1.0, heard * (speaks[1] * recall[1]) / (speaks[0] * recall[0]))
""",
        # corrects for silence and takes the detector for perfect
        """def true_share(heard, speaks, recall):
    odds = heard / (1 - heard) * speaks[1] / speaks[0]
    return odds / (1 + odds)
""",
        # corrects for the detector only
        """def true_share(heard, speaks, recall):
    odds = heard / (1 - heard) * recall[1] / recall[0]
    return odds / (1 + odds)
""",
    ],
    "ex2": [
        # ignores its input
        """def kappa(prevalence, sensitivity, specificity):
    return 0.69
""",
        # accuracy
        """def kappa(prevalence, sensitivity, specificity):
    return prevalence * sensitivity + (1 - prevalence) * specificity
""",
        # chance is a fair coin
        """def kappa(prevalence, sensitivity, specificity):
    agree = prevalence * sensitivity + (1 - prevalence) * specificity
    return (agree - 0.5) / 0.5
""",
        # Youden's index, which does not depend on the prevalence
        """def kappa(prevalence, sensitivity, specificity):
    return sensitivity + specificity - 1
""",
        # both raters guess with the true prevalence
        """def kappa(prevalence, sensitivity, specificity):
    agree = prevalence * sensitivity + (1 - prevalence) * specificity
    chance = prevalence**2 + (1 - prevalence) ** 2
    return (agree - chance) / (1 - chance)
""",
    ],
    "ex3": [
        # ignores what changed: independent rates
        """def paired(first, second, n, changed):
    gain = first - second
    reach = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt((first * (1 - first) + second * (1 - second)) / n)
    return Estimate(100 * gain, 100 * (gain - reach), 100 * (gain + reach), level=LEVEL, n=n)
""",
        # the mean square for the variance
        """def paired(first, second, n, changed):
    gain = first - second
    reach = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(changed / n)
    return Estimate(100 * gain, 100 * (gain - reach), 100 * (gain + reach), level=LEVEL, n=n)
""",
        # the error of the share that changed
        """def paired(first, second, n, changed):
    gain = first - second
    reach = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(changed * (1 - changed) / n)
    return Estimate(100 * gain, 100 * (gain - reach), 100 * (gain + reach), level=LEVEL, n=n)
""",
        # counts the changed examples only as observations
        """def paired(first, second, n, changed):
    gain = first - second
    reach = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt((changed - gain**2) / (n * changed))
    return Estimate(100 * gain, 100 * (gain - reach), 100 * (gain + reach), level=LEVEL, n=n)
""",
        # a fixed interval that gives the wanted verdict
        """def paired(first, second, n, changed):
    return Estimate(5.3, 2.0, 8.6, level=LEVEL, n=n)
""",
    ],
    "ex4": [
        # ignores its input
        """def trained(chosen, rejected, steps, lr):
    return np.array([4.5, 1.1, 3.6, 1.9])
""",
        # every pair keeps the weight of the first step
        """def trained(chosen, rejected, steps, lr):
    return steps * lr * (chosen - rejected).mean(axis=0) / 2
""",
        # rewards what chosen answers have, whether or not rejected ones have it too
        """def trained(chosen, rejected, steps, lr):
    w = np.zeros(chosen.shape[1])
    for _ in range(steps):
        still_wrong = 1 / (1 + np.exp((chosen - rejected) @ w))
        w = w + lr * (still_wrong[:, None] * chosen).mean(axis=0)
    return w
""",
        # the sign in the logistic function: pairs that are learnt pull more and more
        """def trained(chosen, rejected, steps, lr):
    difference, w = chosen - rejected, np.zeros(chosen.shape[1])
    for _ in range(steps):
        w = w + lr * ((1 / (1 + np.exp(-difference @ w)))[:, None] * difference).mean(axis=0)
    return w
""",
        # climbs the loss
        """def trained(chosen, rejected, steps, lr):
    difference, w = chosen - rejected, np.zeros(chosen.shape[1])
    for _ in range(steps):
        w = w - lr * ((1 / (1 + np.exp(difference @ w)))[:, None] * difference).mean(axis=0)
    return w
""",
    ],
}
