"""Students of the prompt world: metrics of known policies, which pairs are made, what training does."""

import numpy as np
import pytest
import torch

from tenfold.preference import prompt_measures, prompt_pairs
from tenfold.preference.assistant_policy import padded
from tenfold.preference.logprobs import model_completion_logprobs
from tenfold.preference.overgeneration import PreferencePair
from tenfold.preference.prompt_answers import (
    CLOSERS,
    REFUSALS,
    TEACHERS,
    TOKEN,
    complies,
    guard,
    helpful_only,
    prompt_tokens,
    refuses,
)
from tenfold.preference.prompt_experiment import PromptConfig, Student, toxic_pool, train_students
from tenfold.preference.prompt_measures import answers_metrics, held_out_requests, pairs_metrics, style_probe
from tenfold.preference.prompt_pairs import Preference, made_pairs, preference_tuned
from tenfold.preference.prompt_student import pretrained_student, sampled
from tenfold.preference.prompt_world import END, draw_requests

REFUSAL = (TOKEN[REFUSALS["sorry"]], END)
SMALL = {"general_size": 64, "pretraining_steps": 20, "steps": 20, "added": 16}


def policy(answer):
    """Stands in for `sampled`: a student that answers by a rule."""
    return lambda student, requests, *, seed: [answer(request) for request in requests]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (helpful_only, {"safety": 0, "usefulness": 1, "f1": 0, "pairs_right": 0, "quality": 1}),
        (lambda r: REFUSAL, {"safety": 1, "usefulness": 0, "f1": 0, "pairs_right": 0, "quality": 0}),
        (
            lambda r: REFUSAL if r.harmful else helpful_only(r),
            {"safety": 1, "usefulness": 1, "f1": 1, "pairs_right": 1, "quality": 1, "refused_covert": 1},
        ),
        (
            lambda r: REFUSAL if r.looks_toxic else helpful_only(r),
            {"safety": 5 / 7, "usefulness": 0, "safety_overt": 1, "safety_covert": 0, "pairs_right": 0},
        ),
        (lambda r: (END,), {"safety": 1, "usefulness": 1, "neither": 1, "quality": 0, "pairs_right": 0}),
    ],
)
@pytest.mark.parametrize("words", ["seen", "held_out"])
def test_metrics_of_policies_that_are_known(monkeypatch, answer, expected, words):
    monkeypatch.setattr(prompt_measures, "sampled", policy(answer))
    metrics = answers_metrics(None, seed=0, n=20)
    assert {name: metrics[f"{words}_{name}"] for name in expected} == pytest.approx(expected)


def test_f1_is_the_harmonic_mean_of_safety_and_usefulness(monkeypatch):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(
        prompt_measures, "sampled", policy(lambda r: REFUSAL if rng.random() < 0.4 else helpful_only(r))
    )
    metrics = answers_metrics(None, seed=0, n=50)
    safety, usefulness = metrics["seen_safety"], metrics["seen_usefulness"]
    assert 0.2 < safety < 0.6 < usefulness + 0.2
    assert 1 / metrics["seen_f1"] == pytest.approx((1 / safety + 1 / usefulness) / 2)


def test_overt_test_requests_are_the_contrasts_of_harmless_ones():
    requests = held_out_requests(3, 20, "test")
    innocent = [*requests["homonym"][:10], *requests["story"][:10]]
    for harmless, harmful in zip(innocent, requests["overt"], strict=True):
        assert sum(a != b for a, b in zip(harmless.words, harmful.words, strict=True)) == 1


def test_a_toxic_pool_holds_the_stated_shares():
    pool = toxic_pool(0.3)
    assert sum(pool.values()) == pytest.approx(1)
    assert pool["homonym"] + pool["story"] == pytest.approx(0.3)
    assert pool["overt"] / pool["covert"] == pytest.approx(5 / 2)


def with_closer(answer, closer):
    return (*answer[:-1], TOKEN[closer], END)


def test_the_style_probe_tells_styles_apart_and_nothing_else():
    rng = np.random.default_rng(1)
    requests = draw_requests(200, {"homonym": 1.0}, rng)
    old, new = CLOSERS["old"][0], CLOSERS["new"][0]
    complying = [helpful_only(request) for request in requests]
    assert style_probe([with_closer(a, new) for a in complying], [with_closer(REFUSAL, old)] * 200) == 1
    assert style_probe([with_closer(a, new) for a in complying], [with_closer(REFUSAL, new)] * 200) == 0.5
    some = [with_closer(a, new) if k % 2 else with_closer(a, old) for k, a in enumerate(complying)]
    assert style_probe(some, [with_closer(REFUSAL, old)] * 200) == pytest.approx(0.75)
    assert np.isnan(style_probe(complying[:9], [REFUSAL] * 9))


def test_the_style_probe_does_not_fit_noise():
    rng = np.random.default_rng(2)
    closers = [word for words in CLOSERS.values() for word in words]
    chosen, rejected = (
        [with_closer(REFUSAL, closers[k]) for k in rng.integers(4, size=400)] for _ in range(2)
    )
    assert style_probe(chosen, rejected) == pytest.approx(0.5, abs=0.12)


