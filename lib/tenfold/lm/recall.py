"""Recall of single facts from long context: a task with known truth, and the training of decoders on it.

A fact is one token that holds a key and a value, so that one attention hop from a question (one token that
holds a key) can read the answer: depth is not needed, only sight of the fact's block.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from tenfold.lm.decoder import DecoderConfig
from tenfold.lm.sparse_decoder import masked_logits, sparse_decoder, train_decoder

KEYS, VALUES, FILLERS = 8, 16, 32
FIRST_QUESTION = KEYS * VALUES
FIRST_ANSWER = FIRST_QUESTION + KEYS
FIRST_FILLER = FIRST_ANSWER + VALUES
VOCAB = FIRST_FILLER + FILLERS
CHANCE = 1 / VALUES
QUESTIONS = 8
TAIL = 2 * QUESTIONS
"""Every text ends with its questions, each followed by the answer."""
DEPTHS = 8
RESIDUES = 8


@dataclass(frozen=True)
class RecallTexts:
    """tokens [B, T]; facts [B, QUESTIONS], the position of the fact that each question asks for, in order."""

    tokens: Tensor
    facts: Tensor

    def targets(self) -> Tensor:
        """[B, T]: at every question its answer, elsewhere -100."""
        targets = torch.full_like(self.tokens, -100)
        targets[:, -TAIL::2] = self.tokens[:, -TAIL + 1 :: 2]
        return targets


def recall_texts(count: int, length: int, generator: torch.Generator) -> RecallTexts:
    """`count` texts of `length` tokens: QUESTIONS facts of different keys anywhere among fillers, then TAIL.

    Values are drawn alike and independently, so that nothing but the fact tells the answer.  Raises
    ValueError where the facts do not fit.
    """
    if length < TAIL + QUESTIONS:
        raise ValueError(f"length is {length}; {QUESTIONS} facts and the questions need {TAIL + QUESTIONS}")
    before = length - TAIL

    def draws(n: int) -> Tensor:
        """QUESTIONS different numbers below n, in random order: [count, QUESTIONS]."""
        return torch.rand(count, n, generator=generator).topk(QUESTIONS, dim=1).indices

    facts, keys = draws(before), draws(KEYS)
    values = torch.randint(VALUES, (count, QUESTIONS), generator=generator)
    tokens = FIRST_FILLER + torch.randint(FILLERS, (count, length), generator=generator)
    tokens.scatter_(1, facts, keys * VALUES + values)
    tokens[:, before::2] = FIRST_QUESTION + keys
    tokens[:, before + 1 :: 2] = FIRST_ANSWER + values
    return RecallTexts(tokens, facts)


@dataclass(frozen=True)
class RecallConfig:
    """One run.  attention: arguments of `tenfold.kernels.hugging_face.set_s2`.

    stages: [length, steps] one after the other, each step of `tokens` tokens.  tested: length -> texts.
    far: a fact is far where its block stands that many blocks or more before the questions.
    """

    attention: dict[str, Any]
    layers: int
    lr: float
    stages: list[list[int]]
    tested: dict[str, int]
    seed: int = 0
    d_model: int = 64
    heads: int = 4
    tokens: int = 2048
    far: int = 6

    def __post_init__(self):
        for length, steps in self.stages:
            if not (0 < length <= self.tokens and steps > 0):
                raise ValueError(f"stages holds {[length, steps]}; allowed: [1 to {self.tokens}, 1 or more]")

    @property
    def model(self) -> DecoderConfig:
        return DecoderConfig(self.d_model, layers=self.layers, heads=self.heads, vocab=VOCAB, qk_norm=False)

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "RecallConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        unknown = set(config) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings of a recall run: {', '.join(sorted(unknown))}")
        return cls(**config)


def train_recall(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train each run; per run the share of right answers by length, depth and block, and the training curve.

    configs: `RecallConfig.to_json()`.  Metrics, for every tested length T: "T.near" and "T.far";
    "T.depth.k", of the facts in the k-th of DEPTHS equal parts of the text; "T.far.residue.r", of far facts
    in blocks whose number is r modulo RESIDUES.
    """
    results = []
    for config in configs:
        model, curve = recall_model(RecallConfig.from_json(config))
        results.append({"metrics": tested(model, RecallConfig.from_json(config)), "curve": curve})
    return results


def recall_model(config: RecallConfig) -> tuple[PreTrainedModel, list[list[float]]]:
    """The trained model of a configuration, and its training curve.  Runs of one seed see the same texts."""
    longest = max([length for length, _ in config.stages] + [int(length) for length in config.tested])
    model = sparse_decoder(config.model, config.attention, seed=config.seed, context=longest)
    with (
        torch.no_grad()
    ):  # smaller random embeddings are overwritten sooner: the task is learned in fewer steps
        model.get_input_embeddings().weight.mul_(config.d_model**-0.5)
    batches = _batches(config)

    def batch(step: int) -> tuple[Tensor, Tensor]:
        texts = next(batches)
        return texts.tokens, texts.targets()

    steps = sum(steps for _, steps in config.stages)
    return model, train_decoder(model, batch, steps=steps, lr=config.lr)


def _batches(config: RecallConfig) -> Iterator[RecallTexts]:
    generator = torch.Generator().manual_seed(config.seed)
    for length, steps in config.stages:
        for _ in range(steps):
            yield recall_texts(config.tokens // length, length, generator)


def tested(model: PreTrainedModel, config: RecallConfig) -> dict[str, float]:
    """The metrics of `train_recall`, on texts that are the same for all runs and were not trained on."""
    metrics = {}
    for length, count in ((int(length), count) for length, count in config.tested.items()):
        texts = recall_texts(count, length, torch.Generator().manual_seed(2**32 + length))
        right = answers_right(model, texts)
        block = texts.facts // config.attention["block"]
        far = (length - TAIL) // config.attention["block"] - block >= config.far
        parts = {"near": ~far, "far": far}
        parts |= {f"depth.{k}": texts.facts * DEPTHS // (length - TAIL) == k for k in range(DEPTHS)}
        parts |= {f"far.residue.{r}": far & (block % RESIDUES == r) for r in range(RESIDUES)}
        metrics |= {
            f"{length}.{name}": right[part].float().mean().item()
            for name, part in parts.items()
            if part.any()
        }
    return metrics


def answers_right(model: PreTrainedModel, texts: RecallTexts) -> Tensor:
    """Whether the likeliest answer to each question is right, bool [B, QUESTIONS]."""
    logits = masked_logits(model, texts.tokens)[:, -TAIL::2, FIRST_ANSWER:FIRST_FILLER]
    return logits.argmax(-1) == texts.tokens[:, -TAIL + 1 :: 2] - FIRST_ANSWER
