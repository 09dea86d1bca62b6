"""The simulator: its rewards by hand, its prompts, its labels against the probabilities it states."""

from itertools import combinations

import numpy as np
import pytest

from tenfold.preference import assistant_pairs
from tenfold.preference.assistant_pairs import Pairs, preference_pairs
from tenfold.preference.assistant_world import (
    END,
    FAMILIAR,
    LONGEST_ANSWER,
    SHIFTED,
    TOPICS,
    WORDS,
    demonstration,
    draw_prompts,
    in_words,
    reward,
    right_items,
)


def tokens(text):
    return [WORDS.index(word) for word in text.split()]


@pytest.mark.parametrize(
    ("prompt", "right"),
    [
        ("copy plum fig apple :", "plum fig apple"),
        ("reverse plum fig apple :", "apple fig plum"),
        ("sort plum fig apple :", "apple fig plum"),
        ("sort wren axe lemon :", "lemon axe wren"),
    ],
)
def test_the_right_items_of_each_task(prompt, right):
    assert in_words(right_items(tokens(prompt))) == right


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("plum fig apple peach <end>", 1.0),
        ("plum fig apple peach", 0.5),
        ("plum apple peach <end>", 0.75),
        ("plum fig fig apple peach <end>", 1 - 0.5 / 4),
        ("well you see plum fig apple peach <end>", 1 - 0.06),
        ("fig plum apple peach <end>", 0.75 - 0.5 / 4),
        ("axe saw <end>", -0.25),
        ("<end>", 0.0),
    ],
)
def test_rewards_by_hand(answer, expected):
    assert reward(tokens("copy plum fig apple peach :"), tokens(answer)) == pytest.approx(expected)


def test_right_items_are_counted_as_the_longest_common_subsequence():
    rng = np.random.default_rng(0)
    prompt = tokens("copy plum fig apple peach lemon :")
    right = tuple(right_items(prompt))
    for _ in range(200):
        answer = rng.choice(right, rng.integers(1, 7)).tolist()
        parts = {part for n in range(len(answer) + 1) for part in combinations(answer, n)}
        found = max(len(part) for n in range(6) for part in combinations(right, n) if part in parts)
        expected = (found - 0.5 * (len(answer) - found)) / 5
        assert reward(prompt, [*answer, END]) == pytest.approx(expected)


def topics_of(prompt):
    names = in_words(prompt[1:-1]).split()
    return {topic for topic, items in TOPICS.items() for name in names if name in items}


def test_familiar_prompts_keep_to_one_topic_and_shifted_ones_mix():
    rng = np.random.default_rng(0)
    familiar, shifted = draw_prompts(300, FAMILIAR, rng), draw_prompts(300, SHIFTED, rng)
    assert {len(prompt) - 2 for prompt in familiar} == {3, 4, 5}
    assert {len(prompt) - 2 for prompt in shifted} == {5, 6}
    assert all(len(topics_of(prompt)) == 1 for prompt in familiar)
    assert np.mean([len(topics_of(prompt)) > 1 for prompt in shifted]) > 0.95
    assert all(len(set(prompt[1:-1])) == len(prompt) - 2 for prompt in familiar + shifted)
    assert draw_prompts(5, SHIFTED, np.random.default_rng(3)) == draw_prompts(
        5, SHIFTED, np.random.default_rng(3)
    )


def test_demonstrations_end_and_are_of_mixed_quality():
    rng = np.random.default_rng(0)
    prompts = draw_prompts(2000, FAMILIAR, rng)
    answers = [demonstration(prompt, rng) for prompt in prompts]
    rewards = np.array([reward(p, a) for p, a in zip(prompts, answers, strict=True)])
    assert all(answer[-1] == END and len(answer) <= LONGEST_ANSWER for answer in answers)
    assert 0.2 < (rewards == 1).mean() < 0.6
    assert (rewards < 0.5).mean() > 0.1


GOOD, SHORT = "apple fig plum <end>", "apple fig <end>"


@pytest.mark.parametrize("length_bias", [0.0, 0.4, 3.0], ids=lambda bias: f"bias {bias}")
def test_labels_follow_the_stated_probability(monkeypatch, length_bias):
    prompt = tokens("copy apple fig plum :")
    monkeypatch.setattr(assistant_pairs, "draw_prompts", lambda n, *_: [prompt] * n)
    two = [tokens(GOOD), tokens("well you see " + SHORT)]
    monkeypatch.setattr(
        assistant_pairs, "sample_answers", lambda policy, asked, seed: two * (len(asked) // 2)
    )
    pairs = preference_pairs(None, 4000, length_bias=length_bias, equal_length=False, seed=0)
    # Rewards 1 and 2/3 - .06; lengths 4 and 6.
    logit = (1 - (2 / 3 - 0.06)) / 0.1 - 2 * length_bias
    expected = 1 / (1 + np.exp(-logit))
    assert pairs.better_chosen() == pytest.approx(
        expected, abs=3.5 * (expected * (1 - expected) / 4000) ** 0.5
    )
    assert pairs.longer_chosen() == pytest.approx(1 - pairs.better_chosen())


def test_pairs_of_equal_length_are_equally_long_and_differ(monkeypatch):
    answers = [tokens(text) for text in (GOOD, GOOD, SHORT, "fig apple plum <end>")]
    monkeypatch.setattr(
        assistant_pairs, "sample_answers", lambda policy, asked, seed: answers * (len(asked) // 4)
    )
    pairs = preference_pairs(None, 50, length_bias=0.2, equal_length=True, seed=0)
    assert all(
        {tuple(c), tuple(r)} == {tuple(answers[0]), tuple(answers[3])}
        for c, r in zip(pairs.chosen, pairs.rejected, strict=True)
    )
    assert np.isnan(pairs.longer_chosen())


def test_a_policy_that_always_answers_alike_gives_no_pairs(monkeypatch):
    monkeypatch.setattr(
        assistant_pairs, "sample_answers", lambda policy, asked, seed: [tokens(GOOD)] * len(asked)
    )
    with pytest.raises(ValueError, match="n is 10, but 20 prompts gave 0 pairs"):
        preference_pairs(None, 10, length_bias=0.0, equal_length=False, seed=0)


def test_shares_of_labels_count_pairs_that_differ_only():
    pairs = Pairs(
        [tokens("copy apple fig plum :")] * 3,
        [tokens(GOOD), tokens(SHORT), tokens(GOOD)],
        [tokens(SHORT), tokens(GOOD), tokens(GOOD)],
    )
    assert (pairs.longer_chosen(), pairs.better_chosen()) == (0.5, 0.5)
