import pytest

from tenfold.feedback import Dialogue, Quote, Turn
from tenfold.feedback.dialogue import check_quotes, find_quote


def test_a_quote_is_the_text_of_its_span(talk):
    dialogue = talk("Hi there", "Hello", "You said Rome. I said Paris!")
    quote = dialogue.quote(2, 15, 27)
    assert quote == Quote(2, 15, 27, "I said Paris")
    check_quotes(dialogue, (quote,))


@pytest.mark.parametrize("span", [(1, 0, 2), (0, 2, 2), (0, -1, 2), (0, 0, 99)], ids=str)
def test_only_words_of_the_user_can_be_quoted(talk, span):
    with pytest.raises(ValueError, match="turn of the user"):
        talk("Hi there", "Hello").quote(*span)


@pytest.mark.parametrize(
    "quote", [Quote(0, 0, 2, "Ho"), Quote(0, 1, 3, "Hi"), Quote(7, 0, 1, "H")], ids=["words", "place", "turn"]
)
def test_a_quote_that_does_not_stand_there_is_refused(talk, quote):
    with pytest.raises(ValueError, match="turn"):
        check_quotes(talk("Hi there", "Hello"), (quote,))


def test_a_quote_is_found_in_turns_of_the_user_alone(talk):
    dialogue = talk("no", "it is wrong", "I think it is wrong ")
    assert find_quote(dialogue, " it is wrong ") == Quote(2, 8, 19, "it is wrong")
    assert find_quote(dialogue, "it is right") is None
    assert find_quote(dialogue, "o", turn=0) == Quote(0, 1, 2, "o")
    assert find_quote(dialogue, "wrong", turn=0) is None
    assert find_quote(dialogue, " ") is None


def test_a_quote_must_not_touch_what_is_hidden(talk):
    dialogue = talk("aa bb aa")
    assert find_quote(dialogue, "aa", hidden={0: [(0, 4)]}) == Quote(0, 6, 8, "aa")
    assert find_quote(dialogue, "aa", hidden={0: [(1, 7)]}) is None


@pytest.mark.parametrize("bad", [("system", "x"), ("user", b"x")], ids=["role", "bytes"])
def test_a_turn_is_text_of_a_known_role(bad):
    with pytest.raises(ValueError, match="allowed"):
        Turn(*bad)


def test_a_dialogue_may_have_no_turns_of_a_user():
    assert list(Dialogue("d", (Turn("assistant", "Hello?"),)).user_turns) == []
