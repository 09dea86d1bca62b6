"""The statistical extractor on dialogues whose labels have a known cause."""

import numpy as np
import pytest

from tenfold.feedback import (
    Dialogue,
    Pattern,
    Rubric,
    RubricError,
    RubricItem,
    StatisticalExtractor,
    Turn,
    learn_rubric,
    score,
    score_many,
)

FILLER = ["red", "blue", "green", "house", "tree", "river", "stone", "cloud", "table", "paper", "window"]


def simulated(n: int, seed: int, *, planted: float = 0.7) -> tuple[list[Dialogue], np.ndarray]:
    """Random words; "sunny side" in `planted` of the satisfied, "rusty nail" in as many of the others."""
    rng = np.random.default_rng(seed)
    labels = np.where(np.arange(n) % 2, 1, -1)
    dialogues = []
    for number, label in enumerate(labels):
        lines = [" ".join(rng.choice(FILLER, rng.integers(4, 9))) for _ in range(rng.integers(3, 7))]
        if rng.random() < planted:
            lines[rng.integers(len(lines))] += " sunny side" if label == 1 else " rusty nail"
        turns = [turn for line in lines for turn in (Turn("user", line), Turn("assistant", "sunny rusty"))]
        dialogues.append(Dialogue(str(number), tuple(turns)))
    return dialogues, labels


def auc(scores: list[int], labels: np.ndarray) -> float:
    """Probability that a satisfied dialogue scores higher, ties as a half."""
    better = np.subtract.outer(np.array(scores)[labels == 1], np.array(scores)[labels == -1])
    return float((better > 0).mean() + (better == 0).mean() / 2)


def test_planted_phrases_lead_the_rubric_and_predict_unseen_dialogues():
    train, labels = simulated(160, 0)
    extractor = StatisticalExtractor()
    rubric = learn_rubric(train, labels, extractor)
    assert rubric.of("SAT")[0].text == 'The user says "sunny side".'
    assert rubric.of("DSAT")[0].text == 'The user says "rusty nail".'
    test, truth = simulated(160, 1000)
    got = auc([s.total for s in score_many(test, rubric, extractor, progress=False)], truth)
    assert got == pytest.approx(1 - 0.3**2 / 2, abs=0.08)  # both silent: a tie


@pytest.mark.parametrize("planted", [0.0, 0.7], ids=["no cause", "a cause"])
def test_a_rubric_of_shuffled_labels_is_at_chance_on_unseen_dialogues(planted):
    """Labels shuffled in training and in the test: 5 draws with a standard error of about 0.05 each."""
    values = []
    for seed in range(5):
        shuffle = np.random.default_rng(seed).permutation
        train, labels = simulated(100, seed, planted=planted)
        test, truth = simulated(160, seed + 1000, planted=planted)
        extractor = StatisticalExtractor(longest=2)
        rubric = learn_rubric(train, shuffle(labels), extractor)
        values.append(
            auc([s.total for s in score_many(test, rubric, extractor, progress=False)], shuffle(truth))
        )
    assert abs(np.mean(values) - 0.5) < 0.07


def test_turns_of_the_assistant_are_no_evidence():
    train, labels = simulated(80, 3)
    spoken = [
        Dialogue(d.id, (*d.turns, Turn("assistant", "golden gate" if label == 1 else "stay here")))
        for d, label in zip(train, labels, strict=True)
    ]
    rubric = learn_rubric(spoken, labels, StatisticalExtractor())
    assert not any("golden" in item.text or "gate" in item.text for item in rubric.items)


def test_every_item_that_scores_quotes_the_user_and_its_pattern():
    train, labels = simulated(160, 0)
    extractor = StatisticalExtractor()
    rubric = learn_rubric(train, labels, extractor)
    seen = 0
    for dialogue, scored in zip(train, score_many(train, rubric, extractor, progress=False), strict=True):
        for item in scored.items:
            for quote in item.quotes:
                said = dialogue.turns[quote.turn]
                assert said.role == "user"
                assert said.text[quote.start : quote.end] == quote.text
                assert quote.text in {p.value for p in item.item.patterns}
                seen += 1
    assert seen > 100


