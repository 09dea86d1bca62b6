"""One run on a published model: preference training through TRL on published pairs, what the model became.

Models and data sets are fetched from the hub when a run asks for them; each may be a path instead.
"""

import warnings
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tenfold.preference.hub_answers import judge_logits, sample_answers, token_kl
from tenfold.preference.hub_data import (
    answer_tokens,
    first_fitting,
    hh_prompt,
    prompt_tokens,
    read_data,
    safe_rlhf_pair,
    shuffled,
)
from tenfold.preference.hub_models import check_positions, load_judge, load_model
from tenfold.preference.hub_training import Steps, preference_tuned
from tenfold.preference.pairs import check_positive
from tenfold.preference.registry import loss_by_name

MEASURED_AT_ONCE = 32
_COUNTS = ("pairs", "steps", "batch", "micro_batch", "max_prompt", "max_completion", "test_prompts")


@dataclass(frozen=True)
class HubConfig:
    """One run. Equal seeds give the same pairs, order of pairs and test prompts.

    model, judge: a causal language model and a reward model of one score, by hub id or folder.  pairs_data:
    in the form of PKU-SafeRLHF, prompts_data: of hh-rlhf; a hub id with its split, or a .jsonl or .jsonl.gz
    file.  Revisions: a commit of the hub, or the SHA-256 of a file; name them to make a run repeatable.
    batch: pairs a step, micro_batch of them at once.  max_prompt, max_completion: tokens, template and end
    included; longer pairs and prompts are left out and counted, and drawn answers end there.
    """

    loss: str
    beta: float
    lr: float
    seed: int
    arguments: dict[str, float] = field(default_factory=dict)
    model: str = "Qwen/Qwen2.5-0.5B-Instruct"
    model_revision: str | None = None
    pairs_data: str = "PKU-Alignment/PKU-SafeRLHF"
    pairs_split: str = "train"
    pairs_revision: str | None = None
    prompts_data: str = "Anthropic/hh-rlhf"
    prompts_split: str = "test"
    prompts_revision: str | None = None
    judge: str = "OpenAssistant/reward-model-deberta-v3-large-v2"
    judge_revision: str | None = None
    pairs: int = 8000
    steps: int = 500
    batch: int = 16
    micro_batch: int = 8
    max_prompt: int = 256
    max_completion: int = 256
    test_prompts: int = 512

    def __post_init__(self) -> None:
        loss_by_name(self.loss)
        check_positive("beta", self.beta)
        check_positive("lr", self.lr)
        for name in _COUNTS:
            value = getattr(self, name)
            if not (type(value) is int and value > 0):
                raise ValueError(f"{name} is {value!r}; allowed: a positive whole number")
        if self.batch % self.micro_batch:
            raise ValueError(f"micro_batch is {self.micro_batch}; allowed: a divisor of batch, {self.batch}")

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self)


