"""Wrong answers to the exercises of chapter 6; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores the pairs: the pull at the start of DPO
        """def pull(loss, policy, reference, lengths, beta, gamma=0.0):
    return np.full(policy.shape[1], beta / 2)
""",
        # the sign in the logistic function: a pair that is learned would pull more
        """def pull(loss, policy, reference, lengths, beta, gamma=0.0):
    ratio = policy if loss == "simpo" else policy - reference
    scale = np.ones_like(ratio) if loss == "dpo" else 1 / lengths
    u = beta * (ratio[0] * scale[0] - ratio[1] * scale[1]) - (gamma if loss == "simpo" else 0.0)
    return beta * scale[0] / (1 + np.exp(-u))
""",
        # forgets that the mean's derivative holds 1 / length
        """def pull(loss, policy, reference, lengths, beta, gamma=0.0):
    ratio = policy if loss == "simpo" else policy - reference
    scale = np.ones_like(ratio) if loss == "dpo" else 1 / lengths
    u = beta * (ratio[0] * scale[0] - ratio[1] * scale[1]) - (gamma if loss == "simpo" else 0.0)
    return beta / (1 + np.exp(u))
""",
        # normalises the margin by the mean length of the two answers
        """def pull(loss, policy, reference, lengths, beta, gamma=0.0):
    ratio = policy if loss == "simpo" else policy - reference
    scale = 1.0 if loss == "dpo" else 1 / lengths.mean(axis=0)
    u = beta * (ratio[0] - ratio[1]) * scale - (gamma if loss == "simpo" else 0.0)
    return beta * scale / (1 + np.exp(u))
""",
        # SimPO with a reference
        """def pull(loss, policy, reference, lengths, beta, gamma=0.0):
    ratio = policy - reference
    scale = np.ones_like(ratio) if loss == "dpo" else 1 / lengths
    u = beta * (ratio[0] * scale[0] - ratio[1] * scale[1]) - (gamma if loss == "simpo" else 0.0)
    return beta * scale[0] / (1 + np.exp(u))
""",
        # the margin with the wrong sign
        """def pull(loss, policy, reference, lengths, beta, gamma=0.0):
    ratio = policy if loss == "simpo" else policy - reference
    scale = np.ones_like(ratio) if loss == "dpo" else 1 / lengths
    u = beta * (ratio[0] * scale[0] - ratio[1] * scale[1]) + (gamma if loss == "simpo" else 0.0)
    return beta * scale[0] / (1 + np.exp(u))
""",
    ],
    "ex2": [
        # ignores k: the best of all
        """def expected_best(scores, k):
    return max(scores)
""",
        # draws with replacement
        """def expected_best(scores, k):
    ranked, n = np.sort(scores), len(scores)
    chances = [((i + 1) / n) ** k - (i / n) ** k for i in range(n)]
    return float(np.dot(chances, ranked))
""",
        # the quantile at which the best of k lies on average
        """def expected_best(scores, k):
    return float(np.quantile(scores, k / (k + 1)))
""",
        # the mean of the k best
        """def expected_best(scores, k):
    return float(np.mean(np.sort(scores)[-k:]))
""",
        # the first k settings as they come
        """def expected_best(scores, k):
    return float(np.max(np.asarray(scores)[:k]))
""",
    ],
    "ex3": [
        # names the answer without looking at the tables
        """def by_grid(dpo, ln_dpo):
    choices = [some for n in (1, 2, 3) for some in combinations(RATES, n)]
    return {rates: "not reproduced" if rates == RATES[:2] else "inconclusive" for rates in choices}
""",
        # the difference the wrong way round
        """def by_grid(dpo, ln_dpo):
    verdicts = {}
    for rates in [some for n in (1, 2, 3) for some in combinations(RATES, n)]:
        d, l = (
            table.quantile(0.75, axis=1) - table.quantile(0.25, axis=1)
            for table in (dpo.loc[:, list(rates)], ln_dpo.loc[:, list(rates)])
        )
        verdicts[rates] = verdict_on("C3", t_estimate(l - d, level=LEVEL))
    return verdicts
""",
        # the range over seeds for each setting, not over settings for each seed
        """def by_grid(dpo, ln_dpo):
    verdicts = {}
    for rates in [some for n in (1, 2, 3) for some in combinations(RATES, n)]:
        d, l = (
            (table.quantile(0.75) - table.quantile(0.25)).to_numpy()
            for table in (dpo.loc[:, list(rates)], ln_dpo.loc[:, list(rates)])
        )
        verdicts[rates] = verdict_on("C3", t_estimate(d - l, level=LEVEL))
    return verdicts
""",
        # standard deviation for interquartile range
        """def by_grid(dpo, ln_dpo):
    verdicts = {}
    for rates in [some for n in (1, 2, 3) for some in combinations(RATES, n)]:
        d, l = (table.loc[:, list(rates)].std(axis=1) for table in (dpo, ln_dpo))
        verdicts[rates] = verdict_on("C3", t_estimate(d - l, level=LEVEL))
    return verdicts
""",
        # judges the whole grid seven times
        """def by_grid(dpo, ln_dpo):
    d, l = (table.quantile(0.75, axis=1) - table.quantile(0.25, axis=1) for table in (dpo, ln_dpo))
    word = verdict_on("C3", t_estimate(d - l, level=LEVEL))
    return {some: word for n in (1, 2, 3) for some in combinations(RATES, n)}
""",
    ],
    "ex4": [
        # ignores its input
        """def two_intervals(differences):
    return t_estimate(np.arange(60.0), level=LEVEL), t_estimate(np.arange(5.0), level=LEVEL)
""",
        # the interval of runs twice
        """def two_intervals(differences):
    of_runs = t_estimate(np.ravel(differences), level=LEVEL)
    return of_runs, of_runs
""",
        # averages over seeds: settings taken for observations
        """def two_intervals(differences):
    of_settings = t_estimate(np.mean(differences, axis=0), level=LEVEL)
    return t_estimate(np.ravel(differences), level=LEVEL), of_settings
""",
        # one setting of each seed
        """def two_intervals(differences):
    return t_estimate(np.ravel(differences), level=LEVEL), t_estimate(differences[:, 0], level=LEVEL)
""",
        # the two intervals change places
        """def two_intervals(differences):
    of_seeds = t_estimate(np.mean(differences, axis=1), level=LEVEL)
    return of_seeds, t_estimate(np.ravel(differences), level=LEVEL)
""",
    ],
}
