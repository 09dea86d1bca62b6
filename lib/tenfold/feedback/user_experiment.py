"""One run in the users' world: feedback to preference pairs to a policy, and what users think of it."""

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from transformers import LlamaForCausalLM

from tenfold.feedback.user_config import UserConfig
from tenfold.feedback.user_dialogues import UserDialogue, request_of
from tenfold.feedback.user_measures import answers_metrics, kl_metrics, pairs_metrics
from tenfold.feedback.user_pairs import base_of, pairs_of, spoken
from tenfold.feedback.user_policy import preference_tuned, sampled, supervised
from tenfold.feedback.user_world import in_tokens, prompt_tokens


def train_for_users(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Train and measure the runs of these configurations (`UserConfig.to_json()`), one after the other.

    Metrics are described in `tenfold.feedback.user_measures`: of the policy's answers beside other answers of
    the base policy, and with "against_" the wins over the rival arm.
    """
    return [{"metrics": _run(UserConfig.from_json(config)), "curve": []} for config in configs]


def _run(config: UserConfig) -> dict[str, float]:
    base = base_of(config.seed, config.base_steps, config.control)
    tests = spoken(config, held_out=True)
    policy = _policy(_as_trained(config))
    ours = _answers(policy, tests, seed=2**21 + config.seed)
    metrics = answers_metrics(tests, ours, _fresh(_of_base(config)), seed=config.seed)
    metrics |= kl_metrics(policy, base, tests, ours)
    if config.against:
        theirs = _answers(_policy(_as_trained(config.rival)), tests, seed=2**22 + config.seed)
        found = answers_metrics(tests, ours, theirs, seed=config.seed)
        compared = {
            name: value for name, value in found.items() if name.startswith(("win", "judged", "plain"))
        }
        metrics |= {f"against_{name}": value for name, value in compared.items()}
    if config.data != "base":
        metrics |= pairs_metrics(*pairs_of(config.of_pairs), spoken(config, held_out=False))
    return metrics


def _as_trained(config: UserConfig) -> UserConfig:
    """The configuration without what is only measured, so that a policy is trained once."""
    return replace(config, against=False, test_dialogues=1)


def _of_base(config: UserConfig) -> UserConfig:
    """The configuration of the base policy alone, measured on the same dialogues."""
    names = ("seed", "control", "population", "test_dialogues", "base_steps")
    return UserConfig(data="base", **{name: getattr(config, name) for name in names})


@functools.lru_cache(maxsize=4)
def _fresh(config: UserConfig) -> list[list[int]]:
    """Other answers of the base policy to the test requests than those that users reacted to."""
    base = base_of(config.seed, config.base_steps, config.control)
    return _answers(base, spoken(config, held_out=True), seed=2**20 + config.seed)


@functools.lru_cache(maxsize=6)
def _policy(config: UserConfig) -> LlamaForCausalLM:
    """The base policy after supervised training on the chosen answers, then preference training."""
    policy = base_of(config.seed, config.base_steps, config.control)
    if config.data == "base":
        return policy
    pairs, *_ = pairs_of(config.of_pairs)
    if not pairs:
        return policy
    prompts = [prompt_tokens(request_of(pair.prompt.history[-1])) for pair in pairs]
    chosen = [in_tokens(pair.chosen) for pair in pairs]
    rejected = [in_tokens(pair.rejected) for pair in pairs]
    if config.supervised_steps:
        policy = supervised(
            policy,
            prompts,
            chosen,
            steps=config.supervised_steps,
            lr=config.supervised_lr,
            rng=np.random.default_rng([config.seed, 6]),
        )
    if config.steps:
        policy = preference_tuned(
            policy,
            prompts,
            chosen,
            rejected,
            loss=config.loss,
            beta=config.beta,
            lr=config.lr,
            steps=config.steps,
            seed=config.seed,
        )
    return policy


def _answers(policy: LlamaForCausalLM, dialogues: Sequence[UserDialogue], *, seed: int) -> list[list[int]]:
    """One answer to each request of the dialogues."""
    prompts = [prompt_tokens(e.request) for dialogue in dialogues for e in dialogue.exchanges]
    return sampled(policy, prompts, seed=seed)
