"""Wrong answers to the exercises of chapter 1; every check must refuse them."""

WRONG = {
    "ex1": [
        # ignores its input: the learning rate stays
        """def by_rule(lr, D_from, D_to):
    return lr
""",
        # the ratio the wrong way round: longer runs get higher rates
        """def by_rule(lr, D_from, D_to):
    return lr * (D_to / D_from) ** 0.32
""",
        # linear in the logarithm of the ratio, not a power of it
        """def by_rule(lr, D_from, D_to):
    return lr * (1 - 0.32 * np.log10(D_to / D_from))
""",
        # the square root that rules for the batch size use
        """def by_rule(lr, D_from, D_to):
    return lr * (D_from / D_to) ** 0.5
""",
    ],
    "ex2": [
        # the best of the three runs
        """def vertex(lr, loss):
    return lr[int(np.argmin(loss))]
""",
        # ignores the losses
        """def vertex(lr, loss):
    return lr[1]
""",
        # the parabola in the learning rate itself, not in its logarithm
        """def vertex(lr, loss):
    a, b, _ = np.polyfit(lr, loss, 2)
    return -b / (2 * a)
""",
        # the second derivative taken for the coefficient of the square
        """def vertex(lr, loss):
    slope, bend = (loss[2] - loss[0]) / 2, loss[2] + loss[0] - 2 * loss[1]
    return lr[1] * 2 ** (-slope / (2 * bend))
""",
        # octaves taken for factors of e
        """def vertex(lr, loss):
    slope, bend = (loss[2] - loss[0]) / 2, loss[2] + loss[0] - 2 * loss[1]
    return lr[1] * np.exp(-slope / bend)
""",
    ],
    "ex3": [
        # names the two verdicts without looking at the bowls
        """def verdict_on_bowls(bowls, average):
    return "direction only" if average else "not reproduced"
""",
        # averages nothing
        """def verdict_on_bowls(bowls, average):
    rng = np.random.default_rng(0)
    fits = [fit_loss_bowl(t["lr"], t["loss"], seed=t["seed"], n_boot=0, rng=rng) for t in bowls]
    return verdict_on("C5", mean_with_interval([fit.r2 for fit in fits]))
""",
        # always averages
        """def verdict_on_bowls(bowls, average):
    rng = np.random.default_rng(0)
    means = [table.groupby("lr", as_index=False)["loss"].mean() for table in bowls]
    fits = [fit_loss_bowl(mean["lr"], mean["loss"], n_boot=0, rng=rng) for mean in means]
    return verdict_on("C5", mean_with_interval([fit.r2 for fit in fits]))
""",
        # takes one seed for the average
        """def verdict_on_bowls(bowls, average):
    rng = np.random.default_rng(0)
    r2 = []
    for table in bowls:
        if average:
            table = table[table["seed"] == 0]
        r2.append(fit_loss_bowl(table["lr"], table["loss"], seed=table["seed"], n_boot=0, rng=rng).r2)
    return verdict_on("C5", mean_with_interval(r2))
""",
    ],
}
