"""Decoders trained with one window and tested with a memory, arm by arm: what chapter 05 runs."""

import copy
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput

from tenfold.lm.decoder import DecoderConfig, initial_parameters
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.sparse_decoder import train_decoder
from tenfold.longcontext.haystack import Haystack, Haystacks
from tenfold.longcontext.knn_attention import KnnAttention
from tenfold.longcontext.majority import FIRST_ANSWER, majority_texts
from tenfold.longcontext.majority import VOCAB as MAJORITY_VOCAB
from tenfold.longcontext.measured import age_bins, ages, answers, head_measures, word_losses
from tenfold.longcontext.settings import KnnSettings

TASKS = ("facts", "majority")
STORED = ("all", "prompt", "foreign")
GROUPS = 8
"""Some measures are reported for this many groups of test texts too."""
PART = 32
"""Texts tested at once."""
LEFT = 8
"""Losses by left context are reported for this many equal parts of the window."""


@dataclass(frozen=True)
class MemoryConfig:
    """One run.  documents: what `documents_config` gives, or None for drawn fillers.

    window: what the model is trained with.  base: the window of the small models; distances are counted in
    it, and texts are tested at 8 of it.  stages: [length, steps] one after the other, each step of `tokens`
    tokens.  arms: name -> {"settings": of `KnnSettings`, "rule": of `chunks`, "stored": "all", "prompt" for
    the first half of the text alone, "foreign" for another text's far part}; the last two have defaults.
    tested: test texts.  tuned: steps of further training, once plainly and once with the memory of the arm
    "memory" on, at as many tokens and the rate tuned_lr; 0 for none.
    """

    task: str
    window: int
    base: int
    stages: list[list[int]]
    lr: float
    arms: dict[str, dict[str, Any]]
    documents: dict[str, str] | None = None
    seed: int = 0
    tested: int = 256
    tuned: int = 0
    tuned_lr: float = 0.001
    layers: int = 2
    d_model: int = 64
    heads: int = 4
    tokens: int = 2048
    knn: dict[str, KnnSettings] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        if self.task not in TASKS or (self.task == "majority" and self.documents):
            raise ValueError(f"task is {self.task!r}; allowed: {', '.join(TASKS)}; documents go with facts")
        for length, steps in self.stages:
            if not (0 < length <= self.tokens and steps > 0):
                raise ValueError(f"stages holds {[length, steps]}; allowed: [1 to {self.tokens}, 1 or more]")
        for name, arm in self.arms.items():
            if set(arm) - {"settings", "rule", "stored"} or arm.get("stored", "all") not in STORED:
                raise ValueError(
                    f"arm {name!r} is {arm}; allowed: settings, rule, stored ({', '.join(STORED)})"
                )
        if self.tuned and "memory" not in self.arms:
            raise ValueError("tuned needs an arm named 'memory'")
        knn = {name: KnnSettings.from_json(arm["settings"]) for name, arm in self.arms.items()}
        object.__setattr__(self, "knn", knn)

    @property
    def length(self) -> int:
        """Tokens of the test texts."""
        return 8 * self.base

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return {name: value for name, value in asdict(self).items() if name != "knn"}

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "MemoryConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls) if f.init}
        if unknown:
            raise ValueError(f"unknown settings of a run with memory: {', '.join(sorted(unknown))}")
        return cls(**config)


