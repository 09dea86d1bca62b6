import pytest

from tenfold.feedback.acts import ACTS
from tenfold.feedback.repetition import repeats
from tenfold.feedback.tokens import ngrams, words_of


def test_a_turn_said_again_in_other_order_is_found():
    turns = [
        "Where is the nearest open pharmacy?",
        "No.",
        "the nearest open pharmacy: WHERE is it",
        "Thank you",
    ]
    assert repeats(turns) == [None, None, 0, None]


def test_short_turns_repeat_nothing():
    assert repeats(["ok then", "ok then", "ok then"]) == [None] * 3


def test_the_latest_of_several_is_named():
    assert repeats(["book a cheap hotel"] * 3) == [None, 0, 1]


@pytest.mark.parametrize("overlap", [0, 1.1])
def test_overlap_out_of_range_is_refused(overlap):
    with pytest.raises(ValueError, match="overlap"):
        repeats([], overlap=overlap)


def test_words_keep_their_places_in_the_text():
    text = "It\u2019s İstanbul\u2026 NOT  Rome!"
    for word in words_of(text):
        assert word.text == text[word.start : word.end].lower().replace("\u2019", "'")
    assert [word.text for word in words_of(text)][-2:] == ["not", "rome"]


def test_ngrams_stay_within_a_sentence():
    grams = [gram for gram, *_ in ngrams(words_of("No, that. Is it?"), 3)]
    assert grams == ["no", "no that", "that", "is", "is it", "it"]


SAID = {
    "gratitude": ["Thanks a lot!", "thank you", "I really liked it, thx"],
    "learning": ["Oh, I didn\u2019t know that", "Good to know."],
    "compliance": ["That sounds good", "ok, I'll try that"],
    "praise": ["Great, that is it", "this is awesome"],
    "personal details": ["My wife is ill", "I live in Rome"],
    "humor": ["hahaha", "lol nice", "that was it \U0001f602\U0001f603"],
    "acknowledgment": ["Makes sense.", "You're right"],
    "positive closure": ["Have a great day!", "bye"],
    "getting there": ["much better", "Almost there, thanks"],
    "negative feedback": ["that's terrible", "You are useless"],
    "revision": ["Could you rewrite it?", "make it shorter"],
    "factual error": ["That is wrong.", "No, you\u2019re incorrect"],
    "unrealistic expectation": ["why can't you do it"],
    "no engagement": ["ok", "  idk ", "K."],
    "ignored": ["I already told you", "that's not what I asked"],
    "lower quality": ["this is even worse", "The first version was better"],
    "insufficient detail": ["more details please", "Can you elaborate?"],
    "style": ["too long", "stop using emojis"],
}


@pytest.mark.parametrize("act", SAID)
def test_an_act_is_found_in_what_says_it(act):
    for text in SAID[act]:
        start, end = ACTS[act].find(text) or pytest.fail(f"{act} not in {text!r}")
        assert text[start:end].strip()


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ("praise", "that is not great"),
        ("gratitude", "a thanksgiving party"),
        ("no engagement", "ok, book the second one"),
        ("factual error", "what went wrong in 1929?"),
        ("positive closure", "I bought it bypassing the shop"),
        ("humor", "Haifa"),
        ("ignored", "what did she say"),
    ],
)
def test_an_act_is_not_found_in_what_only_looks_like_it(act, text):
    assert ACTS[act].find(text) is None
