"""Wrong answers to the exercises of chapter 2; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores floor and share: the exponent of the falling part
        """def local_exponent(p, E, B, beta):
    return beta
""",
        # the falling part at the whole share, wherever one stands
        """def local_exponent(p, E, B, beta):
    return beta * B / (E + B)
""",
        # the floor's part of the loss in place of the rest
        """def local_exponent(p, E, B, beta):
    return beta * E / (E + B * p**-beta)
""",
        # the slope of the loss itself, not of its logarithm
        """def local_exponent(p, E, B, beta):
    return beta * B * p**-beta
""",
        # the mean slope between the share and 1
        """def local_exponent(p, E, B, beta):
    p = np.minimum(p, 1 - 1e-9)
    return (np.log(E + B * p**-beta) - np.log(E + B)) / -np.log(p)
""",
    ],
    "ex2": [
        # ignores the exponents
        """def fair_shares(gamma):
    return np.full(len(gamma), 1 / len(gamma))
""",
        # takes the minimum of the sum for that of the largest
        """def fair_shares(gamma):
    return optimal_shares(gamma, np.ones(len(gamma)))
""",
        # in proportion to the exponents
        """def fair_shares(gamma):
    return gamma / gamma.sum()
""",
        # gives most to the family that gains least from its share
        """def fair_shares(gamma):
    return (1 / gamma) / (1 / gamma).sum()
""",
        # equal marginal losses, the condition of the sum, with the exponent of the loss
        """def fair_shares(gamma):
    raw = gamma ** (1 / gamma)
    return raw / raw.sum()
""",
    ],
    "ex3": [
        # ignores the numbers: five more
        """def seeds_needed(value, half, n, mark, level):
    return None if value == mark else n + 5
""",
        # the interval shrinks with the root of the number, the t quantile stays
        """def seeds_needed(value, half, n, mark, level):
    if value == mark:
        return None
    return max(2, int(np.ceil(n * (half / (value - mark)) ** 2)))
""",
        # the normal quantile for few seeds
        """def seeds_needed(value, half, n, mark, level):
    if value == mark:
        return None
    spread = half * np.sqrt(n) / stats.t.ppf((1 + level) / 2, n - 1)
    return max(2, int(np.ceil((stats.norm.ppf((1 + level) / 2) * spread / (value - mark)) ** 2)))
""",
        # the interval shrinks with the number, not with its root
        """def seeds_needed(value, half, n, mark, level):
    if value == mark:
        return None
    return max(2, int(np.ceil(n * half / abs(value - mark))))
""",
        # a one-sided quantile: the interval's level is missed
        """def seeds_needed(value, half, n, mark, level):
    if value == mark:
        return None
    spread = half * np.sqrt(n) / stats.t.ppf(level, n - 1)
    seeds = 2
    while stats.t.ppf(level, seeds - 1) * spread / np.sqrt(seeds) >= abs(value - mark):
        seeds += 1
    return seeds
""",
        # measures from 0 whatever the mark
        """def seeds_needed(value, half, n, mark, level):
    if value == mark:
        return None
    spread = half * np.sqrt(n) / stats.t.ppf((1 + level) / 2, n - 1)
    seeds = 2
    while stats.t.ppf((1 + level) / 2, seeds - 1) * spread / np.sqrt(seeds) >= abs(value):
        seeds += 1
    return seeds
""",
    ],
    "ex4": [
        # ignores the weights
        """def change(policy, rival, weights):
    ratio = policy.sum(axis=1) / rival.sum(axis=1).loc[policy.index]
    return t_estimate(100 * (ratio - 1), level=LEVEL)
""",
        # the rival over the policy: the sign of the change is turned
        """def change(policy, rival, weights):
    total, rival_total = ((table * pd.Series(weights)).sum(axis=1) for table in (policy, rival))
    return t_estimate(100 * (rival_total / total.loc[rival_total.index] - 1), level=LEVEL)
""",
        # pairs by place, not by seed
        """def change(policy, rival, weights):
    total, rival_total = ((table * pd.Series(weights)).sum(axis=1).to_numpy() for table in (policy, rival))
    return t_estimate(100 * (total / rival_total - 1), level=LEVEL)
""",
        # not paired: each seed against the mean of the rival
        """def change(policy, rival, weights):
    total, rival_total = ((table * pd.Series(weights)).sum(axis=1) for table in (policy, rival))
    return t_estimate(100 * (total / rival_total.mean() - 1), level=LEVEL)
""",
        # families taken for observations: the change of each, weighted, with an interval over families
        """def change(policy, rival, weights):
    each = 100 * (policy.mean() / rival.mean() - 1)
    factor = pd.Series(weights) / np.mean(list(weights.values()))
    return t_estimate(each * factor, level=LEVEL)
""",
    ],
}
