"""Loss of one language family against model size, data and the family's share of the mixture."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from tenfold.laws.additive_fit import check_delta, fit_additive
from tenfold.laws.additive_law import AdditiveLaw
from tenfold.laws.checks import check_n_boot, positive_vector
from tenfold.laws.result import quantile_interval

Form = Literal["joint", "effective data", "constant"]
RIVALS: tuple[Form, ...] = ("effective data", "constant")


@dataclass(frozen=True, kw_only=True)
class MixtureLaw(AdditiveLaw):
    """L of one family at share p; gamma is 0, without draws, in the forms that have none.

    "joint": L = (E + A N^-alpha + B D^-beta) p^-gamma (He et al. 2024, arXiv:2410.12883).
    "effective data": L = E + A N^-alpha + B (p D)^-beta, the family's own data count and nothing else does.
    "constant": L = E + A N^-alpha + B D^-beta, shares do not matter.
    """

    form: Form
    gamma: float

    @property
    def n_parameters(self) -> int:
        """Parameters of the law, without the noise."""
        return len(self.columns)

    @property
    def aic(self) -> float:
        """Akaike's criterion of normal residuals of log L, 2 (n_parameters + 1) - 2 log likelihood.

        Exact for a fit with delta=inf, which maximises that likelihood; a little too large for others.
        Compare laws of the same points only.
        """
        variance = self.scatter**2 * (self.n_points - self.n_parameters) / self.n_points
        return self.n_points * (math.log(2 * math.pi * variance) + 1) + 2 * (self.n_parameters + 1)

    def predict(self, N: ArrayLike, D: ArrayLike, p: ArrayLike) -> np.ndarray:
        """L at `N`, `D` and share `p`.  Raises ValueError for a share outside (0, 1]."""
        p = _shares(p)
        return self._sum(N, _data(self.form, D, p)) * p**-self.gamma

    def predict_interval(
        self, N: ArrayLike, D: ArrayLike, p: ArrayLike, level: float = 0.90
    ) -> tuple[np.ndarray, np.ndarray]:
        """Interval of `predict`, point by point."""
        p = _shares(p)
        losses = self._sum_draws(N, _data(self.form, D, p))
        if "gamma" in self.columns:
            losses = losses * p[..., None] ** -self.draw("gamma")
        return quantile_interval(np.moveaxis(losses, -1, 0), level)


def fit_mixture_law(
    N: ArrayLike,
    D: ArrayLike,
    p: ArrayLike,
    L: ArrayLike,
    *,
    form: Form = "joint",
    delta: float = 1e-3,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> MixtureLaw:
    """Fits one family's law as `fit_chinchilla` does, all parameters at once.

    N, D, p, L: [n], parameters, training tokens of all families together, the family's share in (0, 1], its
    loss.  form: see `MixtureLaw`.  delta, n_boot and the draws: see `fit_chinchilla`.
    Raises ValueError for bad input, FitError when the points cannot determine the law: it takes three N,
    three D (three p D under "effective data"), for "joint" two p, and as many different points as parameters.
    """
    return _fit_form(form, N, D, p, L, delta=delta, n_boot=n_boot, rng=rng)


def rival_mixture_laws(
    N: ArrayLike,
    D: ArrayLike,
    p: ArrayLike,
    L: ArrayLike,
    *,
    delta: float = 1e-3,
    n_boot: int = 2000,
    rng: np.random.Generator,
) -> dict[Form, MixtureLaw]:
    """The rivals of the joint law, by form, fitted to the same points; arguments as in `fit_mixture_law`."""
    laws: dict[Form, MixtureLaw] = {}
    for form in RIVALS:
        laws[form] = _fit_form(form, N, D, p, L, delta=delta, n_boot=n_boot, rng=rng)
    return laws


def _fit_form(
    form: Form,
    N: ArrayLike,
    D: ArrayLike,
    p: ArrayLike,
    L: ArrayLike,
    *,
    delta: float,
    n_boot: int,
    rng: np.random.Generator,
) -> MixtureLaw:
    if form not in get_args(Form):
        raise ValueError(f"form is {form!r}: choose from {', '.join(map(repr, get_args(Form)))}")
    check_n_boot(n_boot)
    check_delta(delta)
    N = positive_vector("N", N)
    D, L = positive_vector("D", D, like=N), positive_vector("L", L, like=N)
    p = positive_vector("p", _shares(p), like=N)
    fields = fit_additive(
        N,
        _data(form, D, p),
        L,
        p=p if form == "joint" else None,
        names=("N", "(p D)" if form == "effective data" else "D"),
        delta=delta,
        n_boot=n_boot,
        rng=rng,
        stacklevel=4,
    )
    return MixtureLaw(**{"form": form, "gamma": 0.0} | fields)


def _data(form: Form, D: ArrayLike, p: np.ndarray) -> np.ndarray:
    """The tokens that the law of this form counts."""
    return p * np.asarray(D) if form == "effective data" else np.asarray(D)


def _shares(p: ArrayLike) -> np.ndarray:
    shares = np.asarray(p, dtype=np.float64)
    outside = ~((shares > 0) & (shares <= 1))
    if outside.any():
        at = tuple(np.argwhere(outside)[0])
        where, value = f"p[{', '.join(map(str, at))}]" if at else "p", shares[at]
        zero = "; share 0 has infinite loss under the power law: leave such runs out" if value == 0 else ""
        raise ValueError(f"{where} is {value:g}: give shares of the training tokens, in (0, 1]{zero}")
    return shares
