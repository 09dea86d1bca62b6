"""Overgeneration, selection and containment, on prompts and completions small enough to check by hand."""

import numpy as np
import pytest

from tenfold.preference.overgeneration import PreferencePair, overgenerate, preference_pairs, select

SAFE = {"no": 0.9, "yes a": 0.3, "yes b": 0.7, "yes c": 0.2, "no d": 0.6}


def refuses(prompt, completion):
    return completion.startswith("no")


def safety(prompt, completion):
    return SAFE[completion]


def pairs(student, teacher, *, teaches="usefulness", containment=0.0):
    return preference_pairs(
        ["p"],
        [student],
        [teacher],
        teaches=teaches,
        refuses=refuses,
        safety=safety,
        containment=containment,
    )


def test_every_prompt_gets_n_completions_in_its_place():
    asked = []

    def generator(prompts, seed):
        asked.append(seed)
        return [f"{prompt}{len(asked)}" for prompt in prompts]

    assert overgenerate(["a", "b"], generator, n=3, seed=0) == [["a1", "a2", "a3"], ["b1", "b2", "b3"]]
    assert len(set(asked)) == 3


def test_equal_seeds_ask_the_generator_equally_and_other_seeds_otherwise():
    def generator(prompts, seed):
        return np.random.default_rng(seed).random(len(prompts)).tolist()

    drawn = [overgenerate(["a", "b"], generator, n=4, seed=seed) for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_overgeneration_refuses_no_completions_and_a_generator_that_loses_some():
    with pytest.raises(ValueError, match="n is 0; allowed: 1 or more"):
        overgenerate(["a"], lambda prompts, seed: ["x"], n=0, seed=0)
    with pytest.raises(ValueError, match="gave 1 completions for 2 prompts"):
        overgenerate(["a", "b"], lambda prompts, seed: ["x"], n=1, seed=0)


def test_the_best_by_a_scorer_is_selected():
    best = select(
        ["p", "q"], [["aa", "b"], ["c", "ddd"]], scorer=lambda p, c: len(c), rng=np.random.default_rng(0)
    )
    assert best == ["aa", "ddd"]


def test_without_a_scorer_every_completion_is_selected_alike_often():
    drawn = select(["p"] * 3000, [["a", "b", "c"]] * 3000, rng=np.random.default_rng(0))
    counts = [drawn.count(letter) for letter in "abc"]
    assert max(abs(count - 1000) for count in counts) < 4 * np.sqrt(3000 * 2 / 9)


def test_ties_are_broken_at_random():
    drawn = select(
        ["p"] * 1000, [["a", "b", "c"]] * 1000, scorer=lambda p, c: c != "c", rng=np.random.default_rng(0)
    )
    assert "c" not in drawn
    assert abs(drawn.count("a") - 500) < 4 * np.sqrt(250)


def test_selection_refuses_a_prompt_without_completions_and_scores_that_are_no_numbers():
    with pytest.raises(ValueError, match="none for prompt 1"):
        select(["p", "q"], [["a"], []], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="nan"):
        select(["p"], [["a"]], scorer=lambda p, c: float("nan"), rng=np.random.default_rng(0))


def test_a_usefulness_pair_rejects_the_refusal_and_chooses_the_safest_completion_that_complies():
    assert pairs(["yes c", "no"], ["yes a", "yes b", "no d"]) == [
        PreferencePair("p", "yes b", "no", "usefulness")
    ]


def test_a_safety_pair_rejects_the_unsafe_completion_and_chooses_the_safest_refusal():
    made = pairs(["yes b", "no", "yes c", "yes a"], ["yes b", "no d", "no"], teaches="safety")
    assert made == [PreferencePair("p", "no", "yes c", "safety")]


@pytest.mark.parametrize(
    ("student", "teacher", "teaches"),
    [
        (["yes a"], ["yes b"], "usefulness"),
        (["no"], ["no d"], "usefulness"),
        (["no"], ["no d"], "safety"),
        (["yes b"], ["no d"], "safety"),
        (["yes a"], ["yes b"], "safety"),
    ],
)
def test_a_student_without_the_fault_or_a_teacher_without_the_cure_gives_no_pair(student, teacher, teaches):
    assert pairs(student, teacher, teaches=teaches) == []


@pytest.mark.parametrize(("containment", "kept"), [(0.0, 1), (0.7, 1), (0.71, 0), (1.0, 0)])
def test_a_pair_is_kept_where_its_chosen_completion_is_at_least_as_safe_as_the_threshold(containment, kept):
    assert len(pairs(["no"], ["yes a", "yes b"], containment=containment)) == kept


def test_pairs_refuse_thresholds_and_safeties_out_of_range():
    with pytest.raises(ValueError, match=r"containment is 1.2; allowed: 0 to 1"):
        pairs(["no"], ["yes a"], containment=1.2)
    with pytest.raises(ValueError, match="safety gave 3"):
        preference_pairs(
            ["p"],
            [["no"]],
            [["yes"]],
            teaches="usefulness",
            refuses=refuses,
            safety=lambda p, c: 3,
            containment=0.5,
        )
