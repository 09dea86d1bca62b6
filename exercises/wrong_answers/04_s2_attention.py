"""Wrong answers to the exercises of chapter 4; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores its input: a constant
        """def kept_share(heads, kv_heads, stride, step):
    return 0.5
""",
        # what a query head sees, as if every query head had a key head of its own
        """def kept_share(heads, kv_heads, stride, step):
    return 1 / stride
""",
        # adds the stripes of a group up, though two heads may have the same
        """def kept_share(heads, kv_heads, stride, step):
    return min(1.0, heads // kv_heads / stride)
""",
        # takes all query heads for readers of one key head
        """def kept_share(heads, kv_heads, stride, step):
    return len({h * step % stride for h in range(heads)}) / stride
""",
        # counts the offsets before they wrap around the stride
        """def kept_share(heads, kv_heads, stride, step):
    return min(1.0, len({h * step for h in range(heads // kv_heads)}) / stride)
""",
    ],
    "ex2": [
        # ignores the length: Amdahl's law at the first length
        """def step_gain(share, faster, longer):
    return 1 / (1 - share + share / faster)
""",
        # attention's own speed-up for that of the step
        """def step_gain(share, faster, longer):
    return faster
""",
        # the rest of the step does not grow with the text
        """def step_gain(share, faster, longer):
    attention, rest = share * longer**2, 1 - share
    return (attention + rest) / (attention / faster + rest)
""",
        # the share grows in proportion to the length, without end
        """def step_gain(share, faster, longer):
    grown = min(1.0, share * longer)
    return 1 / (1 - grown + grown / faster)
""",
        # sparse attention is taken to grow in proportion to the length, so that it is ever faster
        """def step_gain(share, faster, longer):
    attention, rest = share * longer**2, (1 - share) * longer
    return (attention + rest) / (share * longer / faster + rest)
""",
    ],
    "ex3": [
        # the mean of the two outputs, whatever their weights
        """def merge(first, second):
    (out_1, log_1), (out_2, log_2) = first, second
    return (out_1 + out_2) / 2, torch.logaddexp(log_1, log_2)
""",
        # the first part alone
        """def merge(first, second):
    return first
""",
        # weights in proportion to the logarithms, not to the sums
        """def merge(first, second):
    (out_1, log_1), (out_2, log_2) = first, second
    weight = (log_1 / (log_1 + log_2))[..., None]
    return weight * out_1 + (1 - weight) * out_2, torch.logaddexp(log_1, log_2)
""",
        # right on paper, overflows for scores in the thousands
        """def merge(first, second):
    (out_1, log_1), (out_2, log_2) = first, second
    sum_1, sum_2 = log_1.exp(), log_2.exp()
    out = (sum_1[..., None] * out_1 + sum_2[..., None] * out_2) / (sum_1 + sum_2)[..., None]
    return out, (sum_1 + sum_2).log()
""",
        # forgets that minus infinity less minus infinity is no number
        """def merge(first, second):
    (out_1, log_1), (out_2, log_2) = first, second
    log_sum = torch.logaddexp(log_1, log_2)
    weight_1, weight_2 = ((log - log_sum).exp()[..., None] for log in (log_1, log_2))
    return weight_1 * out_1 + weight_2 * out_2, log_sum
""",
        # adds the logarithms of the sums, as if they were logarithms of a product
        """def merge(first, second):
    (out_1, log_1), (out_2, log_2) = first, second
    weight = torch.sigmoid((log_1 - log_2).nan_to_num(0.0))[..., None]
    return weight * out_1 + (1 - weight) * out_2, log_1 + log_2
""",
    ],
    "ex4": [
        # ignores its input: the stride that serves the headline
        """def smallest_stride(speedup, time, block, local_blocks):
    return 26
""",
        # takes the stride for the ideal, without window and diagonal
        """def smallest_stride(speedup, time, block, local_blocks):
    stride = int(-(-speedup // 1))
    return stride if stride <= time // block else None
""",
        # counts against the whole square, so that causality alone gives a factor 2
        """def smallest_stride(speedup, time, block, local_blocks):
    n = time // block
    for stride in range(1, n + 1):
        density = S2Pattern(stride, block, local_blocks, stride).density(time)
        if n * n / (density * n * (n + 1) / 2) >= speedup:
            return stride
    return None
""",
        # forgets the window: one local block whatever the pattern
        """def smallest_stride(speedup, time, block, local_blocks):
    for stride in range(1, time // block + 1):
        if 1 / S2Pattern(stride, block, 1, stride).density(time) >= speedup:
            return stride
    return None
""",
        # asks for more than the speed-up
        """def smallest_stride(speedup, time, block, local_blocks):
    for stride in range(1, time // block + 1):
        if 1 / S2Pattern(stride, block, local_blocks, stride).density(time) > speedup + 1:
            return stride
    return None
""",
    ],
}
