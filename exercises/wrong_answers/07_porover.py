"""Wrong answers to the exercises of chapter 7; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores its input
        """def break_even(a, b, harmful_share):
    return 1.0
""",
        # ignores how many requests are harmful
        """def break_even(a, b, harmful_share):
    safer, more_useful = a[0] - b[0], b[1] - a[1]
    return more_useful / safer if safer * more_useful > 0 else None
""",
        # the odds the wrong way round
        """def break_even(a, b, harmful_share):
    safer, more_useful = a[0] - b[0], b[1] - a[1]
    if safer * more_useful <= 0:
        return None
    return harmful_share / (1 - harmful_share) * more_useful / safer
""",
        # takes the share for the odds
        """def break_even(a, b, harmful_share):
    safer, more_useful = a[0] - b[0], b[1] - a[1]
    if safer * more_useful <= 0:
        return None
    return more_useful / safer / harmful_share * 0.5
""",
        # a negative price where one system dominates
        """def break_even(a, b, harmful_share):
    safer, more_useful = a[0] - b[0], b[1] - a[1]
    return (1 - harmful_share) / harmful_share * more_useful / safer
""",
    ],
    "ex2": [
        # the share of harmful requests: no draw, no guard
        """def leak_share(harmful, complies, passes_bad, passes_good, n):
    return harmful
""",
        # Bayes' rule for one draw
        """def leak_share(harmful, complies, passes_bad, passes_good, n):
    leaks, good = harmful * complies * passes_bad, (1 - harmful) * passes_good
    return leaks / (leaks + good)
""",
        # n draws give n times the probability
        """def leak_share(harmful, complies, passes_bad, passes_good, n):
    leaks = harmful * min(1.0, n * complies * passes_bad)
    good = (1 - harmful) * min(1.0, n * passes_good)
    return leaks / (leaks + good)
""",
        # the share of all requests, not of pairs
        """def leak_share(harmful, complies, passes_bad, passes_good, n):
    return harmful * (1 - (1 - complies * passes_bad) ** n)
""",
        # every one of the answers must pass
        """def leak_share(harmful, complies, passes_bad, passes_good, n):
    leaks, good = harmful * (complies * passes_bad) ** n, (1 - harmful) * passes_good**n
    return leaks / (leaks + good)
""",
        # one answer complies, and perhaps another one passes
        """def leak_share(harmful, complies, passes_bad, passes_good, n):
    leaks = harmful * (1 - (1 - complies) ** n) * (1 - (1 - passes_bad) ** n)
    good = (1 - harmful) * (1 - (1 - passes_good) ** n)
    return leaks / (leaks + good)
""",
    ],
    "ex3": [
        # ignores its input
        """def true_difference(detected_a, detected_b, n, sensitivity, specificity):
    return 0.3, 0.04
""",
        # no correction: "the bias is the same on both sides and cancels"
        """def true_difference(detected_a, detected_b, n, sensitivity, specificity):
    variance = (detected_a * (1 - detected_a) + detected_b * (1 - detected_b)) / n
    return detected_a - detected_b, np.sqrt(variance)
""",
        # corrects the difference but not its error
        """def true_difference(detected_a, detected_b, n, sensitivity, specificity):
    variance = (detected_a * (1 - detected_a) + detected_b * (1 - detected_b)) / n
    return (detected_a - detected_b) / (sensitivity + specificity - 1), np.sqrt(variance)
""",
        # divides by the mean of the two rates
        """def true_difference(detected_a, detected_b, n, sensitivity, specificity):
    variance = (detected_a * (1 - detected_a) + detected_b * (1 - detected_b)) / n
    slope = (sensitivity + specificity) / 2
    return (detected_a - detected_b) / slope, np.sqrt(variance) / slope
""",
        # the binomial error of the corrected shares, as if they had been counted
        """def true_difference(detected_a, detected_b, n, sensitivity, specificity):
    slope = sensitivity + specificity - 1
    a, b = ((share - 1 + specificity) / slope for share in (detected_a, detected_b))
    return a - b, np.sqrt((a * (1 - a) + b * (1 - b)) / n)
""",
    ],
    "ex4": [
        # the chapter's share, without looking
        """def least_covert_share(overt, covert):
    return 2 / 7
""",
        # the mean must exceed the margin, not the whole interval
        """def least_covert_share(overt, covert):
    for share in np.arange(1001) / 1000:
        if ((1 - share) * overt + share * covert).mean() > -0.02:
            return share
""",
        # the shares change places
        """def least_covert_share(overt, covert):
    for share in np.arange(1001) / 1000:
        mixed = share * overt + (1 - share) * covert
        if verdict_on("C8", t_estimate(mixed, level=LEVEL)) == "reproduced":
            return share
""",
        # mixes the two intervals instead of the values of each seed
        """def least_covert_share(overt, covert):
    lows = [t_estimate(part, level=LEVEL).low for part in (overt, covert)]
    for share in np.arange(1001) / 1000:
        if (1 - share) * lows[0] + share * lows[1] > -0.02:
            return share
    return 1.0
""",
        # asks for an improvement instead of no loss beyond the margin
        """def least_covert_share(overt, covert):
    for share in np.arange(1001) / 1000:
        if t_estimate((1 - share) * overt + share * covert, level=LEVEL).low > 0:
            return share
    return 1.0
""",
    ],
}
