"""Training of small decoders on selected text, and their probes: runs of chapter 03."""

import math
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from tenfold.corpora.text import ChangedCorpus
from tenfold.lm.compiled import training_step
from tenfold.lm.data import byte_tokens
from tenfold.lm.decoder import DecoderConfig, decay_mask, decoder_logits, initial_parameters, next_token_loss
from tenfold.lm.quality_data import SEPARATOR, TEXTS, quality_data_config, selected
from tenfold.lm.quality_probes import TEXTS as PROBE_TEXTS
from tenfold.lm.quality_probes import Choice, all_choices, probe_passages, probes_config
from tenfold.lm.schedule import schedule_factor

CURVE_POINTS = 16
CHUNK = 100
PER_RUN = ("phases", "seed")


@dataclass(frozen=True)
class QualityConfig:
    """One run; tokens are bytes of UTF-8.  data, probes: what `quality_data_config` and `probes_config` give.

    phases: one after the other, each {training text: its share of all windows of the run}; the shares of all
    phases sum to 1. Within a phase windows are shuffled. Which windows of a text a run sees depends on the
    text and the seed alone, so that phases and one shuffled phase train on the same windows.
    tested: passages of each probe text. items: cloze items of each text.
    """

    model: DecoderConfig
    data: dict[str, str]
    probes: dict[str, str]
    phases: list[dict[str, float]]
    lr: float
    steps: int
    seed: int = 0
    batch: int = 16
    context: int = 128
    tested: int = 40
    items: int = 200
    warmup: float = 0.05
    final_lr: float = 0.1
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip: float = 1.0

    def __post_init__(self):
        for name in ("steps", "batch", "context", "tested", "items"):
            value = getattr(self, name)
            if not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        names = [text for phase in self.phases for text in phase]
        if unknown := set(names) - set(TEXTS):
            raise ValueError(f"phases name {', '.join(sorted(unknown))}; allowed: {', '.join(TEXTS)}")
        total = math.fsum(share for phase in self.phases for share in phase.values())
        if len(set(names)) < len(names) or abs(total - 1) > 1e-6:
            raise ValueError(
                f"phases are {self.phases}; allowed: each text once, shares that sum to 1, not {total:.6g}"
            )

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "QualityConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings of a run: {', '.join(sorted(unknown))}")
        return cls(**config | {"model": DecoderConfig(**config["model"])})