def old_teacher(student, requests, *, seed):
    """Stands in for the student: it refuses what looks toxic and complies with covert harm."""
    rng = np.random.default_rng(seed)
    return [TEACHERS["old"].answer(request, rng) for request in requests]


def test_pairs_reject_what_the_student_does_wrong_and_choose_the_cure(monkeypatch):
    monkeypatch.setattr(prompt_pairs, "sampled", old_teacher)
    pairs = made_pairs(None, Preference(tau=0.3, pool=300), seed=1)
    aims = {aim: [pair for pair in pairs if pair.teaches == aim] for aim in ("usefulness", "safety")}
    assert len(aims["usefulness"]) > 150
    assert len(aims["safety"]) > 50
    assert all(complies(pair.chosen) and refuses(pair.rejected) for pair in aims["usefulness"])
    assert all(refuses(pair.chosen) and complies(pair.rejected) for pair in aims["safety"])
    assert all(guard(pair.prompt, pair.rejected) < 0.5 for pair in aims["safety"])
    assert min(guard(pair.prompt, pair.chosen) for pair in pairs) >= 0.3


def test_containment_throws_out_leaks_first(monkeypatch):
    monkeypatch.setattr(prompt_pairs, "sampled", old_teacher)
    metrics = {
        tau: pairs_metrics(made_pairs(None, Preference(tau=tau, pool=300), seed=1))
        for tau in (0.0, 0.5, 0.95)
    }
    kept = [metrics[tau]["usefulness_pairs"] for tau in metrics]
    assert kept[0] > kept[1] > kept[2]
    assert metrics[0.0]["leaks"] > 0.02
    assert metrics[0.5]["leaks"] < 0.01


def test_own_pairs_hold_the_students_own_answers_only(monkeypatch):
    monkeypatch.setattr(prompt_pairs, "sampled", old_teacher)
    pairs = made_pairs(None, Preference(tau=0.0, pool=300, chosen="own"), seed=1)
    new_words = {TOKEN[word] for word in (*CLOSERS["new"], REFUSALS["decline"])}
    assert pairs
    assert all(new_words.isdisjoint(pair.chosen) for pair in pairs)


def test_no_pairs_that_teach_safety_where_none_are_asked_for(monkeypatch):
    monkeypatch.setattr(prompt_pairs, "sampled", old_teacher)
    pairs = made_pairs(None, Preference(pool=60, safety_pairs=False), seed=1)
    assert {pair.teaches for pair in pairs} == {"usefulness"}


@pytest.fixture(scope="module")
def student():
    return pretrained_student(0, steps=60)


def test_pretraining_teaches_to_help(student):
    requests = draw_requests(50, {"overt": 0.5, "plain": 0.5}, np.random.default_rng(0))
    assert np.mean([complies(answer) for answer in sampled(student, requests, seed=0)]) > 0.8


def test_preference_training_moves_the_chosen_answer_up_and_leaves_the_student_alone(student):
    requests = draw_requests(32, {"homonym": 1.0}, np.random.default_rng(1))
    pairs = [PreferencePair(r, REFUSAL, helpful_only(r), "safety") for r in requests]

    @torch.no_grad()
    def margin(model):
        prompts = [prompt_tokens(pair.prompt) for pair in pairs]
        sums = [
            model_completion_logprobs(model, *padded(prompts, answers))
            for answers in ([p.chosen for p in pairs], [p.rejected for p in pairs])
        ]
        return (sums[0] - sums[1]).mean().item()

    before = margin(student)
    tuned = preference_tuned(student, pairs, Preference(steps=12, lr=1e-3), seed=0)
    assert margin(tuned) > before + 1
    assert margin(student) == before


def test_without_pairs_the_student_stays_as_it_is(student):
    tuned = preference_tuned(student, [], Preference(), seed=0)
    assert tuned is not student
    for ours, theirs in zip(tuned.parameters(), student.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_run_is_a_function_of_its_configuration():
    config = PromptConfig(Student(seed=1, **SMALL), Preference(pool=8, steps=2), test_requests=8).to_json()
    other = PromptConfig(Student(seed=2, **SMALL), None, test_requests=8).to_json()
    first, second, third = (result["metrics"] for result in train_students([config, config, other]))
    assert first == pytest.approx(second, nan_ok=True)
    assert {"usefulness_pairs", "style", "leaks"} <= set(first) - set(third)
    assert first["seen_f1"] != third["seen_f1"]


def test_configurations_survive_json():
    config = PromptConfig(Student(seed=1, toxic="old"), Preference(tau=0.9))
    assert PromptConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Student(seed=0, toxic="wise"), "toxic is 'wise'; allowed: untuned, old, new"),
        (lambda: Student(seed=0, selection="best"), "selection is 'best'"),
        (lambda: Student(seed=0, benign_share=1.2), "benign_share is 1.2"),
        (lambda: Student(seed=0, added=-1), "added is -1"),
        (lambda: Student(seed=0, steps=3), "steps is 3; allowed: 20 or more"),
        (lambda: Preference(chosen="nobody"), "chosen is 'nobody'"),
        (lambda: Preference(pool=0), "pool is 0"),
    ],
)
def test_values_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
