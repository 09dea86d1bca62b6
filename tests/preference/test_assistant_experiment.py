"""Policies of the assistant world and the runs made of them, at a size that takes seconds."""

import numpy as np
import pytest
import torch

from tenfold.preference.assistant_experiment import AssistantConfig, measure_supervised, train_assistants
from tenfold.preference.assistant_policy import (
    new_policy,
    padded,
    sample_answers,
    supervised_policy,
    token_kl,
)
from tenfold.preference.assistant_world import END, FAMILIAR, LONGEST_ANSWER, draw_prompts, reward

TINY = {"supervised_steps": 60, "steps": 8, "pairs": 64, "test_prompts": 30}


def config(**settings):
    return AssistantConfig(**{"loss": "dpo", "beta": 0.1, "lr": 3e-4, "seed": 0} | TINY | settings).to_json()


def metrics(*configs):
    return [result["metrics"] for result in train_assistants(list(configs))]


@pytest.fixture(scope="module")
def prompts():
    return draw_prompts(12, FAMILIAR, np.random.default_rng(0))


def test_padded_marks_the_answer_alone():
    rows, mask = padded([[5, 6, 2], [7, 2]], [[8, 1], [9, 9, 9, 1]])
    assert rows.tolist() == [[5, 6, 2, 8, 1, 0], [7, 2, 9, 9, 9, 1]]
    assert mask.tolist() == [[False] * 3 + [True] * 2 + [False], [False] * 2 + [True] * 4]


def test_answers_are_drawn_with_the_models_probabilities(prompts):
    model = new_policy(0).eval()
    with torch.no_grad():
        chances = model(torch.tensor([prompts[0]])).logits[0, -1].softmax(-1)
    # Beside a longer prompt, so that it is padded.
    longest = max(prompts, key=len)
    answers = sample_answers(model, [prompts[0], longest] * 1500, seed=0)[::2]
    counts = torch.bincount(torch.tensor([answer[0] for answer in answers]), minlength=len(chances))
    expected = 1500 * chances
    chi_squared = ((counts - expected) ** 2 / expected).sum().item()
    assert chi_squared < 80  # 99.99 % point of 36 degrees of freedom is about 76
    assert all(len(a) == LONGEST_ANSWER or a.index(END) == len(a) - 1 for a in answers)


def test_equal_seeds_draw_equal_answers_and_leave_the_global_generator_alone(prompts):
    model = new_policy(0).eval()
    before = torch.get_rng_state()
    first = sample_answers(model, prompts, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert sample_answers(model, prompts, seed=1) == first
    assert sample_answers(model, prompts, seed=2) != first


def test_divergence_is_the_sum_over_prefixes(prompts):
    one, other = new_policy(0).eval(), new_policy(1).eval()
    answers = sample_answers(one, prompts[:3], seed=0)
    by_prefix = []
    for prompt, answer in zip(prompts[:3], answers, strict=True):
        total = 0.0
        for place in range(len(answer)):
            prefix = torch.tensor([prompt + answer[:place]])
            with torch.no_grad():
                p, q = (model(prefix).logits[0, -1].double().softmax(-1) for model in (one, other))
            total += (p * (p / q).log()).sum().item()
        by_prefix.append(total)
    assert token_kl(one, other, prompts[:3], answers).tolist() == pytest.approx(by_prefix, rel=1e-4)
    assert token_kl(one, one, prompts[:3], answers).tolist() == [0.0] * 3


def test_supervised_training_teaches_the_task():
    prompts = draw_prompts(200, FAMILIAR, np.random.default_rng(9))

    def mean_reward(model):
        answers = sample_answers(model, prompts, seed=0)
        return np.mean([reward(p, a) for p, a in zip(prompts, answers, strict=True)])

    assert mean_reward(supervised_policy(0, steps=120)) > mean_reward(new_policy(0).eval()) + 0.2


def test_a_run_does_not_depend_on_its_company():
    some = [
        config(),
        config(loss="ln_dpo", beta=0.8, reference="weak"),
        config(loss="orpo", beta=0.3, seed=1),
    ]
    together = metrics(*some)
    assert metrics(*some[::-1]) == together[::-1]
    assert metrics(some[1]) == together[1:2]


def test_without_a_step_to_speak_of_nothing_changes():
    (measured,) = metrics(config(lr=1e-9))
    before = measure_supervised(AssistantConfig(**config()))
    assert measured["shifted_score"] == before["shifted_score"]
    assert measured["shifted_length"] == before["shifted_length"]
    assert measured["familiar_kl"] == pytest.approx(0, abs=1e-6)
    assert measured["chosen_ratio"] == pytest.approx(0, abs=1e-4)


def test_training_separates_chosen_from_rejected_and_leaves_the_supervised_policy():
    (measured,) = metrics(config(lr=3e-3, steps=20))
    assert measured["chosen_ratio"] > measured["rejected_ratio"] + 0.1
    assert measured["familiar_kl"] > 0.01
    per_token = measured["shifted_kl"] / measured["shifted_length"]
    assert measured["shifted_kl_per_token"] == pytest.approx(per_token)


def test_reference_matters_to_losses_that_have_one():
    with_reference = [config(loss="ln_dpo", beta=0.8, reference=name) for name in ("supervised", "weak")]
    without = [
        config(loss="simpo", beta=0.8, arguments={"gamma": 0.4}, reference=name)
        for name in ("supervised", "weak")
    ]
    ours, weak, free, free_weak = metrics(*with_reference, *without)
    assert ours != weak
    assert free == free_weak


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "ppo"}, "loss is 'ppo'"),
        ({"steps": 0}, "steps is 0"),
        ({"pairs": 1.5}, "pairs is 1.5"),
        ({"reference": "old"}, "reference is 'old'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        config(**settings)
