"""A run in the users' world, in a size that takes seconds."""

import math
from collections import Counter

import numpy as np
import pytest
import torch

from tenfold.feedback.user_config import UserConfig
from tenfold.feedback.user_experiment import train_for_users
from tenfold.feedback.user_pairs import base_of, pairs_of, spoken
from tenfold.feedback.user_policy import demonstration, expert_answer, supervised
from tenfold.feedback.user_world import ID, in_tokens, prompt_tokens, shown, unmet

TINY = {
    "base_steps": 30,
    "dialogues": 60,
    "test_dialogues": 8,
    "supervised_steps": 2,
    "steps": 2,
    "filter": "fair",
}
REQUEST = tuple(ID[word] for word in ("quick", "tale", "dear", "mara"))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_equal_configurations_give_equal_metrics_and_base_is_near_itself():
    configs = [
        UserConfig(seed=3, **TINY).to_json(),
        UserConfig(seed=3, **TINY).to_json(),
        UserConfig(seed=3, **TINY, data="base").to_json(),
    ]
    first, second, base = (result["metrics"] for result in train_for_users(configs))
    assert first == second
    assert base["kl"] == pytest.approx(0, abs=1e-5)
    assert first["kl"] > 1e-4
    assert all(math.isfinite(value) for value in first.values())
    assert all(0 <= first[name] <= 1 for name in ("utility", "met", "facts", "win", "kept", "judged_15"))


def test_arms_differ_in_the_signal_alone():
    """The generic arms take the prompts of the feedback pairs and as many pairs; no filter keeps all."""
    config = UserConfig(seed=3, **TINY)
    feedback, dropped, *_ = pairs_of(config.of_pairs)
    generic, *_ = pairs_of(config.rival.of_pairs)
    assert [pair.prompt for pair in feedback] == [pair.prompt for pair in generic]
    assert dropped > 0
    assert all(pair.checklist for pair in feedback)
    loose = UserConfig.from_json(config.to_json() | {"filter": "none"})
    every, none_dropped, *_ = pairs_of(loose.of_pairs)
    assert none_dropped == 0
    assert len(every) == len(feedback) + dropped


def test_the_true_extractor_writes_unmet_wishes_after_complaints():
    config = UserConfig.from_json(
        UserConfig(seed=3, **TINY).to_json() | {"extractor": "truth", "filter": "none"}
    )
    entries = {entry.dialogue.id: entry for entry in spoken(config, held_out=False)}
    pairs, *_ = pairs_of(config.of_pairs)
    complained = 0
    for pair in pairs:
        entry = entries[pair.dialogue]
        exchange = entry.exchanges[pair.answer // 2]
        if exchange.said == "DSAT":
            complained += 1
            missing = unmet(entry.user, shown(exchange.request, exchange.answer))
            assert list(pair.checklist) == missing
        else:
            assert sorted(pair.checklist) == sorted(entry.user.wants.values())
    assert complained > 10


def test_shuffled_checklists_are_the_same_ones_elsewhere():
    config = UserConfig.from_json(UserConfig(seed=3, **TINY).to_json() | {"filter": "none"})
    shuffled = UserConfig.from_json(config.to_json() | {"extractor": "shuffled"})
    ours, theirs = (pairs_of(c.of_pairs)[0] for c in (config, shuffled))
    lists = [[pair.checklist for pair in pairs] for pairs in (ours, theirs)]
    assert Counter(lists[0]) == Counter(lists[1])
    assert lists[0] != lists[1]


def test_expert_pairs_reject_the_original_answer():
    config = UserConfig.from_json(UserConfig(seed=3, **TINY).to_json() | {"version": "expert"})
    entries = {entry.dialogue.id: entry.dialogue for entry in spoken(config, held_out=False)}
    pairs, *_ = pairs_of(config.of_pairs)
    assert pairs
    for pair in pairs:
        assert pair.rejected == entries[pair.dialogue].turns[pair.answer].text


def test_demonstrations_obey_as_often_as_asked():
    rng = np.random.default_rng(0)
    for control in (0.6, 1.0):
        seen = [
            shown(REQUEST, demonstration(REQUEST, ["list", "casual"], control=control, rng=rng)).sides
            for _ in range(600)
        ]
        assert np.mean([s["format"] == "list" for s in seen]) == pytest.approx(control, abs=0.06)
    free = [shown(REQUEST, demonstration(REQUEST, (), control=1.0, rng=rng)).sides for _ in range(600)]
    assert np.mean([s["format"] == "prose" for s in free]) == pytest.approx(0.6, abs=0.06)  # "tale"


def test_the_expert_has_habits_and_a_flourish():
    rng = np.random.default_rng(0)
    seen = [shown(REQUEST, expert_answer(REQUEST, ["prose"], rng)) for _ in range(500)]
    assert np.mean([s.sides["format"] == "prose" for s in seen]) == pytest.approx(0.97, abs=0.03)
    assert np.mean([s.sides["register"] == "formal" for s in seen]) == pytest.approx(0.8, abs=0.06)
    assert np.mean([s.flourish for s in seen]) == pytest.approx(0.8, abs=0.06)


def test_supervised_training_raises_the_likelihood_of_its_answers():
    base = base_of(3, 30, 0.85)
    prompts, answers = [prompt_tokens(REQUEST)] * 8, [in_tokens("yep - stem - stend - sterk")] * 8
    after = supervised(base, prompts, answers, steps=12, lr=1e-3, rng=np.random.default_rng(0))

    def loss(model):
        tokens = torch.tensor([[*prompts[0], *answers[0]]])
        return model(input_ids=tokens, labels=tokens).loss.item()

    assert loss(after) < loss(base)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "guessed"}, "base, wildfeedback, generic, fair"),
        ({"filter": "loud"}, "judge, fair, none"),
        ({"extractor": "oracle"}, "keyword, prejudiced, shuffled, truth"),
        ({"control": 0.4}, "0.5 to 1"),
        ({"dialogues": 0}, "1 or more"),
    ],
)
def test_settings_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        UserConfig(seed=0, **change)
