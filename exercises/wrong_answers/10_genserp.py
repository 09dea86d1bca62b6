"""Wrong answers to the exercises of chapter 10; every check must refuse them."""

WRONG = {
    "ex1": [
        # keeps the order of the input
        """def best_order(g, heights, patience):
    return list(range(len(g)))
""",
        # the most relevant first
        """def best_order(g, heights, patience):
    return np.lexsort((heights, -np.asarray(g))).tolist()
""",
        # the most relevance for each line
        """def best_order(g, heights, patience):
    return np.argsort(-np.asarray(g) / np.asarray(heights)).tolist()
""",
        # the shortest first: what is left for the others, as if the item itself did not count
        """def best_order(g, heights, patience):
    return np.lexsort((-np.asarray(g), np.asarray(heights))).tolist()
""",
        # relevance over the chance to be tired, without the chance to be satisfied
        """def best_order(g, heights, patience):
    g, heights = np.asarray(g, dtype=float), np.asarray(heights, dtype=float)
    return np.argsort(-g / (1 - patience**heights)).tolist()
""",
    ],
    "ex2": [
        # ignores its input
        """def of_the_chosen(n, spread, noise):
    return 0.28, 0.14
""",
        # noise of mean 0 averages out
        """def of_the_chosen(n, spread, noise):
    return spread * mean_largest(n), 0.0
""",
        # the largest worth and the largest noise, as if one page had both
        """def of_the_chosen(n, spread, noise):
    return spread * mean_largest(n), noise * mean_largest(n)
""",
        # shares in proportion to the standard deviations
        """def of_the_chosen(n, spread, noise):
    judged = np.hypot(spread, noise) * mean_largest(n)
    return spread / (spread + noise) * judged, noise / (spread + noise) * judged
""",
        # the two change places
        """def of_the_chosen(n, spread, noise):
    judged = np.hypot(spread, noise) * mean_largest(n)
    believed = spread**2 / (spread**2 + noise**2)
    return (1 - believed) * judged, believed * judged
""",
    ],
    "ex3": [
        # ignores its input
        """def gain(ours, theirs, classes):
    return Estimate(-0.05, -0.064, -0.036, level=LEVEL, n=240)
""",
        # forgets the classes
        """def gain(ours, theirs, classes):
    return t_estimate(np.asarray(ours) - np.asarray(theirs), level=LEVEL)
""",
        # forgets the pairs
        """def gain(ours, theirs, classes):
    ours, theirs, classes = np.asarray(ours), np.asarray(theirs), np.asarray(classes)
    variance = 0.0
    for side in (ours, theirs):
        for name in np.unique(classes):
            group = side[classes == name]
            variance += len(group) * group.var(ddof=1) / len(ours) ** 2
    mean, reach = (ours - theirs).mean(), 1.96 * np.sqrt(variance)
    return Estimate(mean, mean - reach, mean + reach, level=LEVEL, n=len(ours))
""",
        # every class counts alike, whatever its size; and four classes are the observations
        """def gain(ours, theirs, classes):
    difference, classes = np.asarray(ours) - np.asarray(theirs), np.asarray(classes)
    return t_estimate([difference[classes == name].mean() for name in np.unique(classes)], level=LEVEL)
""",
        # the difference the wrong way round
        """def gain(ours, theirs, classes):
    difference, classes = np.asarray(theirs) - np.asarray(ours), np.asarray(classes)
    groups = [difference[classes == name] for name in np.unique(classes)]
    reach = 1.959964 * np.sqrt(sum(len(g) * g.var(ddof=1) for g in groups)) / len(difference)
    mean = difference.mean()
    return Estimate(mean, mean - reach, mean + reach, level=LEVEL, n=len(difference))
""",
    ],
    "ex4": [
        # ignores the budget
        """def best_blind(costs, worths, budget):
    return max(worths)
""",
        # no mixes
        """def best_blind(costs, worths, budget):
    return max(value for price, value in zip(costs, worths) if price <= budget)
""",
        # mixes the two nearest choices, and spends all
        """def best_blind(costs, worths, budget):
    order = np.argsort(costs)
    return float(np.interp(budget, np.asarray(costs)[order], np.asarray(worths)[order]))
""",
        # mixes the cheapest and the most expensive only
        """def best_blind(costs, worths, budget):
    ends = [int(np.argmin(costs)), int(np.argmax(costs))]
    return float(np.interp(budget, np.asarray(costs)[ends], np.asarray(worths)[ends]))
""",
        # spends the whole budget, with any two choices
        """def best_blind(costs, worths, budget):
    choices = list(zip(costs, worths))
    reached = [worths[int(np.argmax(costs))]] if budget >= max(costs) else []
    for low, a in choices:
        for high, b in choices:
            if low <= budget < high:
                reached.append(a + (b - a) * (budget - low) / (high - low))
    return max(reached)
""",
    ],
}
