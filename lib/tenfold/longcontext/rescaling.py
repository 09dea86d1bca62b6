"""A decoder trained on short real texts, then quantised, or rescaled to longer ones: runs of chapter 03."""

import copy
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from tenfold.lm.decoder import DecoderConfig, initial_parameters
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.quantization import quantize_model
from tenfold.lm.recall import FIRST_ANSWER, FIRST_FILLER, TAIL
from tenfold.lm.sparse_decoder import masked_logits, train_decoder
from tenfold.longcontext.haystack import Haystack, Haystacks
from tenfold.longcontext.rotary_scaling import METHODS, rescaled

TUNED_METHODS = ("none", "linear", "dynamic", "yarn", "longrope")
SHORT_TEXTS = 4
"""Short test texts for each long one."""


@dataclass(frozen=True)
class RescalingConfig:
    """One run.  documents: what `documents_config` gives.

    stages: [length, steps] one after the other, each step of `tokens` tokens; the longest length is the
    trained context.  tested: long test texts.  quantized: [bits, group], group None for whole rows, which
    the trained model is tested with.  scale: long texts are that many contexts, the trained model is
    rescaled by each of `methods` and tested; by each of `tuned_methods` also before `tuned` further steps on
    long texts at the rate tuned_lr, and tested after them; None for none of it.
    """

    documents: dict[str, str]
    stages: list[list[int]]
    lr: float
    seed: int = 0
    scale: int | None = None
    methods: list[str] = field(default_factory=lambda: list(METHODS))
    tuned_methods: list[str] = field(default_factory=lambda: list(TUNED_METHODS))
    tuned: int = 40
    tuned_lr: float = 0.001
    quantized: list[list[int | None]] = field(default_factory=list)
    tested: int = 128
    layers: int = 2
    d_model: int = 64
    heads: int = 4
    d_ff: int = 192
    tokens: int = 2048

    def __post_init__(self):
        for length, steps in self.stages:
            if not (0 < length <= self.tokens and steps > 0):
                raise ValueError(f"stages holds {[length, steps]}; allowed: [1 to {self.tokens}, 1 or more]")
        if self.scale is not None and not 2 <= self.scale <= self.tokens // self.context:
            raise ValueError(
                f"scale is {self.scale}; allowed: 2 to {self.tokens // self.context}, or None; a step's "
                f"{self.tokens} tokens must hold a text of scale x {self.context}"
            )
        for name in ("methods", "tuned_methods"):
            unknown = set(getattr(self, name)) - set(METHODS)
            if unknown:
                raise ValueError(f"{name} holds {', '.join(sorted(unknown))}; allowed: {', '.join(METHODS)}")

    @property
    def context(self) -> int:
        """Tokens of the longest texts trained on."""
        return max(length for length, _ in self.stages)

    def base(self) -> str:
        """What the trained model depends on; runs that agree in it share the model."""
        shared = ("documents", "stages", "lr", "seed", "layers", "d_model", "heads", "d_ff", "tokens")
        return repr([getattr(self, name) for name in shared])

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "RescalingConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings of a rescaling run: {', '.join(sorted(unknown))}")
        return cls(**config)