def train_hub_models(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train and measure the runs of these configurations, one after the other, on one GPU or else on the CPU.

    Metrics, on one answer a test prompt, drawn at temperature 1 ("shifted": the prompts are of another data
    set): the judge's mean score, gain in score over the untrained model's answers, win share against them (a
    tie counts half), mean length in tokens with the end, share of answers without end, KL to the untrained
    model in nats an answer and a token, exact at every token of the drawn answers.  "long_pairs",
    "long_prompts": how many were left out as too long. Raises ValueError, and OSError for a model or data set
    that cannot be had.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # TRL's calls into transformers; they name its files
        return [{"metrics": _run(HubConfig(**config)), "curve": []} for config in configs]


def _run(config: HubConfig) -> dict[str, float]:
    untrained, tokenizer = load_model(config.model, config.model_revision)
    check_positions(untrained, config.model, config.max_prompt, config.max_completion)
    # What can be wrong with the data and the judge is found before training.
    texts, prompts, long_prompts = _test_prompts(config, tokenizer)
    columns, long_pairs = _pairs(config, tokenizer)
    against = _scores(config, texts, _answers(config, untrained, tokenizer, prompts, draw=1), tokenizer)
    policy = preference_tuned(
        untrained,
        tokenizer,
        columns,
        Steps(config.lr, config.steps, config.batch, config.micro_batch, config.seed),
        loss=config.loss,
        beta=config.beta,
        loss_arguments=config.arguments,
    )
    answers = _answers(config, policy, tokenizer, prompts, draw=0)
    scores = _scores(config, texts, answers, tokenizer)
    lengths = torch.tensor([len(answer) for answer in answers]).double()
    kl = token_kl(policy, untrained, prompts, answers, batch=MEASURED_AT_ONCE)
    metrics = {
        "shifted_score": scores.mean(),
        "shifted_gain": scores.mean() - against.mean(),
        "shifted_win": ((scores > against).double() + (scores == against).double() / 2).mean(),
        "shifted_length": lengths.mean(),
        "shifted_unended": sum(answer[-1] != tokenizer.eos_token_id for answer in answers) / len(answers),
        "shifted_kl": kl.mean(),
        "shifted_kl_per_token": kl.sum() / lengths.sum(),
        "long_pairs": long_pairs,
        "long_prompts": long_prompts,
    }
    return {name: float(value) for name, value in metrics.items()}


def _pairs(config: HubConfig, tokenizer: PreTrainedTokenizerBase) -> tuple[dict[str, list[list[int]]], int]:
    """The pairs as the trainer's columns of tokens, and how many were too long."""
    pairs = read_data(
        config.pairs_data, safe_rlhf_pair, split=config.pairs_split, revision=config.pairs_revision
    )
    tokens = (
        (prompt_tokens(tokenizer, prompt), *(answer_tokens(tokenizer, answer) for answer in answers))
        for prompt, *answers in shuffled(pairs, [config.seed, 1])
    )

    def fits(pair: tuple[list[int], ...]) -> bool:
        return len(pair[0]) <= config.max_prompt and max(map(len, pair[1:])) <= config.max_completion

    fitting, too_long = first_fitting("pairs", tokens, config.pairs, fits)
    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    return {
        name: list(column) for name, column in zip(names, zip(*fitting, strict=True), strict=True)
    }, too_long


def _test_prompts(
    config: HubConfig, tokenizer: PreTrainedTokenizerBase
) -> tuple[list[str], list[list[int]], int]:
    """Different test prompts as text and as tokens, and how many were too long."""
    prompts = read_data(
        config.prompts_data, hh_prompt, split=config.prompts_split, revision=config.prompts_revision
    )
    different = shuffled(list(dict.fromkeys(prompts)), [config.seed, 3])
    tokens = ((prompt, prompt_tokens(tokenizer, prompt)) for prompt in different)
    fitting, too_long = first_fitting(
        "test_prompts", tokens, config.test_prompts, lambda prompt: len(prompt[1]) <= config.max_prompt
    )
    return [text for text, _ in fitting], [ids for _, ids in fitting], too_long


def _answers(
    config: HubConfig,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: list[list[int]],
    *,
    draw: int,
) -> list[list[int]]:
    """One answer to each test prompt; `draw` keeps those of two models apart."""
    return sample_answers(
        model,
        prompts,
        ends=[tokenizer.eos_token_id],
        longest=config.max_completion,
        temperature=1.0,
        seed=2**20 * (draw + 1) + config.seed,
        batch=MEASURED_AT_ONCE,
    )


def _scores(
    config: HubConfig, prompts: list[str], answers: list[list[int]], tokenizer: PreTrainedTokenizerBase
) -> Tensor:
    texts = tokenizer.batch_decode(answers, skip_special_tokens=True)
    judge, words = load_judge(config.judge, config.judge_revision)
    return judge_logits(judge, words, prompts, texts, batch=MEASURED_AT_ONCE)[:, 0].double()
