"""A corpus that is read once: the same rubrics, quotations and scores as without."""

import numpy as np
import pytest

from tenfold.feedback import (
    Dialogue,
    Pattern,
    RubricError,
    StatisticalExtractor,
    Turn,
    learn_rubric,
    score_many,
)
from tenfold.feedback.pattern_index import PatternIndex
from tenfold.feedback.patterns import REPETITION

WORDS = ["red", "blue", "green", "house", "tree", "river", "thanks", "sorry", "wrong", "great"]


@pytest.fixture(scope="module")
def talks():
    rng = np.random.default_rng(3)
    return [
        Dialogue(
            str(number),
            tuple(
                Turn(("user", "assistant")[at % 2], " ".join(rng.choice(WORDS, rng.integers(1, 7))) + ".")
                for at in range(rng.integers(2, 9))
            ),
        )
        for number in range(60)
    ]


@pytest.mark.parametrize("least", [1, 3])
def test_rubrics_and_scores_do_not_hang_on_the_index(talks, least):
    labels = np.where(np.arange(40) % 2, 1, -1)
    alone = StatisticalExtractor(least_z=0.5)
    indexed = StatisticalExtractor(least_z=0.5, index=PatternIndex(talks, longest=3, least_dialogues=least))
    rubric = learn_rubric(talks[:40], labels, alone)
    assert rubric.items
    assert learn_rubric(talks[:40], labels, indexed) == rubric
    assert score_many(talks[40:], rubric, indexed, progress=False) == score_many(
        talks[40:], rubric, alone, progress=False
    )


def test_places_are_those_of_the_first_occurrence_in_a_turn_of_the_user():
    talk = Dialogue(
        "a", (Turn("assistant", "blue tree"), Turn("user", "A tree."), Turn("user", "Blue tree!"))
    )
    index = PatternIndex([talk], longest=2, acts=())
    quotes = {pattern: index.quote(0, column) for pattern, column in index.column.items()}
    assert (quotes[Pattern("words", "tree")].turn, quotes[Pattern("words", "tree")].text) == (1, "tree")
    assert (quotes[Pattern("words", "blue tree")].turn, quotes[Pattern("words", "blue tree")].start) == (2, 0)
    assert set(quotes) == {
        Pattern("words", w) for w in ("a", "a tree", "tree", "blue", "blue tree")
    }  # no repetition: two words


def test_a_repeated_turn_is_in_the_index_and_what_a_dialogue_lacks_has_no_place():
    again = Dialogue("a", (Turn("user", "when does it leave"), Turn("user", "when does it leave now")))
    once = Dialogue("b", (Turn("user", "when does it leave"),))
    index = PatternIndex([again, once], longest=0)
    column = index.column[REPETITION]
    assert index.quote(0, column).text == "when does it leave now"
    assert index.quote(1, column) is None


def test_rare_patterns_are_left_out_and_equal_dialogues_share_a_row():
    talks = [Dialogue(str(n % 3), (Turn("user", "common rare" if n == 0 else "common"),)) for n in range(4)]
    index = PatternIndex(talks, longest=1, acts=(), least_dialogues=2)
    assert index.patterns == [Pattern("words", "common")]
    other = [Dialogue("a", (Turn("user", "x"),)), Dialogue("a", (Turn("user", "x"),))]
    assert PatternIndex(other, longest=1).rows(other).tolist() == [0, 0]
    assert PatternIndex(other, longest=1).rows(talks) is None


def test_an_index_of_other_patterns_is_refused(talks):
    with pytest.raises(RubricError, match="n-grams of 2 words"):
        StatisticalExtractor(index=PatternIndex(talks[:3], longest=2))
