import numpy as np
import pytest

from tenfold.feedback import (
    FeedbackPrompt,
    LanguageModelJudge,
    LanguageModelSummariser,
    Turn,
    checklist_eval,
    feedback_pairs,
    find_feedback,
    quoted_feedback,
)


def generator(prompts, seed):
    return [f"{'; '.join(p.checklist) or 'plain'} after {len(p.history)}" for p in prompts]


@pytest.fixture
def dialogues(talk):
    return [
        talk(
            "Tell me of Rome",
            "Rome is old.",
            "more details please",
            "Much more of it.",
            "thanks a lot",
            id="a",
        ),
        talk("Tell me of Oslo", "Oslo is in Spain.", "That is wrong", id="b"),
        talk("Hi", "Hello.", "a hat", id="c"),
    ]


def pairs(dialogues, **settings):
    given = {"version": "expert", "summarise": quoted_feedback, "generator": generator, "seed": 0} | settings
    return feedback_pairs(dialogues, [find_feedback(d) for d in dialogues], **given)


def test_expert_pairs_reject_the_answer_that_drew_dissatisfaction(dialogues):
    made = pairs(dialogues)
    assert [(p.dialogue, p.answer, p.rejected) for p in made.pairs] == [
        ("a", 1, "Rome is old."),
        ("b", 1, "Oslo is in Spain."),
    ]
    assert made.pairs[0].chosen == "insufficient detail: more details after 1"
    assert [turn.text for turn in made.pairs[0].prompt.history] == ["Tell me of Rome"]
    assert (made.dropped, made.empty) == (0, 0)


def test_the_stored_prompt_tells_nothing_of_the_checklist(dialogues):
    assert all((p.prompt.checklist, p.prompt.instruction) == ((), "") for p in pairs(dialogues).pairs)


def test_the_expert_gets_a_safety_instruction_and_the_policy_does_not(dialogues):
    seen = []

    def watching(prompts, seed):
        seen.extend((bool(p.checklist), bool(p.instruction)) for p in prompts)
        return generator(prompts, seed)

    pairs(dialogues, generator=watching)
    assert set(seen) == {(True, True)}
    seen.clear()
    pairs(dialogues, version="on-policy", generator=watching, prefers=lambda *_: 1.0)
    assert set(seen) == {(True, False), (False, False)}


def test_on_policy_pairs_come_from_the_policy_twice_and_are_filtered(dialogues):
    def prefers(prompt, checklist, first, second):
        return 1.0 if "error" in first else 0.5

    made = pairs(dialogues, version="on-policy", prefers=prefers)
    assert [(p.chosen, p.rejected) for p in made.pairs] == [
        ("factual error: That is wrong after 1", "plain after 1")
    ]
    assert made.dropped == 2


def test_satisfaction_can_be_left_out(dialogues):
    keep = {"version": "on-policy", "prefers": lambda *_: 1.0}
    assert [p.answer for p in pairs(dialogues, **keep).pairs] == [1, 3, 1]
    assert [p.answer for p in pairs(dialogues, use=("DSAT",), **keep).pairs] == [1, 1]


def test_answers_without_a_checklist_are_counted(dialogues):
    made = pairs(dialogues, summarise=lambda dialogue, signals: [" "])
    assert (made.pairs, made.empty) == ([], 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"version": "both"}, "allowed: expert, on-policy"),
        ({"version": "on-policy"}, "prefers is missing"),
        ({"generator": lambda prompts, seed: ["one"]}, "1 answers for 2 prompts"),
        ({"version": "on-policy", "prefers": lambda *_: 2.0}, "allowed: 0 to 1"),
    ],
    ids=["version", "no judge", "number", "judge"],
)
def test_bad_settings_are_refused(dialogues, settings, message):
    with pytest.raises(ValueError, match=message):
        pairs(dialogues, **settings)


PROMPTS = [FeedbackPrompt(str(n), (Turn("user", "Write"),)) for n in range(10)]
LONG, SHORT = ["a long answer, on and on"] * 10, ["short"] * 10


def verbose(prompt, checklist, first, second):
    """Likes what the checklist asks for; without one, length."""
    if "short" in checklist:
        return float(len(first) < len(second))
    return float(len(first) > len(second))


def test_the_checklist_turns_the_verdict_of_a_verbose_judge():
    result = checklist_eval(PROMPTS, SHORT, LONG, verbose, checklists=[["short"]] * 7 + [["long"]] * 3)
    assert result.win_rate(checklist=True).value == pytest.approx(0.7)
    assert result.win_rate(checklist=False).value == 0
    gain = result.gain()
    assert gain.value == pytest.approx(0.7)
    assert gain.low > 0
    high = result.win_rate(checklist=False).high
    assert 0.1 < high < 0.3  # Wilson, 0 of 10 at 90 %: z^2 / (n + z^2)
    assert high == pytest.approx(1.6449**2 / (10 + 1.6449**2), rel=1e-3)


def test_a_judge_that_takes_the_first_answer_it_sees_gives_one_half():
    result = checklist_eval(PROMPTS, SHORT, LONG, lambda *_: 1.0, checklists=[["short"]] * 10)
    assert set(result.guided) == set(result.generic) == {0.5}


@pytest.mark.parametrize(
    "given",
    [(PROMPTS, SHORT[1:], LONG, [["a"]] * 10), ([], [], [], []), (PROMPTS, SHORT, LONG, [[]] * 10)],
    ids=["numbers", "none", "empty checklist"],
)
def test_examples_that_cannot_be_judged_are_refused(given):
    *answers, checklists = given
    with pytest.raises(ValueError, match="allowed"):
        checklist_eval(*answers, verbose, checklists=checklists)


def test_a_language_model_judges_by_the_checklist_it_is_given(scripted):
    model = scripted(lambda r: {"better": "second" if "be brief" in str(r.messages) else "tie"})
    judge = LanguageModelJudge(model)
    assert judge(PROMPTS[0], ["be brief"], "x", "y") == 0.0
    assert judge(PROMPTS[0], [], "x", "y") == 0.5
    assert "What this user wants" not in str(model.requests[-1].messages)


def test_a_summariser_reads_up_to_the_feedback_and_no_further(talk, scripted):
    dialogue = talk("Tell me", "No.", "That is wrong", "Yes.", "secret")
    model = scripted(lambda _: {"wants": ["a", "b", "c"]})
    signals = [s for s in find_feedback(dialogue) if s.turn == 2]
    assert LanguageModelSummariser(model, most=2)(dialogue, signals) == ["a", "b"]
    assert "secret" not in str(model.requests[0].messages)


def test_win_rates_are_estimates_in_their_interval():
    result = checklist_eval(PROMPTS, SHORT, LONG, verbose, checklists=[["short"]] * 10)
    estimate = result.win_rate(checklist=True)
    assert estimate.value == 1
    assert np.isclose(estimate.high, 1)
    assert estimate.low < 0.85
