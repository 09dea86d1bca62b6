"""One run in the assistant world: a supervised policy, preference training through TRL, what it became."""

import functools
import tempfile
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig

from tenfold.preference.assistant_pairs import Pairs, preference_pairs
from tenfold.preference.assistant_policy import padded, sample_answers, supervised_policy, token_kl
from tenfold.preference.assistant_world import (
    END,
    FAMILIAR,
    SHIFTED,
    WORDS,
    count_fillers,
    draw_prompts,
    reward,
)
from tenfold.preference.gradients import gradient_weights
from tenfold.preference.logprobs import model_completion_logprobs
from tenfold.preference.registry import REFERENCE_FREE, loss_by_name
from tenfold.preference.trainer import PreferenceTrainer

TESTS = {"familiar": (FAMILIAR, 3), "shifted": (SHIFTED, 1)}
"""Test prompts by name: their kind, and what their number is divided by."""
WEAK_SHARE = 0.15
"""A weak reference has had this share of the supervised steps; its learning rate too fell to 0."""
PER_TOKEN = frozenset({"ln_dpo", "simpo"})
PAIRWISE = frozenset({"dpo", "rdpo", "robust_dpo"}) | PER_TOKEN
"""Losses whose gradient weight is one factor a pair; in those of PER_TOKEN it is divided by the length."""
MEASURED_PAIRS = 512


@dataclass(frozen=True)
class AssistantConfig:
    """One run. Equal seeds give the same supervised policy, pairs, order of pairs and test prompts.

    length_bias, equal_length: as in `preference_pairs`.  reference: "supervised", or "weak", a policy that
    has had less training.  pairs: different ones; `steps` batches go through them as often as it takes.
    test_prompts: shifted ones; of familiar ones there are a third as many.
    """

    loss: str
    beta: float
    lr: float
    seed: int
    arguments: dict[str, float] = field(default_factory=dict)
    length_bias: float = 0.2
    equal_length: bool = False
    reference: str = "supervised"
    pairs: int = 1600
    steps: int = 100
    batch: int = 16
    supervised_steps: int = 1000
    test_prompts: int = 300

    def __post_init__(self) -> None:
        loss_by_name(self.loss)
        for name in ("pairs", "steps", "batch", "supervised_steps", "test_prompts"):
            value = getattr(self, name)
            if not (isinstance(value, int) and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        if self.reference not in ("supervised", "weak"):
            raise ValueError(f"reference is {self.reference!r}; allowed: 'supervised', 'weak'")

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)


