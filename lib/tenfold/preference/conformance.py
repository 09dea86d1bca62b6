"""The conformance table: every loss of ours beside TRL's on the same tokens, and what makes the two equal."""

import warnings

import pandas as pd
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.preference.conformance_cases import Case, conformance_cases
from tenfold.preference.trl_execution import Models, TokenPairs

TOLERANCE = 1e-5
"""Difference up to which two values count as equal, relative above 1: rounding of sums in float32."""


@torch.no_grad()
def conformance_table(seed: int = 0) -> pd.DataFrame:
    """One row a case: both calls, both values of the whole batch, whether they agree, and what that shows.

    "difference" is the largest over the batch and over every pair as a batch of its own, relative where TRL's
    value is above 1; "agree" is whether it is at most `TOLERANCE`. TRL is executed, not quoted; no network.
    """
    models, pairs = example_models(seed), example_pairs(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # what TRL calls in transformers, not the values
        return pd.DataFrame([_row(case, models, pairs[case.pairs]) for case in conformance_cases()])


def example_pairs(seed: int = 0) -> dict[str, TokenPairs]:
    """Pairs of unequal lengths: "several tokens" in the prompts, "one token", "no prompt"."""
    generator = torch.Generator().manual_seed(seed)

    def texts(*lengths: int) -> tuple[list[int], ...]:
        return tuple(torch.randint(1, 32, (n,), generator=generator).tolist() for n in lengths)

    prompts, chosen, rejected = texts(3, 2, 6, 4), texts(5, 2, 7, 3), texts(2, 6, 3, 4)
    return {
        "several tokens": TokenPairs(prompts, chosen, rejected),
        "one token": TokenPairs(tuple(prompt[:1] for prompt in prompts), chosen, rejected),
        "no prompt": TokenPairs(tuple([] for _ in prompts), chosen, rejected),
    }


def example_models(seed: int = 0) -> Models:
    """Two unrelated random Llama models with a vocabulary of 32 tokens, the reference drawn first."""
    config = LlamaConfig(
        vocab_size=32,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        reference, policy = (LlamaForCausalLM(config).eval() for _ in range(2))
    return Models(policy, reference)


def _row(case: Case, models: Models, pairs: TokenPairs) -> dict[str, object]:
    batches = [pairs, *(pairs.alone(i) for i in range(len(pairs)))]
    values = [(case.ours.run(models, batch), case.theirs.run(models, batch)) for batch in batches]
    difference = max(abs(ours - theirs) / max(1, abs(theirs)) for ours, theirs in values)
    return {
        "loss": case.loss,
        "ours": case.ours.text,
        "TRL": case.theirs.text,
        "prompts": case.pairs,
        "our value": values[0][0],
        "TRL's value": values[0][1],
        "difference": difference,
        "agree": difference <= TOLERANCE,
        "what it shows": case.note,
    }
