"""Wrong answers to the exercises of chapter 3; every check must refuse them."""

_FIT = "def context_that_fits(limit_gib, parameters, *, bits, group, layers, kv_heads, head_dim):\n"

WRONG = {
    "ex1": [
        # ignores its input: the context on the model's card
        _FIT
        + """    return 4096
""",
        # forgets the scales, without which 4 bits cannot be read
        _FIT
        + """    left = limit_gib * 2**30 - parameters * bits / 8
    return max(0, int(left // (4 * layers * kv_heads * head_dim)))
""",
        # a GiB taken for a billion bytes
        _FIT
        + """    left = limit_gib * 10**9 - parameters * (bits + 16 / group) / 8
    return max(0, int(left // (4 * layers * kv_heads * head_dim)))
""",
        # keys without values
        _FIT
        + """    left = limit_gib * 2**30 - parameters * (bits + 16 / group) / 8
    return max(0, int(left // (2 * layers * kv_heads * head_dim)))
""",
        # rounds to the nearest token, and below zero
        _FIT
        + """    left = limit_gib * 2**30 - parameters * (bits + 16 / group) / 8
    return round(left / (4 * layers * kv_heads * head_dim))
""",
        # the cache at the bits of the weights
        _FIT
        + """    left = limit_gib * 2**30 - parameters * (bits + 16 / group) / 8
    return max(0, int(left // (2 * layers * kv_heads * head_dim * bits / 8)))
""",
    ],
    "ex2": [
        # ignores the numbers: trusts every table
        """def can_be_mean(scores, printed, score_digits, mean_digits):
    return True
""",
        # forgets that the scores are rounded too
        """def can_be_mean(scores, printed, score_digits, mean_digits):
    return bool(abs(round(float(np.mean(scores)), mean_digits) - printed) < 1e-9)
""",
        # errors of rounding are taken to average out: the room shrinks with the root of the number
        """def can_be_mean(scores, printed, score_digits, mean_digits):
    room = 0.5 * 10**-score_digits / np.sqrt(len(scores)) + 0.5 * 10**-mean_digits
    return bool(abs(np.mean(scores) - printed) <= room + 1e-9)
""",
        # one score's rounding divided by the number of scores
        """def can_be_mean(scores, printed, score_digits, mean_digits):
    room = 0.5 * 10**-score_digits / len(scores) + 0.5 * 10**-mean_digits
    return bool(abs(np.mean(scores) - printed) <= room + 1e-9)
""",
        # the sum's room for the mean: every score adds its own
        """def can_be_mean(scores, printed, score_digits, mean_digits):
    room = 0.5 * len(scores) * 10**-score_digits + 0.5 * 10**-mean_digits
    return bool(abs(np.mean(scores) - printed) <= room + 1e-9)
""",
        # a whole last digit of room, whatever the digits of the scores
        """def can_be_mean(scores, printed, score_digits, mean_digits):
    return bool(abs(np.mean(scores) - printed) <= 10**-mean_digits + 1e-9)
""",
    ],
    "ex3": [
        # ignores bits and groups
        """def rounded(weights, bits, group):
    return weights.copy()
""",
        # one scale for the whole row
        """def rounded(weights, bits, group):
    low, high = weights.min(), weights.max()
    step = (high - low) / (2**bits - 1) if high > low else 1.0
    return low + step * np.round((weights - low) / step)
""",
        # as many steps as levels
        """def rounded(weights, bits, group):
    groups = weights.reshape(-1, group)
    low, high = groups.min(1, keepdims=True), groups.max(1, keepdims=True)
    step = np.where(high > low, (high - low) / 2**bits, 1.0)
    return (low + step * np.round((groups - low) / step)).reshape(weights.shape)
""",
        # cuts off in place of rounding to the nearest level
        """def rounded(weights, bits, group):
    groups = weights.reshape(-1, group)
    low, high = groups.min(1, keepdims=True), groups.max(1, keepdims=True)
    step = np.where(high > low, (high - low) / (2**bits - 1), 1.0)
    return (low + step * np.floor((groups - low) / step)).reshape(weights.shape)
""",
        # levels symmetric about zero, whatever the group holds
        """def rounded(weights, bits, group):
    groups = weights.reshape(-1, group)
    step = 2 * np.abs(groups).max(1, keepdims=True) / (2**bits - 1)
    return (step * (np.floor(groups / step) + 0.5)).reshape(weights.shape)
""",
        # groups across the row: every n-th weight
        """def rounded(weights, bits, group):
    groups = weights.reshape(group, -1).T
    low, high = groups.min(1, keepdims=True), groups.max(1, keepdims=True)
    step = np.where(high > low, (high - low) / (2**bits - 1), 1.0)
    return (low + step * np.round((groups - low) / step)).T.reshape(weights.shape)
""",
    ],
    "ex4": [
        # ignores the text
        """def gain(losses, better, worse, text):
    ours, theirs = losses[better].iloc[:, 0], losses[worse].iloc[:, 0]
    return t_estimate((theirs - ours).dropna(), level=LEVEL)
""",
        # better minus worse: a lower loss is a gain, not a loss
        """def gain(losses, better, worse, text):
    ours, theirs = losses[better][text], losses[worse][text]
    return t_estimate((ours - theirs).dropna(), level=LEVEL)
""",
        # pairs by place in the table, not by seed
        """def gain(losses, better, worse, text):
    ours, theirs = losses[better][text].to_numpy(), losses[worse][text].to_numpy()
    n = min(len(ours), len(theirs))
    return t_estimate(theirs[:n] - ours[:n], level=LEVEL)
""",
        # no pairs: every seed of one against the mean of the other
        """def gain(losses, better, worse, text):
    ours, theirs = losses[better][text], losses[worse][text]
    return t_estimate(theirs - ours.mean(), level=LEVEL)
""",
        # the normal quantile in place of Student's, for three to five seeds
        """def gain(losses, better, worse, text):
    each = (losses[worse][text] - losses[better][text]).dropna()
    half = stats.norm.ppf((1 + LEVEL) / 2) * each.std(ddof=1) / np.sqrt(len(each))
    estimate = t_estimate(each, level=LEVEL)
    return type(estimate)(each.mean(), each.mean() - half, each.mean() + half, level=LEVEL, n=len(each))
""",
        # the spread of the seeds for that of their mean
        """def gain(losses, better, worse, text):
    each = (losses[worse][text] - losses[better][text]).dropna()
    half = stats.t.ppf((1 + LEVEL) / 2, len(each) - 1) * each.std(ddof=1)
    estimate = t_estimate(each, level=LEVEL)
    return type(estimate)(each.mean(), each.mean() - half, each.mean() + half, level=LEVEL, n=len(each))
""",
    ],
}
