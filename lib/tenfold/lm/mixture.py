"""Training of small decoders on a mixture of language groups, each with a given share of the tokens."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from tenfold.corpora.catalogs import LANGUAGES, load_catalogs
from tenfold.corpora.text import ChangedCorpus
from tenfold.lm.compiled import training_step
from tenfold.lm.data import byte_tokens
from tenfold.lm.decoder import DecoderConfig, decay_mask, initial_parameters, next_token_loss
from tenfold.lm.mixture_windows import MixtureWindows, all_windows, spread
from tenfold.lm.schedule import schedule_factor

COMPILE_FROM = 500
"""Runs of fewer steps are trained uncompiled: compiling costs more than it saves."""
CURVE_POINTS = 16
TEST_CHUNK = 128
PER_RUN = ("lr", "seed", "groups", "shares")


@dataclass(frozen=True)
class MixtureConfig:
    """One run on the translation catalogs, tokens being bytes of UTF-8.

    groups: name -> languages; no language stands in two groups, and none in any group is not trained on.
    shares: name of each group -> its share of the training tokens; they sum to 1, and 0 is allowed. Within a
    group, languages have shares in proportion to their text.
    `warmup` and `final_lr` are shares of the steps and of the peak; the schedule is a cosine.
    test_windows: windows tested of each language, spread evenly over its test text; None for all of them.
    """

    model: DecoderConfig
    corpus: dict[str, str]
    groups: dict[str, list[str]]
    shares: dict[str, float]
    steps: int
    lr: float
    seed: int = 0
    batch: int = 8
    context: int = 64
    warmup: float = 0.05
    final_lr: float = 0.1
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip: float = 1.0
    test_windows: int | None = None

    def __post_init__(self):
        for name in ("steps", "batch", "context"):
            value = getattr(self, name)
            if not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        if not self.lr > 0:
            raise ValueError(f"lr is {self.lr!r}; allowed: a positive number")
        if self.test_windows is not None and self.test_windows < 1:
            raise ValueError(
                f"test_windows is {self.test_windows!r}; allowed: a positive whole number, or None"
            )
        check_groups(self.groups)
        check_shares(self.shares, self.groups)

    @property
    def tokens(self) -> int:
        """The token horizon D."""
        return self.steps * self.batch * self.context

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "MixtureConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings of a mixture: {', '.join(sorted(unknown))}")
        return cls(**config | {"model": DecoderConfig(**config["model"])})


def check_groups(groups: Mapping[str, list[str]]) -> None:
    """Raises ValueError for an unknown language, one in two groups, or an empty group."""
    seen: dict[str, str] = {}
    for group, languages in groups.items():
        if not languages:
            raise ValueError(f"groups: {group!r} has no language")
        for language in languages:
            if language not in LANGUAGES:
                raise ValueError(f"groups: {group!r} has {language!r}; allowed: {', '.join(LANGUAGES)}")
            if language in seen:
                raise ValueError(f"groups: {language!r} stands in {seen[language]!r} and in {group!r}")
            seen[language] = group


def check_shares(shares: Mapping[str, float], groups: Mapping[str, list[str]]) -> None:
    """Raises ValueError unless each group has a share of at least 0 and they sum to 1."""
    if shares.keys() != groups.keys():
        raise ValueError(f"shares are of {', '.join(shares)}; the groups are {', '.join(groups)}")
    for group, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"shares: {group!r} has {share!r}; allowed: 0 to 1")
    total = math.fsum(shares.values())
    if abs(total - 1) > 1e-6:
        raise ValueError(f"shares sum to {total:.6g}; they must sum to 1")


def catalogs_config() -> dict[str, str]:
    """What a run's configuration says of its corpus: name and fingerprint."""
    return {"name": "catalogs", "fingerprint": load_catalogs().fingerprint}


def train_mixtures(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train the runs as one computation; per run the final test loss of every language, and the curve.

    configs: `MixtureConfig.to_json()` of each, equal but for `lr`, `seed`, `groups` and `shares`. Returns for
    each {"metrics": {"loss.de": nats per byte on the test text of German, …}, "curve": [[step, training loss
    on the mixture], …]}; a run that diverged has losses nan. All 23 languages are tested, trained on or not.
    Raises ValueError, ChangedCorpus.
    """
    runs = [MixtureConfig.from_json(config) for config in configs]
    shared = runs[0]
    for name in (f.name for f in fields(MixtureConfig) if f.name not in PER_RUN):
        values = {repr(getattr(run, name)) for run in runs}
        if len(values) > 1:
            raise ValueError(f"runs trained as one computation differ in {name}: {', '.join(sorted(values))}")
    corpus = load_catalogs()
    if shared.corpus != catalogs_config():
        raise ChangedCorpus(
            f"the corpus at hand is {catalogs_config()}, the configuration names {shared.corpus}: the data "
            "packages are not the pinned ones; run make setup"
        )
    train = {language: byte_tokens(text) for language, text in corpus.train.items()}
    windows = [
        MixtureWindows(
            {group: [train[language] for language in run.groups[group]] for group in run.groups},
            run.shares,
            context=run.context,
            batch=run.batch,
            steps=run.steps,
            seed=run.seed,
        )
        for run in runs
    ]
    parameters, curve = _optimise(runs, windows)
    losses = {}
    for language, text in corpus.test.items():
        test = spread(all_windows(byte_tokens(text), shared.context), shared.test_windows)
        losses[language] = _test_loss(parameters, test, shared.model).tolist()
    return [
        {
            "metrics": {f"loss.{language}": losses[language][r] for language in losses},
            "curve": [[step, values[r].item()] for step, values in curve],
        }
        for r in range(len(runs))
    ]


def _optimise(
    runs: list[MixtureConfig], windows: list[MixtureWindows]
) -> tuple[Tensor, list[tuple[int, Tensor]]]:
    """Trained parameters [R, P], and the mean training loss [R] since the last of some steps."""
    shared = runs[0]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parameters = torch.stack([initial_parameters(shared.model, run.seed) for run in runs]).to(device)
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    peak = torch.tensor([[run.lr] for run in runs], device=device)
    decay = shared.weight_decay * decay_mask(shared.model).to(device)
    update = training_step(
        shared.model,
        beta1=shared.beta1,
        beta2=shared.beta2,
        clip=shared.clip,
        fuse=shared.steps >= COMPILE_FROM,
    )
    curve, recent = [], torch.zeros(len(runs), device=device)
    every = max(1, shared.steps // CURVE_POINTS)
    for step in range(shared.steps):
        factor = schedule_factor(
            step, shared.steps, schedule="cosine", warmup=shared.warmup, final=shared.final_lr
        )
        recent += update(
            parameters,
            first,
            second,
            torch.stack([run[step] for run in windows]).to(device),
            peak * factor,
            decay,
            torch.tensor(1 - shared.beta1 ** (step + 1), device=device),
            torch.tensor(1 - shared.beta2 ** (step + 1), device=device),
        )
        if (step + 1) % every == 0:
            curve.append((step + 1, recent / every))
            recent = torch.zeros_like(recent)
    return parameters, curve


@torch.no_grad()
def _test_loss(parameters: Tensor, windows: Tensor, model: DecoderConfig) -> Tensor:
    """Mean loss [R] in nats per byte over windows [W, T + 1]."""
    total = torch.zeros(len(parameters), device=parameters.device)
    for chunk in windows.split(TEST_CHUNK):
        batch = chunk.to(parameters.device).expand(len(parameters), -1, -1)
        total += next_token_loss(parameters, batch, model) * len(chunk)
    return total / len(windows)