def train_rescaled(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train each run's model and measure it; the metrics, and the curve of the first training.

    configs: `RescalingConfig.to_json()`.  Metrics, losses in nats: "ARM.short.words" and "ARM.short.right",
    loss of words and share of answers on texts of the trained context, for the arm "trained" and for
    "qBITS.GROUP" (GROUP "row" for whole rows) of each quantisation, with "ARM.bytes" as stored and
    "ARM.share" of the parameters that are quantised.  With a scale, for each method, "METHOD tuned", and
    "trained more", the tuning on short texts with unchanged positions, the same two; "ARM.long.words", the
    loss of the words in the last context of long texts; "ARM.right.near" and "ARM.right.far", of facts up to
    one context back and beyond; and "ARM.right.D", D/2 to D contexts back.  The arms "trained window" and
    "trained more window" read only the last context of the long texts.
    Raises ValueError, ChangedCorpus, MissingDataPackage.
    """
    trained: dict[str, tuple[PreTrainedModel, list[list[float]]]] = {}
    results = []
    for config in map(RescalingConfig.from_json, configs):
        if config.base() not in trained:
            trained[config.base()] = trained_model(config)
        model, curve = trained[config.base()]
        metrics = {f"trained.short.{name}": value for name, value in _short(model, config).items()}
        metrics |= _quantized(model, config)
        if config.scale is not None:
            metrics |= _rescaled(model, config)
        results.append({"metrics": metrics, "curve": curve})
    return results


def trained_model(config: RescalingConfig) -> tuple[PreTrainedModel, list[list[float]]]:
    """The model trained on short texts, and its training curve."""
    haystacks = Haystacks(config.documents)
    shape = DecoderConfig(
        config.d_model,
        layers=config.layers,
        heads=config.heads,
        d_ff=config.d_ff,
        vocab=haystacks.vocab,
        qk_norm=False,
    )
    model = to_hugging_face(initial_parameters(shape, config.seed), shape, context=config.context)
    with torch.no_grad():  # smaller random embeddings are overwritten sooner
        model.get_input_embeddings().weight.mul_(config.d_model**-0.5)
    lengths = [length for length, steps in config.stages for _ in range(steps)]
    batch = _batches(config, config.seed)
    return model, train_decoder(model, lambda step: batch(lengths[step]), steps=len(lengths), lr=config.lr)


def _batches(config: RescalingConfig, seed: int):
    """A function from a length to the next batch of training texts of it, with targets."""
    haystacks, generator = Haystacks(config.documents), torch.Generator().manual_seed(seed)

    def batch(length: int) -> tuple[Tensor, Tensor]:
        texts = haystacks.draw(config.tokens // length, length, generator)
        return texts.tokens, texts.targets

    return batch


def _tuned(model: PreTrainedModel, config: RescalingConfig, length: int) -> PreTrainedModel:
    """A copy trained further on texts of `length` tokens, the same for all methods."""
    model = copy.deepcopy(model)
    batch = _batches(config, 2**31 + config.seed)
    train_decoder(model, lambda _: batch(length), steps=config.tuned, lr=config.tuned_lr)
    return model


def _quantized(model: PreTrainedModel, config: RescalingConfig) -> dict[str, float]:
    metrics = {}
    for bits, group in config.quantized:
        arm = f"q{bits}.{'row' if group is None else group}"
        made = quantize_model(model, bits=bits, group=group)
        measured = _short(made.model, config)
        metrics |= {f"{arm}.short.{name}": value for name, value in measured.items()}
        metrics |= {f"{arm}.bytes": made.nbytes, f"{arm}.share": made.quantized}
    return metrics


def _rescaled(model: PreTrainedModel, config: RescalingConfig) -> dict[str, float]:
    context = config.context
    long = _test_texts(config, config.scale * context)
    more = _tuned(model, config, context)
    metrics = {f"trained more.short.{name}": value for name, value in _short(more, config).items()}
    for name, reader in (("trained", model), ("trained more", more)):
        metrics |= _long(reader, long, f"{name} window", config, last=context)
    for method in config.methods:
        metrics |= _both_lengths(model, method, long, method, config)
    for method in config.tuned_methods:
        arm = rescaled(model, method, config.scale, context=context)
        tuned = _tuned(arm, config, config.scale * context)
        metrics |= _both_lengths(tuned, method, long, f"{method} tuned", config)
    return metrics


def _both_lengths(
    model: PreTrainedModel, method: str, long: Haystack, name: str, config: RescalingConfig
) -> dict[str, float]:
    """Measures of the model rescaled by the method, on short and on long texts."""
    # Each length has a copy of its own, since dynamic factors stay as the longest text left them.
    short, wide = (rescaled(model, method, config.scale, context=config.context) for _ in range(2))
    measured = {f"{name}.short.{key}": value for key, value in _short(short, config).items()}
    return measured | _long(wide, long, name, config, last=config.scale * config.context)


def _test_texts(config: RescalingConfig, length: int) -> Haystack:
    """Test texts of `length` tokens, the same for all runs."""
    count = config.tested * (SHORT_TEXTS if length == config.context else 1)
    haystacks = Haystacks(config.documents, "test")
    return haystacks.draw(count, length, torch.Generator().manual_seed(2**32 + length))


def _short(model: PreTrainedModel, config: RescalingConfig) -> dict[str, float]:
    texts = _test_texts(config, config.context)
    logits = masked_logits(model, texts.tokens, chunk=64)
    return {"words": _word_loss(logits, texts.targets), "right": _right(logits, texts).mean().item()}


def _long(
    model: PreTrainedModel, texts: Haystack, name: str, config: RescalingConfig, *, last: int
) -> dict[str, float]:
    """Measures of long texts, of which the model reads the last `last` tokens."""
    with torch.no_grad():
        logits = torch.cat([
            model(part, use_cache=False, logits_to_keep=config.context).logits
            for part in texts.tokens[:, -last:].split(16)
        ])  # fmt: skip
    right = _right(logits, texts)
    ages = (texts.tokens.shape[1] - texts.facts) / config.context
    bins = {"near": ages <= 1, "far": ages > 1}
    bins |= {str(d): (ages > d / 2) & (ages <= d) for d in (2**k for k in range(1, 8)) if d <= config.scale}
    metrics = {f"{name}.right.{key}": right[here].mean().item() for key, here in bins.items()}
    return metrics | {f"{name}.long.words": _word_loss(logits, texts.targets[:, -config.context :])}


def _word_loss(logits: Tensor, targets: Tensor) -> float:
    words = targets >= FIRST_FILLER
    return F.cross_entropy(logits[words], targets[words]).item()


def _right(logits: Tensor, texts: Haystack) -> Tensor:
    """Whether the likeliest answer to each question is right, float [B, QUESTIONS]."""
    answered = logits[:, -TAIL::2, FIRST_ANSWER:FIRST_FILLER].argmax(-1) + FIRST_ANSWER
    return (answered == texts.tokens[:, -TAIL + 1 :: 2]).float()
