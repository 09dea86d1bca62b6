"""Training of small decoders with S2-Attention on real text, in windows that lie inside one document."""

from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from tenfold.corpora.text import load_configured
from tenfold.lm.data import byte_tokens
from tenfold.lm.decoder import DecoderConfig
from tenfold.lm.sparse_decoder import cached_logits, impose, masked_logits, sparse_decoder, train_decoder

PARTS = 8
"""The loss is reported for this many equal parts of the window too."""


@dataclass(frozen=True)
class SparseTextConfig:
    """One run; tokens are bytes of UTF-8.  attention: arguments of `tenfold.kernels.hugging_face.set_s2`.

    imposed: name -> an attention that the trained model is tested with as well.  test_windows: spread evenly
    over the test text.  decoded: of these, so many are decoded from a cache too.
    """

    model: DecoderConfig
    attention: dict[str, Any]
    corpus: dict[str, str]
    steps: int
    lr: float
    imposed: dict[str, dict[str, Any]]
    seed: int = 0
    batch: int = 4
    context: int = 512
    test_windows: int = 256
    decoded: int = 4

    def __post_init__(self):
        for name in ("steps", "batch", "context", "test_windows", "decoded"):
            value = getattr(self, name)
            if not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        if self.context % PARTS:
            raise ValueError(f"context is {self.context}; allowed: a multiple of {PARTS}")

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "SparseTextConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings of a run on text: {', '.join(sorted(unknown))}")
        return cls(**config | {"model": DecoderConfig(**config["model"])})


def train_sparse_text(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train each run; per run its test losses in nats per byte, and the training curve.

    configs: `SparseTextConfig.to_json()`.  Metrics: "loss"; "loss.part.k", on the k-th of PARTS equal parts
    of the window; "imposed.NAME", under another attention; "cache_gap", the largest difference of a logit
    between token-by-token decoding from a cache that drops dead blocks and one masked forward pass;
    "logit_scale", the largest logit; "cache_bytes" for each text at the end.  Raises ValueError,
    ChangedCorpus.
    """
    results = []
    for config in configs:
        run = SparseTextConfig.from_json(config)
        model, curve = sparse_text_model(run)
        results.append({"metrics": _tested(model, run), "curve": curve})
    return results


def sparse_text_model(config: SparseTextConfig) -> tuple[PreTrainedModel, list[list[float]]]:
    """The trained model and its training curve.  Runs of one seed see the same text in the same order."""
    windows = _windows(config, "train")
    if config.steps * config.batch > len(windows):
        raise ValueError(
            f"{config.steps} steps of batch {config.batch} need {config.steps * config.batch} windows of "
            f"{config.context} tokens inside one document; the training text has {len(windows)}"
        )
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(config.seed))

    def batch(step: int) -> tuple[Tensor, Tensor]:
        taken = windows[order[step * config.batch : (step + 1) * config.batch]].long()
        return taken[:, :-1], taken[:, 1:]

    model = sparse_decoder(config.model, config.attention, seed=config.seed, context=config.context)
    return model, train_decoder(model, batch, steps=config.steps, lr=config.lr)


def test_windows(config: SparseTextConfig) -> Tensor:
    """The windows that every run of this corpus is tested on, [test_windows, context + 1]."""
    windows = _windows(config, "test")
    if config.test_windows > len(windows):
        raise ValueError(f"test_windows is {config.test_windows}; the test text has {len(windows)}")
    return windows[torch.arange(config.test_windows) * len(windows) // config.test_windows].long()


test_windows.__test__ = False  # not a test case, whatever pytest makes of the name


def document_windows(text: bytes, context: int) -> Tensor:
    """Windows [W, context + 1], uint8, each inside one document; what a document has left over is left out.

    Documents are separated by an empty line.
    """
    documents = (byte_tokens(document) for document in text.split(b"\n\n") if len(document) > context)
    return torch.cat([document.unfold(0, context + 1, context) for document in documents])


@cache
def _cached_windows(name: str, fingerprint: str, part: str, context: int) -> Tensor:
    corpus = load_configured({"name": name, "fingerprint": fingerprint})
    return document_windows(getattr(corpus, part), context)


def _windows(config: SparseTextConfig, part: str) -> Tensor:
    return _cached_windows(config.corpus["name"], config.corpus["fingerprint"], part, config.context)


def _tested(model: PreTrainedModel, config: SparseTextConfig) -> dict[str, float]:
    windows = test_windows(config)
    losses = _losses(model, windows)
    metrics = {"loss": losses.mean().item()}
    metrics |= {f"loss.part.{k}": part.mean().item() for k, part in enumerate(losses.chunk(PARTS, dim=1))}
    texts = windows[: config.decoded, :-1]
    whole = masked_logits(model, texts)
    decoded, live_bytes = cached_logits(model, texts, prefill=config.context // PARTS)
    metrics |= {
        "cache_gap": (decoded - whole).abs().max().item(),
        "logit_scale": whole.abs().max().item(),
        "cache_bytes": live_bytes / config.decoded,
    }
    for name, attention in config.imposed.items():
        impose(model, attention)
        metrics[f"imposed.{name}"] = _losses(model, windows).mean().item()
    return metrics


def _losses(model: PreTrainedModel, windows: Tensor) -> Tensor:
    """Loss of every predicted byte, [W, context]."""
    parts = [
        F.cross_entropy(masked_logits(model, part[:, :-1]).mT, part[:, 1:], reduction="none")
        for part in windows.split(16)
    ]
    return torch.cat(parts)