def test_the_total_is_satisfaction_less_dissatisfaction(talk):
    words = [("good", "SAT", 2.0), ("fine", "SAT", 1.0), ("slow", "DSAT", -1.0)]
    items = [RubricItem(text=w, polarity=p, patterns=(Pattern("words", w),), log_odds=o) for w, p, o in words]
    extractor, rubric = StatisticalExtractor(), Rubric(items=tuple(items))
    assert score(talk("fine and good, but slow"), rubric, extractor).features == [10, 5, 5]
    assert score(talk("fine and good, but slow"), rubric, extractor).total == 10
    assert score(talk("slow, slow, slow!"), rubric, extractor).total == -5
    assert score(talk("nothing of it"), rubric, extractor).total == 0


def test_a_repeated_question_counts_against_satisfaction(talk):
    question = "when does the next train to Rome leave"
    rivals = [talk(question, "Soon.", f"{word} {question}?", id=word) for word in ("so", "but", "please")] * 4
    happy = [talk(question, "Soon.", f"I take the {word} one then", id=word) for word in ("red", "old")] * 6
    labels = [-1] * 12 + [1] * 12
    rubric = learn_rubric(rivals + happy, labels, StatisticalExtractor(longest=0, strata=1))
    assert "The user repeats or rephrases an earlier turn." in [item.text for item in rubric.of("DSAT")]


def test_a_rare_pattern_survives_small_batches_only_with_carry_over():
    """Its reasons all stand in the first mini-batch; the rubric is that of the last one."""
    filler = [Dialogue(f"f{n}", (Turn("user", "plain talk"),)) for n in range(60)]
    early = [Dialogue(f"e{n}", (Turn("user", "violet"),)) for n in range(6)]
    late = [Dialogue(f"l{n}", (Turn("user", "orange"),)) for n in range(60)]
    labels = [1] * 66 + [-1] * 60
    extractor = StatisticalExtractor(acts=(), strata=1)
    dialogues = [*early, *late, *filler]

    def texts(carry_over: bool) -> list[str]:
        rubric = learn_rubric(dialogues, labels, extractor, batch=10, carry_over=carry_over)
        return [item.text for item in rubric.of("SAT")]

    assert 'The user says "violet".' in texts(True)
    assert texts(False) == ['The user says "orange".']


def test_fewer_reasons_than_items_give_fewer_items():
    dialogues = [Dialogue(str(n), (Turn("user", "lovely" if n % 2 else "dreadful"),)) for n in range(8)]
    rubric = learn_rubric(dialogues, [1 if n % 2 else -1 for n in range(8)], StatisticalExtractor(strata=1))
    assert [len(rubric.of("SAT")), len(rubric.of("DSAT"))] == [1, 1]
    assert rubric.learnt["SAT reasons"] == 4


def test_no_more_items_and_reasons_than_asked_for():
    train, labels = simulated(160, 0)
    extractor = StatisticalExtractor(least_z=0.1)
    assert len(learn_rubric(train, labels, extractor, n_items=4).of("SAT")) == 4
    extractions = extractor.extract(train, labels, most=2)
    assert max(map(len, extractions["SAT"].reasons)) == 2
    assert len(extractions["SAT"].reasons) == (labels == 1).sum()


def test_dialogues_without_turns_of_the_user_teach_nothing_and_score_nothing():
    silent = Dialogue("silent", (Turn("assistant", "Hello? sunny side"),))
    train, labels = simulated(60, 0)
    extractor = StatisticalExtractor()
    with_silent = learn_rubric([*train, silent, Dialogue("none", ())], [*labels, 1, -1], extractor)
    assert with_silent.of("SAT")
    for dialogue in (silent, Dialogue("none", ())):
        scored = score(dialogue, with_silent, extractor)
        assert (scored.total, [item.quotes for item in scored.items if item.quotes]) == (0, [])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 1], "one class only"),
        ([1], "one label each"),
        ([1, 0], "0"),
        ([1, 2], "2"),
        ([], "one label each"),
    ],
    ids=str,
)
def test_labels_that_teach_nothing_are_refused(talk, labels, message):
    with pytest.raises(RubricError, match=message):
        learn_rubric([talk("good"), talk("bad")], labels, StatisticalExtractor())


@pytest.mark.parametrize("argument", ["n_items", "n_reasons", "batch"])
def test_sizes_below_one_are_refused(talk, argument):
    with pytest.raises(RubricError, match=f"{argument} is 0"):
        learn_rubric([talk("good"), talk("bad")], [1, -1], StatisticalExtractor(), **{argument: 0})