def train_quality(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train the runs as one computation; per run the probes' metrics, and the curve of the training loss.

    configs: `QualityConfig.to_json()` of each, equal but for `phases` and `seed`. Metrics: "loss.TEXT" in
    nats per byte, "cloze.TEXT" and "reasoning.KIND" as the share answered, "reasoning" as the mean of its
    kinds, and the same names after "margin.": by how many nats the right ending leads the mean of the others.
    Questions come with their mirrors, so what a model thinks of an ending without its prompt cancels there.
    Raises ValueError, ChangedCorpus.
    """
    runs = [QualityConfig.from_json(config) for config in configs]
    shared = runs[0]
    for name in (f.name for f in fields(QualityConfig) if f.name not in PER_RUN):
        values = {repr(getattr(run, name)) for run in runs}
        if len(values) > 1:
            raise ValueError(f"runs trained as one computation differ in {name}: {', '.join(sorted(values))}")
    at_hand = (quality_data_config(), probes_config(shared.tested, shared.items))
    if (shared.data, shared.probes) != at_hand:
        raise ChangedCorpus(
            f"the texts at hand are {at_hand}, the configuration names {(shared.data, shared.probes)}: "
            "the data packages are not the pinned ones; run make setup"
        )
    parameters, curve = _optimise(runs, torch.stack([run_windows(run) for run in runs], 1))
    metrics = _losses(parameters, shared) | _answers(parameters, shared)
    return [
        {
            "metrics": {name: values[r].item() for name, values in metrics.items()},
            "curve": [[step, values[r].item()] for step, values in curve],
        }
        for r in range(len(runs))
    ]


def windows(passages: list[str], context: int) -> Tensor:
    """Passages as one text, cut into windows of bytes [W, context + 1] that overlap by one."""
    return byte_tokens(SEPARATOR.join(passages).encode()).unfold(0, context + 1, context)


def run_windows(run: QualityConfig) -> Tensor:
    """The windows of a run in order, [steps * batch, context + 1]."""
    total = run.steps * run.batch
    ends, order = 0.0, []
    for phase in run.phases:
        drawn = []
        for text, share in phase.items():
            start, ends = ends, ends + share
            drawn.append(_drawn(text, round(ends * total) - round(start * total), run))
        together = torch.cat(drawn)
        generator = torch.Generator().manual_seed(run.seed)
        order.append(together[torch.randperm(len(together), generator=generator)])
    return torch.cat(order)


def _drawn(text: str, count: int, run: QualityConfig) -> Tensor:
    """`count` windows of a text, each once before any comes again."""
    passages = [passage.text for passage in selected(text, run.seed)]
    generator = torch.Generator().manual_seed(run.seed)
    shuffled = [passages[at] for at in torch.randperm(len(passages), generator=generator)]
    cut = windows(shuffled, run.context)
    rounds = math.ceil(count / len(cut))
    order = torch.cat([torch.randperm(len(cut), generator=generator) for _ in range(rounds)])
    return cut[order[:count]]


def _optimise(runs: list[QualityConfig], tokens: Tensor) -> tuple[Tensor, list[tuple[int, Tensor]]]:
    """Trained parameters [R, P], and the mean training loss [R] since the last of some steps."""
    shared = runs[0]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parameters = torch.stack([initial_parameters(shared.model, run.seed) for run in runs]).to(device)
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    decay = shared.weight_decay * decay_mask(shared.model).to(device)
    update = training_step(
        shared.model,
        beta1=shared.beta1,
        beta2=shared.beta2,
        clip=shared.clip,
        fuse=False,  # at these sizes compiling costs more than it saves
    )
    curve, recent = [], torch.zeros(len(runs), device=device)
    every = max(1, shared.steps // CURVE_POINTS)
    for step in range(shared.steps):
        factor = schedule_factor(
            step, shared.steps, schedule="cosine", warmup=shared.warmup, final=shared.final_lr
        )
        batch = tokens[step * shared.batch : (step + 1) * shared.batch].transpose(0, 1)
        recent += update(
            parameters,
            first,
            second,
            batch.to(device).long(),
            torch.full((len(runs), 1), shared.lr * factor, device=device),
            decay,
            torch.tensor(1 - shared.beta1 ** (step + 1), device=device),
            torch.tensor(1 - shared.beta2 ** (step + 1), device=device),
        )
        if (step + 1) % every == 0:
            curve.append((step + 1, recent / every))
            recent = torch.zeros_like(recent)
    return parameters, curve


@torch.no_grad()
def _losses(parameters: Tensor, run: QualityConfig) -> dict[str, Tensor]:
    """By "loss.TEXT", [R]: nats per byte."""
    losses = {}
    for text in PROBE_TEXTS:
        test = windows([p.text for p in probe_passages(text)[: run.tested]], run.context).long()
        total = torch.zeros(len(parameters), device=parameters.device)
        for chunk in test.split(CHUNK):
            batch = chunk.to(parameters.device).expand(len(parameters), -1, -1)
            total += next_token_loss(parameters, batch, run.model) * len(chunk)
        losses[f"loss.{text}"] = total / len(test)
    return losses


def _answers(parameters: Tensor, run: QualityConfig) -> dict[str, Tensor]:
    """Of each kind of item, [R]: the share whose right ending is the likeliest, and its mean lead."""
    by_kind = defaultdict(list)
    for choice in all_choices(run.items):
        by_kind[choice.kind].append(choice)
    answers = {}
    for kind, choices in by_kind.items():
        scores = ending_scores(parameters, choices, run)
        answers[kind] = (scores.argmax(-1) == 0).float().mean(-1)
        answers[f"margin.{kind}"] = (scores[..., 0] - scores[..., 1:].mean(-1)).mean(-1)
    for measure in ("", "margin."):
        kinds = [values for kind, values in answers.items() if kind.startswith(f"{measure}reasoning.")]
        answers[f"{measure}reasoning"] = torch.stack(kinds).mean(0)
    return answers


@torch.no_grad()
def ending_scores(parameters: Tensor, choices: list[Choice], run: QualityConfig) -> Tensor:
    """Log-probability of each ending after its prompt, [R, items, endings].

    A prompt keeps its last bytes, so that prompt and ending fit the context; the model starts at its second.
    """
    rows, spans = [], []
    for choice in choices:
        prompt = ("\n" + choice.prompt).encode()
        for ending in choice.endings:
            tail = ending.encode()
            row = (prompt + tail)[-(run.context + 1) :]
            spans.append((len(row) - len(tail), len(row)))
            rows.append(row + b"\n" * (run.context + 1 - len(row)))
    tokens = torch.stack([byte_tokens(row) for row in rows]).long()
    inside = torch.zeros(len(rows), run.context, dtype=torch.bool)
    for row, (start, end) in zip(inside, spans, strict=True):
        row[start - 1 : end - 1] = True
    length = max(end for _, end in spans)
    scores = []
    for chunk, mask in zip(
        tokens[:, :length].split(CHUNK), inside[:, : length - 1].split(CHUNK), strict=True
    ):
        batch = chunk.to(parameters.device).expand(len(parameters), -1, -1)
        logits = decoder_logits(parameters, batch[..., :-1], run.model).log_softmax(-1)
        taken = logits.gather(-1, batch[..., 1:, None])[..., 0]
        scores.append((taken * mask.to(parameters.device)).sum(-1))
    return torch.cat(scores, -1).unflatten(-1, (len(choices), -1))