def train_assistants(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train and measure the runs of these configurations, one after the other.

    Metrics, for "familiar" and "shifted" test prompts: mean score (reward), gain in score over the
    supervised policy's answers, win share against them (a tie counts half), mean length in tokens, words of
    phrases, share of answers without end, KL to the supervised policy in nats an answer and a token; all on
    one answer a prompt, drawn at temperature 1.  On training pairs: mean log-ratio to the supervised policy
    of chosen and of rejected answers, and the correlation of a pair's gradient weight with its length.
    Raises ValueError.
    """
    return [{"metrics": _run(AssistantConfig(**config)), "curve": []} for config in configs]


def measure_supervised(config: AssistantConfig) -> dict[str, float]:
    """The metrics of the policy before preference training, without those that need a loss."""
    return _answers_metrics(config, _supervised(config.seed, config.supervised_steps))


@functools.cache
def _supervised(seed: int, steps: int) -> LlamaForCausalLM:
    return supervised_policy(seed, steps=steps)


@functools.cache
def _pairs(data: tuple[int, int, int, float, bool]) -> Pairs:
    seed, supervised_steps, n, length_bias, equal_length = data
    policy = _supervised(seed, supervised_steps)
    return preference_pairs(policy, n, length_bias=length_bias, equal_length=equal_length, seed=seed)


@functools.cache
def _reference_logprobs(data: tuple[int, int, int, float, bool], steps: int) -> Tensor:
    """Log-probs [2, N] of the pairs' answers under the policy after `steps` of supervised training."""
    return _logprobs(_supervised(data[0], steps), _pairs(data))


def _run(config: AssistantConfig) -> dict[str, float]:
    data = (config.seed, config.supervised_steps, config.pairs, config.length_bias, config.equal_length)
    weak = config.reference == "weak"
    steps = round(WEAK_SHARE * config.supervised_steps) if weak else config.supervised_steps
    reference = None if config.loss in REFERENCE_FREE else _reference_logprobs(data, steps)
    policy = _trained(config, _pairs(data), reference)
    supervised = _reference_logprobs(data, config.supervised_steps)
    return _answers_metrics(config, policy) | _pairs_metrics(
        config, policy, _pairs(data), supervised, reference
    )


def _trained(config: AssistantConfig, pairs: Pairs, reference: Tensor | None) -> LlamaForCausalLM:
    """The supervised policy after preference training through TRL."""
    columns: dict[str, Any] = {
        "prompt_ids": pairs.prompts,
        "chosen_ids": pairs.chosen,
        "rejected_ids": pairs.rejected,
    }
    if reference is not None:
        chosen, rejected = reference.tolist()
        columns |= {"ref_chosen_logps": chosen, "ref_rejected_logps": rejected}
    with torch.random.fork_rng(devices=()), tempfile.TemporaryDirectory() as folder:
        policy = _copy(_supervised(config.seed, config.supervised_steps))
        arguments = DPOConfig(
            output_dir=folder,
            beta=config.beta,
            learning_rate=config.lr,
            lr_scheduler_type="cosine",
            warmup_steps=config.steps // 10,
            max_steps=config.steps,
            per_device_train_batch_size=config.batch,
            seed=config.seed,
            precompute_ref_log_probs=True,
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            dataloader_pin_memory=False,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        trainer = PreferenceTrainer(
            policy,
            args=arguments,
            loss=config.loss,
            loss_arguments=config.arguments,
            train_dataset=Dataset.from_dict(columns),
            processing_class=_tokenizer(),
        )
        trainer.train()
    return policy.eval()


def _copy(policy: LlamaForCausalLM) -> LlamaForCausalLM:
    copy = LlamaForCausalLM(policy.config)
    copy.load_state_dict(policy.state_dict())
    return copy


@functools.cache
def _tokenizer() -> PreTrainedTokenizerFast:
    """The world's words as a tokenizer, which TRL asks for and, given token ids, does not use."""
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token=WORDS[0], eos_token=WORDS[1])


@functools.cache
def _test_prompts(seed: int, n: int) -> dict[str, list[list[int]]]:
    """Test prompts by the name of their shift."""
    rng = np.random.default_rng([seed, 3])
    return {name: draw_prompts(n // divisor, shift, rng) for name, (shift, divisor) in TESTS.items()}


@functools.cache
def _supervised_rewards(seed: int, steps: int, n: int) -> dict[str, np.ndarray]:
    """Rewards of the supervised policy's answers to the test prompts, drawn apart from all others."""
    prompts, answers = _test_prompts(seed, n), _test_answers(_supervised(seed, steps), seed, n, draw=1)
    return {name: _rewards(prompts[name], answers[name]) for name in TESTS}


def _test_answers(policy: LlamaForCausalLM, seed: int, n: int, *, draw: int) -> dict[str, list[list[int]]]:
    """One answer to each test prompt, by the name of its shift."""
    prompts = _test_prompts(seed, n)
    drawn = sample_answers(
        policy, [p for some in prompts.values() for p in some], seed=2**20 * (draw + 1) + seed
    )
    answers = iter(drawn)
    return {name: [next(answers) for _ in some] for name, some in prompts.items()}


def _rewards(prompts: list[list[int]], answers: list[list[int]]) -> np.ndarray:
    return np.array([reward(prompt, answer) for prompt, answer in zip(prompts, answers, strict=True)])


def _answers_metrics(config: AssistantConfig, policy: LlamaForCausalLM) -> dict[str, float]:
    metrics = {}
    supervised = _supervised(config.seed, config.supervised_steps)
    asked = _test_prompts(config.seed, config.test_prompts)
    drawn = _test_answers(policy, config.seed, config.test_prompts, draw=0)
    compared = _supervised_rewards(config.seed, config.supervised_steps, config.test_prompts)
    for name, answers in drawn.items():
        prompts, against = asked[name], compared[name]
        rewards, lengths = _rewards(prompts, answers), np.array([len(answer) for answer in answers])
        kl = token_kl(policy, supervised, prompts, answers).numpy()
        values = {
            "score": rewards.mean(),
            "gain": rewards.mean() - against.mean(),
            "win": (rewards > against).mean() + (rewards == against).mean() / 2,
            "length": lengths.mean(),
            "fillers": np.mean([count_fillers(answer) for answer in answers]),
            "unended": np.mean([answer[-1] != END for answer in answers]),
            "kl": kl.mean(),
            "kl_per_token": kl.sum() / lengths.sum(),
        }
        metrics |= {f"{name}_{key}": float(value) for key, value in values.items()}
    return metrics


@torch.no_grad()
def _logprobs(policy: LlamaForCausalLM, pairs: Pairs) -> Tensor:
    """Summed log-probs of the answers of pairs, [2, N], chosen first."""
    rows = []
    for answers in (pairs.chosen, pairs.rejected):
        parts = []
        for start in range(0, len(answers), MEASURED_PAIRS):
            batch = slice(start, start + MEASURED_PAIRS)
            tokens, mask = padded(pairs.prompts[batch], answers[batch])
            parts.append(model_completion_logprobs(policy, tokens, mask))
        rows.append(torch.cat(parts))
    return torch.stack(rows)


def _pairs_metrics(
    config: AssistantConfig,
    policy: LlamaForCausalLM,
    pairs: Pairs,
    supervised: Tensor,
    reference: Tensor | None,
) -> dict[str, float]:
    """What became of the first `MEASURED_PAIRS` pairs of the training data."""
    some = Pairs(*(column[:MEASURED_PAIRS] for column in (pairs.prompts, pairs.chosen, pairs.rejected)))
    logprobs = _logprobs(policy, some)
    chosen, rejected = (logprobs - supervised[:, :MEASURED_PAIRS]).mean(1).tolist()
    metrics = {"chosen_ratio": chosen, "rejected_ratio": rejected}
    if config.loss in PAIRWISE:
        lengths = torch.tensor([list(map(len, some.chosen)), list(map(len, some.rejected))])
        weights = gradient_weights(
            loss_by_name(config.loss),
            logprobs,
            None if reference is None else reference[:, :MEASURED_PAIRS],
            lengths,
            beta=config.beta,
            **config.arguments,
        )[0]
        pull = weights * lengths[0] if config.loss in PER_TOKEN else weights
        metrics["weight_length"] = float(torch.corrcoef(torch.stack([pull, lengths.sum(0).float()]))[0, 1])
    return metrics
