"""Training of a batch of small decoders that differ in learning rate and seed."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from tenfold.corpora.text import load_configured
from tenfold.lm.compiled import training_step
from tenfold.lm.data import TestWindows, TrainingWindows, byte_tokens
from tenfold.lm.decoder import DecoderConfig, decay_mask, initial_parameters, next_token_loss
from tenfold.lm.schedule import SCHEDULES, schedule_factor

COMPILE_FROM = 500
"""Runs of fewer steps are trained uncompiled: compiling costs more than it saves."""
CURVE_POINTS = 24


@dataclass(frozen=True)
class TrainingConfig:
    """One run. Lengths are in tokens (bytes of UTF-8 text), `warmup`, `final_lr`, `decay` are shares."""

    model: DecoderConfig
    corpus: dict[str, str]
    steps: int
    lr: float
    seed: int = 0
    batch: int = 4
    context: int = 64
    schedule: str = "cosine"
    warmup: float = 0.05
    final_lr: float = 0.1
    decay: float = 0.2
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip: float = 1.0
    test_windows: int = 1024

    def __post_init__(self):
        for name in ("steps", "batch", "context", "test_windows"):
            value = getattr(self, name)
            if not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        if not self.lr > 0:
            raise ValueError(f"lr is {self.lr!r}; allowed: a positive number")
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule is {self.schedule!r}; allowed: {', '.join(SCHEDULES)}")

    @property
    def tokens(self) -> int:
        """The token horizon D."""
        return self.steps * self.batch * self.context

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "TrainingConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown training settings: {', '.join(sorted(unknown))}")
        return cls(**config | {"model": DecoderConfig(**config["model"])})


def train_runs(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train the runs as one computation; per run the final test loss and the thinned training curve.

    configs: `TrainingConfig.to_json()` of each, equal but for `lr` and `seed`. Returns for each
    {"metrics": {"loss": nats per byte on the test windows}, "curve": [[step, training loss], …]}; a run
    that diverged has loss nan. Raises ValueError, ChangedCorpus.
    """
    parameters, curve = train_parameters(configs)
    runs = [TrainingConfig.from_json(config) for config in configs]
    loss = test_loss(parameters, runs[0])
    return [
        {"metrics": {"loss": loss[r].item()}, "curve": [[step, values[r].item()] for step, values in curve]}
        for r in range(len(runs))
    ]


def train_parameters(configs: list[dict[str, Any]]) -> tuple[Tensor, list[tuple[int, Tensor]]]:
    """The trained parameters [R, P] of `train_runs`, and the training loss [R] at some steps."""
    runs = [TrainingConfig.from_json(config) for config in configs]
    shared = runs[0]
    for name in (f.name for f in fields(TrainingConfig) if f.name not in ("lr", "seed")):
        values = {repr(getattr(run, name)) for run in runs}
        if len(values) > 1:
            raise ValueError(f"runs trained as one computation differ in {name}: {', '.join(sorted(values))}")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = byte_tokens(load_configured(shared.corpus).train)
    windows = TrainingWindows(
        train,
        context=shared.context,
        batch=shared.batch,
        steps=shared.steps,
        seeds=[run.seed for run in runs],
    )
    parameters = torch.stack([initial_parameters(shared.model, run.seed) for run in runs]).to(device)
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    peak = torch.tensor([[run.lr] for run in runs], device=device)
    decay = shared.weight_decay * decay_mask(shared.model).to(device)
    step_ = training_step(
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
            step,
            shared.steps,
            schedule=shared.schedule,
            warmup=shared.warmup,
            final=shared.final_lr,
            decay=shared.decay,
        )
        loss = step_(
            parameters,
            first,
            second,
            windows[step].to(device),
            peak * factor,
            decay,
            torch.tensor(1 - shared.beta1 ** (step + 1), device=device),
            torch.tensor(1 - shared.beta2 ** (step + 1), device=device),
        )
        recent += loss
        if (step + 1) % every == 0:
            curve.append((step + 1, recent / every))
            recent = torch.zeros_like(recent)
    return parameters, curve


@torch.no_grad()
def test_loss(parameters: Tensor, config: TrainingConfig) -> Tensor:
    """Mean loss [R] in nats per byte on the configuration's fixed test windows."""
    corpus = load_configured(config.corpus)
    windows = TestWindows(byte_tokens(corpus.test), context=config.context, count=config.test_windows)
    losses = [
        next_token_loss(parameters, chunk.to(parameters.device).expand(len(parameters), -1, -1), config.model)
        * len(chunk)
        for chunk in windows.chunks(64)
    ]
    return torch.stack(losses).sum(0) / config.test_windows
