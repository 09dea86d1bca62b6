"""Scaling laws fitted to measured runs, with intervals: power laws, loss bowls, learning-rate horizons."""

from tenfold.laws.bowl import fit_loss_bowl
from tenfold.laws.bowl_result import BowlAsymmetry, LossBowl
from tenfold.laws.chinchilla import Chinchilla, fit_chinchilla
from tenfold.laws.cross_effects import CrossEffects, fit_cross_effects
from tenfold.laws.errors import FitError, FitWarning
from tenfold.laws.lr_horizon import LRHorizon, fit_lr_horizon
from tenfold.laws.lr_joint import LRJoint, fit_lr_joint
from tenfold.laws.mixture_law import MixtureLaw, fit_mixture_law, rival_mixture_laws
from tenfold.laws.optimal_shares import mixture_loss, optimal_shares
from tenfold.laws.power_law import PowerLaw, fit_power_law
from tenfold.laws.result import Fit
from tenfold.laws.share_calculator import LanguageShares, language_shares
from tenfold.laws.transfer import transfer_lr

__all__ = [
    "BowlAsymmetry",
    "Chinchilla",
    "CrossEffects",
    "Fit",
    "FitError",
    "FitWarning",
    "LRHorizon",
    "LRJoint",
    "LanguageShares",
    "LossBowl",
    "MixtureLaw",
    "PowerLaw",
    "fit_chinchilla",
    "fit_cross_effects",
    "fit_loss_bowl",
    "fit_lr_horizon",
    "fit_lr_joint",
    "fit_mixture_law",
    "fit_power_law",
    "language_shares",
    "mixture_loss",
    "optimal_shares",
    "rival_mixture_laws",
    "transfer_lr",
]