def train_with_memory(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train each run and test it in every arm; the metrics, and the training curve.

    configs: `MemoryConfig.to_json()`.  Metrics of facts: "ARM.right.D" and "ARM.loss.D" of the answers whose
    fact stands in the distance D of `age_bins`; "ARM.right.D.g" by group of texts; with documents
    "ARM.words", the loss of the words at the end, "ARM.words.g", and "left.P", that of the bare model by left
    context; and `head_measures`.  Of majority: "ARM.right.N" for texts of N windows.  With `tuned`, "plain"
    and "aware" before ARM for the arms "bare" and "memory" of the two models trained further.
    Raises ValueError, ChangedCorpus, MissingDataPackage.
    """
    results = []
    for config in map(MemoryConfig.from_json, configs):
        model, curve = trained_model(config)
        test = _facts if config.task == "facts" else _majority
        metrics = test(model, config, list(config.arms))
        if config.task == "facts" and "memory" in config.arms:
            metrics |= _heads(model, config)
        if config.tuned:
            for name, further in (("plain", _tune_plainly), ("aware", _tune_with_memory)):
                tuned = further(copy.deepcopy(model), config)
                tested = test(tuned, config, ["bare", "memory"])
                metrics |= {f"{name} {key}": value for key, value in tested.items()}
        results.append({"metrics": metrics, "curve": curve})
    return results


def trained_model(config: MemoryConfig) -> tuple[PreTrainedModel, list[list[float]]]:
    """The model and its training curve.  Runs of one seed start alike and see the same kind of texts."""
    vocab = Haystacks(config.documents).vocab if config.task == "facts" else MAJORITY_VOCAB
    shape = DecoderConfig(
        config.d_model, layers=config.layers, heads=config.heads, vocab=vocab, qk_norm=False
    )
    model = to_hugging_face(initial_parameters(shape, config.seed), shape, context=config.length)
    with torch.no_grad():  # smaller random embeddings are overwritten sooner
        model.get_input_embeddings().weight.mul_(config.d_model**-0.5)
    lengths = [length for length, steps in config.stages for _ in range(steps)]
    batch = _batches(config, torch.Generator().manual_seed(config.seed))
    curve = train_decoder(model, lambda step: batch(lengths[step]), steps=len(lengths), lr=config.lr)
    return model, curve


def _batches(config: MemoryConfig, generator: torch.Generator):
    """A function from a length to the next batch of texts of it, with targets."""
    haystacks = Haystacks(config.documents) if config.task == "facts" else None

    def batch(length: int) -> tuple[Tensor, Tensor]:
        count = config.tokens // length
        if haystacks:
            texts = haystacks.draw(count, length, generator)
            return texts.tokens, texts.targets
        texts = majority_texts(count, length, generator)
        targets = torch.full_like(texts.tokens, -100)
        targets[:, -1] = texts.answers
        return texts.tokens, targets

    return batch


def _tune_plainly(model: PreTrainedModel, config: MemoryConfig) -> PreTrainedModel:
    batch = _batches(config, torch.Generator().manual_seed(2**31 + config.seed))
    train_decoder(model, lambda _: batch(config.window), steps=config.tuned, lr=config.tuned_lr)
    return model


def _tune_with_memory(model: PreTrainedModel, config: MemoryConfig) -> PreTrainedModel:
    batch = _batches(config, torch.Generator().manual_seed(2**31 + config.seed))
    knn = KnnAttention(model, config.knn["memory"])

    def step(_: int) -> tuple[Tensor, Tensor]:
        tokens, targets = batch(4 * config.window)
        return tokens, targets[:, -config.window :]

    train_decoder(_LastWindow(knn), step, steps=config.tuned, lr=config.tuned_lr)
    knn.remove()
    return model


class _LastWindow(nn.Module):
    """A wrapped model as one that gives the logits of a text's last window, the rest read into the memory."""

    def __init__(self, knn: KnnAttention):
        super().__init__()
        self.model, self._knn = knn.model, knn

    def forward(self, tokens: Tensor, use_cache: bool = False) -> CausalLMOutput:
        self._knn.read(tokens)
        return CausalLMOutput(
            logits=self._knn.window_logits(tokens, [tokens.shape[1] - self._knn.settings.window])[:, 0]
        )


def _readings(model: PreTrainedModel, config: MemoryConfig, arms: list[str]):
    """Arms that store the same states: the wrapped model, what is stored, and the arms."""
    groups: dict[tuple, list[str]] = {}
    for name in arms:
        settings, arm = config.knn[name], config.arms[name]
        key = (settings.window, settings.shared, arm.get("rule", "new"), arm.get("stored", "all"))
        groups.setdefault(key, []).append(name)
    for (_, _, rule, stored), names in groups.items():
        layers = {layer for name in names for layer in config.knn[name].layers}
        first = config.knn[names[0]]
        whole = KnnSettings(first.window, layers=tuple(layers), shared=first.shared)
        knn = KnnAttention(model, whole, rule=rule)
        yield knn, stored, names
        knn.remove()


def _store(knn: KnnAttention, tokens: Tensor, stored: str, base: int) -> Tensor:
    """Fill the memory; the tokens to test with, whose far part is another text's where "foreign"."""
    length = tokens.shape[1]
    if stored == "foreign":
        tokens = torch.cat([tokens.roll(1, 0)[:, : length - base], tokens[:, length - base :]], 1)
    if knn.settings.layers:
        knn.read(tokens[:, : length // 2] if stored == "prompt" else tokens)
    return tokens


def _facts(model: PreTrainedModel, config: MemoryConfig, arms: list[str]) -> dict[str, float]:
    made = Haystacks(config.documents, "test")
    texts = made.draw(config.tested, config.length, torch.Generator().manual_seed(2**32))
    right, loss, words, left = ({} for _ in range(4))
    for knn, stored, names in _readings(model, config, arms):
        for part in _parts(texts):
            tokens = _store(knn, part.tokens, stored, config.base)
            for name in names:
                knn.use(config.knn[name])
                found = answers(knn, tokens)
                right.setdefault(name, []).append(found[0].float())
                loss.setdefault(name, []).append(found[1])
                if config.documents:
                    seen = part._replace(tokens=tokens)
                    words.setdefault(name, []).append(word_losses(knn, seen, config.base * 3 // 4))
                    if name == "bare":
                        left.setdefault(name, []).append(word_losses(knn, seen, config.window))
    metrics, age = {}, ages(texts)
    for name in arms:
        rights, losses = torch.cat(right[name]), torch.cat(loss[name])
        for distance, (low, high) in age_bins(config.base).items():
            here = (age > low) & (age <= high)
            metrics[f"{name}.right.{distance}"] = rights[here].mean().item()
            metrics[f"{name}.loss.{distance}"] = losses[here].mean().item()
            for group, (value, taken) in enumerate(
                zip(rights.chunk(GROUPS), here.chunk(GROUPS), strict=True)
            ):
                metrics[f"{name}.right.{distance}.{group}"] = value[taken].mean().item()
        if config.documents:
            metrics[f"{name}.words"] = torch.cat(words[name]).nanmean().item()
            for group, value in enumerate(torch.cat(words[name]).chunk(GROUPS)):
                metrics[f"{name}.words.{group}"] = value.nanmean().item()
    for parts in left.values():
        for part, value in enumerate(torch.cat(parts).chunk(LEFT, dim=1)):
            if not value.isnan().all():  # the last parts hold questions and answers alone
                metrics[f"left.{part}"] = value.nanmean().item()
    return metrics


def _heads(model: PreTrainedModel, config: MemoryConfig) -> dict[str, float]:
    texts = Haystacks(config.documents, "test").draw(
        PART, config.length, torch.Generator().manual_seed(2**32)
    )
    everything = KnnSettings(config.window, layers=tuple(range(config.layers)))
    knn = KnnAttention(model, everything)
    knn.read(texts.tokens)
    measures = head_measures(knn, texts.tokens, (config.window // 4, config.window))
    knn.remove()
    return measures


def _majority(model: PreTrainedModel, config: MemoryConfig, arms: list[str]) -> dict[str, float]:
    metrics = {}
    for windows in (1, 2, 4, 8):
        length = windows * config.base
        generator = torch.Generator().manual_seed(2**32 + length)
        texts = majority_texts(config.tested, length, generator)
        for knn, stored, names in _readings(model, config, arms):
            right = {}
            for tokens, wanted in zip(texts.tokens.split(PART), texts.answers.split(PART), strict=True):
                seen = _store(knn, tokens, stored, config.base)
                start = length - min(knn.settings.window, length)
                for name in names:
                    knn.use(config.knn[name])
                    with torch.no_grad():
                        logits = knn.window_logits(seen, [start], 1)[:, 0, 0, FIRST_ANSWER:]
                    answered = logits.argmax(-1) + FIRST_ANSWER == wanted
                    right.setdefault(name, []).append(answered.float())
            for name, values in right.items():
                metrics[f"{name}.right.{windows}"] = torch.cat(values).mean().item()
    return metrics


def _parts(texts: Haystack) -> list[Haystack]:
    return [Haystack(*part) for part in zip(*(tensor.split(PART) for tensor in texts), strict=True)]