def test_words_of_an_act_are_named_as_words_only_where_the_act_is_not_looked_for():
    dialogues = [Dialogue(str(n), (Turn("user", "thank you" if n % 2 else "no trees"),)) for n in range(12)]
    labels = [1 if n % 2 else -1 for n in range(12)]

    def leading(acts):
        rubric = learn_rubric(dialogues, labels, StatisticalExtractor(strata=1, acts=acts))
        return rubric.of("SAT")[0].text

    assert leading(None) == "The user thanks the assistant."
    assert leading(()) == 'The user says "thank you".'


def test_an_unknown_act_is_refused():
    with pytest.raises(RubricError, match="'shouting'; allowed: gratitude"):
        StatisticalExtractor(acts=("shouting",))


def test_a_rubric_of_a_language_model_is_refused(talk):
    rubric = Rubric(items=(RubricItem(text="The user thanks.", polarity="SAT"),))
    with pytest.raises(RubricError, match="without patterns"):
        score(talk("thanks"), rubric, StatisticalExtractor())


def test_a_rubric_without_items_scores_zero(talk):
    assert score(talk("thanks"), Rubric(items=()), StatisticalExtractor()).total == 0


def embed(texts):
    """Two directions: of weather, and of all else."""
    return np.array([[1.0, 0.0] if {"rain", "snow", "sleet"} & set(t.split()) else [0.1, 1.0] for t in texts])


def test_meanings_join_what_words_do_not():
    rainy = [
        Dialogue(w, (Turn("user", f"much {w} {n}"),)) for n, w in enumerate(["rain", "snow", "sleet"] * 3)
    ]
    other = [
        Dialogue(w, (Turn("user", f"much {w} {n}"),)) for n, w in enumerate(["work", "sport", "food"] * 3)
    ]
    extractor = StatisticalExtractor(longest=0, acts=(), strata=1, embed=embed)
    rubric = learn_rubric(rainy + other, [-1] * 9 + [1] * 9, extractor)
    assert "something like: much" in rubric.of("DSAT")[0].text
    unseen = Dialogue("u", (Turn("user", "there is sleet again"),))
    scored = score(unseen, rubric, extractor)
    assert scored.total < 0
    assert {quote.text for item in scored.items for quote in item.quotes} == {"there is sleet again"}
    with pytest.raises(RubricError, match="give embed"):
        score(unseen, rubric, StatisticalExtractor())


def test_an_encoder_that_gives_no_numbers_is_refused():
    extractor = StatisticalExtractor(embed=lambda texts: np.full((len(texts), 2), np.nan))
    train, labels = simulated(8, 0)
    with pytest.raises(RubricError, match="finite"):
        learn_rubric(train, labels, extractor)


@pytest.mark.parametrize("unit", ["no ", "\U0001f600", "\x00", "haha ", "\n"], ids=repr)
def test_a_turn_of_fifty_thousand_pieces_is_read_to_its_end(unit):
    """With anything slower than linear time this would not end."""
    train, labels = simulated(40, 0)
    extractor = StatisticalExtractor()
    rubric = learn_rubric(train, labels, extractor)
    text = unit * 50_000 + " sunny side"
    scored = score(Dialogue("long", (Turn("user", text), Turn("user", text))), rubric, extractor)
    assert "sunny side" in {quote.text for item in scored.items for quote in item.quotes}


def test_odd_characters_are_text_like_any_other():
    odd = ["na\u00efve \u4f60\u597d", "\u202ertl", "\ufeffbom", "half \ud83d pair", "nul \x00 byte"]
    dialogues = [
        Dialogue(str(n), (Turn("user", odd[n % 5] + (" sunny" if n % 2 else " rusty")),)) for n in range(20)
    ]
    labels = [1 if n % 2 else -1 for n in range(20)]
    extractor = StatisticalExtractor(strata=1)
    rubric = learn_rubric(dialogues, labels, extractor)
    assert (
        auc([s.total for s in score_many(dialogues, rubric, extractor, progress=False)], np.array(labels))
        == 1
    )


def test_a_rubric_comes_back_from_json_as_it_went():
    train, labels = simulated(60, 0)
    rubric = learn_rubric(train, labels, StatisticalExtractor())
    assert Rubric.from_json(rubric.to_json()) == rubric


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"items": [{"text": "", "polarity": "SAT"}]}', '{"items": [{"text": "a", "polarity": "up"}]}',
     '{"items": [{"text": "a", "polarity": "SAT", "log_odds": NaN}]}', '{"items": [], "more": 1}'],
)  # fmt: skip
def test_what_is_no_rubric_is_refused(text):
    with pytest.raises(RubricError, match="no rubric"):
        Rubric.from_json(text)
