"""Bootstrap refits of Chinchilla's law beside a loop over scipy, written to results/laws.{json,md}.

The loop takes each resample in turn to scipy.optimize.minimize, started at the fit of all points: once with
scipy's own finite differences, once with a gradient written by hand. A round times all in turn, the loop on
a few resamples, since each takes as long as any other. The costs that both reach are compared on these.
"""

import os
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from scipy.optimize import minimize
from side_by_side import (
    command_line,
    conditions,
    cpu_seconds,
    growth,
    growth_table,
    ranged,
    ratios,
    said,
    spread,
    write,
)

from tenfold.laws import fit_chinchilla
from tenfold.laws.additive_curve import AdditiveCurve
from tenfold.laws.additive_fit import fit_bounds
from tenfold.laws.huber_refit import huber_cost, refit_additive

REFITS, AIM = 4000, 50
SIZES, HORIZONS = 10, 25  # of models, of data: 250 points
LOOPED = 12  # resamples that the loop refits in a round
DELTAS = {"Huber, 1e-3": 1e-3, "least squares": np.inf}
REFITS_GROWN = (250, 500, 1000, 2000, 4000, 8000)
HORIZONS_GROWN = (4, 8, 16, 32, 64, 128)


def points(horizons: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """N, D and a loss with the noise that the book's own runs have."""
    axes = np.meshgrid(np.geomspace(1e6, 1e9, SIZES), np.geomspace(1e8, 1e11, horizons))
    N, D = (axis.ravel() for axis in axes)
    noise = np.random.default_rng(seed).normal(0, 0.004, len(N))
    return N, D, (1.69 + 406.4 * N**-0.34 + 410.7 * D**-0.28) * np.exp(noise)


WHY = (
    "Refits are independent, so their number counts once. Points count for less while they are few: a step "
    "has calls and a small linear system to solve, which do not depend on them."
)


class Problem:
    """The refits of one data set: what the library's refit and the loop both start from."""

    def __init__(self, horizons: int, delta: float, refits: int) -> None:
        N, D, L = points(horizons)
        fit = fit_chinchilla(N, D, L, delta=delta, n_boot=0, rng=np.random.default_rng(0))
        self.u, self.v, self.log_y, self.delta = np.log(N / N.min()), np.log(D / D.min()), np.log(L), delta
        self.curve = AdditiveCurve(self.u, self.v)
        self.low, self.high = fit_bounds(self.curve, self.log_y)
        powers = (fit.log_A - fit.alpha * np.log(N.min()), fit.log_B - fit.beta * np.log(D.min()))
        self.start = np.array([np.log(fit.E), powers[0], fit.alpha, powers[1], fit.beta])
        share = np.full(len(L), 1 / len(L))
        rng = np.random.default_rng(1)
        self.counts = rng.multinomial(len(L), share, size=refits).astype(np.float64)

    def together(self) -> np.ndarray:
        """The library's refits; the cost of each."""
        settings = {"start": self.start, "low": self.low, "high": self.high, "delta": self.delta}
        _, costs, settled = refit_additive(self.counts, self.log_y, self.curve, **settings, damping=0.02)
        if not settled.all():
            raise ArithmeticError(f"{(~settled).sum()} refits did not converge: nothing to compare with")
        return costs

    def one(self, count: np.ndarray, *, gradient: bool) -> float:
        """One refit by scipy; its cost."""
        rows = np.repeat(np.arange(len(count)), count.astype(int))
        u, v, log_y, delta = self.u[rows], self.v[rows], self.log_y[rows], self.delta

        def cost(theta: np.ndarray) -> float | tuple[float, np.ndarray]:
            floor, a, b = np.exp(theta[0]), np.exp(theta[1] - theta[2] * u), np.exp(theta[3] - theta[4] * v)
            total = floor + a + b
            residuals = log_y - np.log(total)
            value = huber_cost(residuals, delta).sum()
            if not gradient:
                return value
            pull = -np.clip(residuals, -delta, delta) / total
            slopes = (pull * floor, pull * a, -pull * a * u, pull * b, -pull * b * v)
            return value, np.array([slope.sum() for slope in slopes])

        return minimize(cost, self.start, jac=gradient or None, method="BFGS").fun


def measure(delta: float, rounds: int) -> dict:
    problem = Problem(HORIZONS, delta, REFITS)
    reached: dict[str, np.ndarray] = {}

    def loop(name: str, number: int, gradient: bool) -> Callable[[], None]:
        counts = problem.counts[number * LOOPED : (number + 1) * LOOPED]

        def work() -> None:
            reached[name] = np.array([problem.one(count, gradient=gradient) for count in counts])

        return work

    rows, excess = [], {"loop": [], "loop with gradient": []}
    for number in range(rounds):
        row = {"ours": cpu_seconds(lambda: reached.update(ours=problem.together())) / REFITS}
        for name in excess:
            seconds = cpu_seconds(loop(name, number, name != "loop"))
            row[name] = seconds / LOOPED
            own = reached["ours"][number * LOOPED : (number + 1) * LOOPED]
            excess[name] += (reached[name] / own - 1).tolist()
        rows.append(row)
        print({name: f"{seconds * 1e6:.0f} us" for name, seconds in row.items()}, flush=True)
    return {
        "points": len(problem.log_y),
        "seconds_a_refit": {name: spread([row[name] for row in rows]) for name in rows[0]},
        "times_ours": {name: ratios(rows, name, "ours") for name in excess},
        "cost_above_ours": {name: {"least": min(some), "most": max(some)} for name, some in excess.items()},
    }


def grown(sizes: tuple[int, ...], problem: Callable[[int], Problem], rounds: int) -> dict:
    problems = [problem(size) for size in sizes]
    return growth(sizes, [[cpu_seconds(each.together) for each in problems] for _ in range(rounds)])


def table(results: dict) -> list[str]:
    lines = [
        "# Refits of a scaling law",
        "",
        said(results, "numpy", "scipy"),
        "",
        f"{REFITS:,} bootstrap refits of Chinchilla's law. Loop: scipy.optimize.minimize on one resample "
        "after the other, by BFGS from the fit of all points, with finite differences or with a gradient "
        f"written by hand, timed on {LOOPED} resamples a round. CPU time, one thread. Cost above ours: by "
        "how much of it the loop's minimum lies above the one found here. "
        f"The aim is {AIM} times the loop.",
        "",
        "| Loss | Points | Ours, µs a refit | Loop to ours | With gradient to ours | Cost above ours |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in results["losses"].items():
        excess = row["cost_above_ours"]
        ends = min(some["least"] for some in excess.values()), max(some["most"] for some in excess.values())
        ours = {key: value * 1e6 for key, value in row["seconds_a_refit"]["ours"].items()}
        loop, with_gradient = (ranged(some, ".0f") for some in row["times_ours"].values())
        lines.append(
            f"| {name} | {row['points']} | {ranged(ours, ',.0f')} | {loop} | {with_gradient} "
            f"| {ends[0]:.0e} to {ends[1]:.0e} |"
        )
    grown = {
        "refits": ("refits", results["growth"]["refits"]),
        "points": ("points", results["growth"]["points"]),
    }
    return [*lines, "", *growth_table(grown), "", WHY]


def main() -> None:
    arguments = command_line(__doc__, rounds=5)
    before = os.getloadavg()[0]
    losses = {name: measure(delta, arguments.rounds) for name, delta in DELTAS.items()}
    refits = grown(REFITS_GROWN, lambda refits: Problem(HORIZONS, 1e-3, refits), arguments.rounds)
    horizons = grown(HORIZONS_GROWN, lambda horizons: Problem(horizons, 1e-3, 1000), arguments.rounds)
    horizons["sizes"] = [SIZES * size for size in HORIZONS_GROWN]
    horizons["linear"] = [SIZES * size for size in horizons["linear"]]
    results = conditions("numpy", "scipy", rounds=arguments.rounds, load_before=before)
    results |= {"refits": REFITS, "aim": AIM, "losses": losses}
    results["growth"] = {"refits": refits, "points": horizons}
    write("laws", results, table(results), arguments.out)


if __name__ == "__main__":
    main()
