"""Wrong answers to the exercises of chapter 5; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores its input: the ratios of one well-known model
        """def memory_over_cache(width, heads, kv_heads, head_dim):
    return 0.5, 16.0
""",
        # keys without values
        """def memory_over_cache(width, heads, kv_heads, head_dim):
    return width / (kv_heads * head_dim), width / (2 * head_dim)
""",
        # a key head for every query head
        """def memory_over_cache(width, heads, kv_heads, head_dim):
    return width / (2 * heads * head_dim), width / (2 * head_dim)
""",
        # searches with queries of a head's width, as if the states were keys
        """def memory_over_cache(width, heads, kv_heads, head_dim):
    return width / (2 * kv_heads * head_dim), 0.5
""",
        # one search for all query heads of a key head
        """def memory_over_cache(width, heads, kv_heads, head_dim):
    return width / (2 * kv_heads * head_dim), kv_heads * width / (2 * heads * head_dim)
""",
        # takes the heads to fill the width exactly
        """def memory_over_cache(width, heads, kv_heads, head_dim):
    return heads / (2 * kv_heads), heads / 2
""",
    ],
    "ex2": [
        # ignores its input: half a window of overlap
        """def encoding(tokens, window, new):
    return 2.0, window // 2
""",
        # the limit of a long text: forgets both ends
        """def encoding(tokens, window, new):
    return window / new, window - new
""",
        # runs the last chunk at full length
        """def encoding(tokens, window, new):
    chunks = 1 + -(-(tokens - window) // new)
    return chunks * window / tokens, window - new
""",
        # one chunk too many where the text ends with a chunk: begins one at every multiple before the end
        """def encoding(tokens, window, new):
    starts = range(0, tokens, new)
    return sum(min(window, tokens - start) for start in starts) / tokens, window - new
""",
        # takes the step for the overlap
        """def encoding(tokens, window, new):
    chunks = 1 + -(-(tokens - window) // new)
    last = tokens - (chunks - 1) * new
    return ((chunks - 1) * window + last) / tokens, new
""",
        # counts the token itself as its own left context
        """def encoding(tokens, window, new):
    chunks = 1 + -(-(tokens - window) // new)
    last = tokens - (chunks - 1) * new
    return ((chunks - 1) * window + last) / tokens, window - new + 1
""",
    ],
    "ex3": [
        # ignores its input: nothing is ever lost
        """def left_out(scores, values, k):
    return 0.0, 0.0
""",
        # keeps the weights of the full softmax: no softmax over the hits
        """def left_out(scores, values, k):
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    hits = np.argsort(scores)[::-1][:k]
    distance = np.linalg.norm(weights @ values - weights[hits] @ values[hits])
    return float(1 - weights[hits].sum()), float(distance)
""",
        # the first k states in place of the k highest
        """def left_out(scores, values, k):
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    of_hits = weights[:k] @ values[:k] / weights[:k].sum()
    return float(weights[k:].sum()), float(np.linalg.norm(weights @ values - of_hits))
""",
        # bare exponentials, which overflow
        """def left_out(scores, values, k):
    weights = np.exp(scores) / np.exp(scores).sum()
    hits = np.argsort(scores)[::-1][:k]
    of_hits = weights[hits] @ values[hits] / weights[hits].sum()
    return float(1 - weights[hits].sum()), float(np.linalg.norm(weights @ values - of_hits))
""",
        # the share of states that is left out for the share of weight
        """def left_out(scores, values, k):
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    hits = np.argsort(scores)[::-1][:k]
    of_hits = weights[hits] @ values[hits] / weights[hits].sum()
    return 1 - k / len(scores), float(np.linalg.norm(weights @ values - of_hits))
""",
        # a plain mean over the hits
        """def left_out(scores, values, k):
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    hits = np.argsort(scores)[::-1][:k]
    return float(1 - weights[hits].sum()), float(np.linalg.norm(weights @ values - values[hits].mean(0)))
""",
    ],
    "ex4": [
        # ignores the arms
        """def gain(table, arm, rival):
    return t_estimate(table.iloc[:, 1] - table.iloc[:, 0], level=LEVEL)
""",
        # rival minus arm
        """def gain(table, arm, rival):
    return t_estimate((table[rival] - table[arm]).dropna(), level=LEVEL)
""",
        # no pairs: every seed against the rival's mean
        """def gain(table, arm, rival):
    return t_estimate(table[arm].dropna() - table[rival].mean(), level=LEVEL)
""",
        # a missing run counts as nothing answered
        """def gain(table, arm, rival):
    return t_estimate(table[arm].fillna(0) - table[rival].fillna(0), level=LEVEL)
""",
        # the share of the possible gain, not the gain
        """def gain(table, arm, rival):
    return t_estimate(((table[arm] - table[rival]) / (1 - table[rival])).dropna(), level=LEVEL)
""",
    ],
}
