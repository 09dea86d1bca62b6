"""The users' world: what an answer shows, which wishes it meets, what users then say."""

import numpy as np
import pytest

from tenfold.feedback.user_dialogues import Manners, request_of, user_dialogues
from tenfold.feedback.user_phrases import COMPLAINTS, PRAISE, part, phrase
from tenfold.feedback.user_world import (
    CUES,
    FACTS,
    ID,
    WORDS,
    User,
    compose,
    draw_request,
    draw_user,
    in_tokens,
    in_words,
    shown,
    unmet,
    utility,
)

REQUEST = tuple(ID[word] for word in ("quick", "tale", "dear", "mara"))
RIGHT = FACTS["mara"]
USER = User({"length": "brief", "register": "formal"}, polite=False)


def answer(text: str) -> list[int]:
    return in_tokens(text.format(*RIGHT))


@pytest.mark.parametrize(
    ("text", "sides", "facts", "flourish"),
    [
        ("certainly {} and {} and {}", ("brief", "prose", "formal"), 1, False),
        ("yep - {} mostly - {} famously - {} voila", ("detailed", "list", "casual"), 1, True),
        ("- {} - {} - {}", ("brief", "list", None), 1, False),
        ("naturally {} mostly and {} and {}", ("brief", "prose", "formal"), 1, False),
        ("certainly {1} and {0} and {2}", ("brief", "prose", "formal"), 1 / 3, False),
        ("{} and {} and {} and {}", None, None, False),
        ("voila", (None, None, None), 0, True),
    ],
)
def test_what_an_answer_shows(text, sides, facts, flourish):
    if sides is None:  # a fourth fact costs a point
        text, sides, facts = "{0} and {1} and {2} and {0}", ("brief", "prose", None), 2 / 3
    seen = shown(REQUEST, answer(text))
    assert tuple(seen.sides.get(a) for a in ("length", "format", "register")) == sides
    assert (seen.facts, seen.flourish) == (pytest.approx(facts), flourish)


def test_utility_by_hand():
    """Two wishes and 1.5 for the facts: 3.5 in all."""
    seen = shown(REQUEST, answer("yep {0} and {0} and {2}"))
    assert unmet(USER, seen) == ["formal", "facts"]
    assert utility(USER, seen) == pytest.approx((1 + 1.5 * 2 / 3) / 3.5)
    assert utility(USER, shown(REQUEST, answer("certainly {} and {} and {}"))) == 1


def test_composed_answers_show_what_they_were_asked_for():
    sides = {"length": "detailed", "format": "list", "register": "casual"}
    seen = [
        shown(REQUEST, compose(REQUEST, sides, fault=0.0, flourish=1.0, rng=np.random.default_rng(n)))
        for n in range(200)
    ]
    assert all((s.sides["format"], s.sides["register"], s.facts) == ("list", "casual", 1) for s in seen)
    assert all(s.flourish for s in seen)
    # at most one of three remarks has probability .15 ** 3 + 3 * .85 * .15 ** 2
    assert np.mean([s.sides["length"] == "detailed" for s in seen]) == pytest.approx(0.939, abs=0.05)


def test_requests_betray_wishes_and_keep_pairs_for_tests():
    rng = np.random.default_rng(0)
    requests = [draw_request(USER, "cued", held_out=False, rng=rng) for _ in range(1000)]
    betrayed = np.mean([WORDS[request[0]] in CUES["brief"] for request in requests])
    assert betrayed == pytest.approx(0.85, abs=0.04)
    assert np.mean([WORDS[r[0]] in CUES["brief"] for r in _uncued(rng)]) == pytest.approx(0.5, abs=0.06)
    tests = {(r[0], r[-1]) for r in (draw_request(USER, "cued", held_out=True, rng=rng) for _ in range(500))}
    assert not tests & {(request[0], request[-1]) for request in requests}


def _uncued(rng):
    return [draw_request(USER, "uncued", held_out=False, rng=rng) for _ in range(800)]


def test_verbose_users_care_for_remarks_alone():
    users = [draw_user("verbose", np.random.default_rng(n)) for n in range(100)]
    assert {tuple(user.wants.items()) for user in users} == {(), (("length", "detailed"),)}


def test_unknown_words_and_populations_are_refused():
    with pytest.raises(ValueError, match="cued, uncued, verbose"):
        draw_user("shy", np.random.default_rng(0))
    with pytest.raises(ValueError, match="'zebra'"):
        in_tokens("zebra")
    assert in_words(in_tokens("yep mara")) == "yep mara"


def perfect(requests, seed):
    sides = {"length": "brief", "format": "prose", "register": "formal"}
    rng = np.random.default_rng(seed)
    return [compose(request, sides, fault=0.0, flourish=0.0, rng=rng) for request in requests]


def test_users_speak_as_often_as_their_manners_say():
    made = user_dialogues(3000, perfect, manners=Manners(thanks=0.0), seed=3)
    exchanges = [exchange for entry in made for exchange in entry.exchanges]
    content = [e for e in exchanges if e.satisfied]
    cross = [e for e in exchanges if not e.satisfied]
    assert np.mean([e.said == "SAT" for e in content]) == pytest.approx(0.15, abs=0.02)
    assert np.mean([e.said == "DSAT" and not e.hinted for e in cross]) == pytest.approx(0.35, abs=0.03)
    assert np.mean([e.hinted for e in cross]) == pytest.approx(0.3, abs=0.03)
    assert not any(e.said == "DSAT" for e in content)
    assert not any(e.said == "SAT" for e in cross)


def test_dissatisfaction_grows_with_unmet_wishes():
    made = user_dialogues(3000, perfect, seed=4)
    by_number = {n: [] for n in range(4)}
    for entry in made:
        for exchange in entry.exchanges:
            by_number[len(unmet(entry.user, shown(exchange.request, exchange.answer)))].append(exchange)
    found = [1 - np.mean([e.satisfied for e in by_number[n]]) for n in range(4)]
    assert found == pytest.approx([0.05, 0.5, 0.8, 0.95], abs=0.06)


def test_a_dialogue_holds_request_answer_and_reaction_in_turn():
    entry = user_dialogues(1, perfect, manners=Manners(complains=1.0, hints=0.0, praises=1.0), seed=5)[0]
    turns = entry.dialogue.turns
    assert [turn.role for turn in turns] == ["user", "assistant"] * 3 + ["user"]
    for place, exchange in enumerate(entry.exchanges):
        assert request_of(turns[2 * place]) == exchange.request
        assert turns[2 * place + 1].text == in_words(exchange.answer)
        assert exchange.feedback in turns[2 * place + 2].text
        assert entry.marked[2 * place + 2] == {exchange.said}


def test_equal_seeds_give_equal_users_whoever_answers():
    def silent(requests, seed):
        return [[1] for _ in requests]

    ours, theirs = (user_dialogues(5, answerer, seed=7) for answerer in (perfect, silent))
    assert [e.user for e in ours] == [e.user for e in theirs]
    assert [e.exchanges[0].request for e in ours] == [e.exchanges[0].request for e in theirs]


def test_phrasings_for_tests_are_never_those_for_training():
    for texts in (*COMPLAINTS.values(), *PRAISE.values()):
        train, test = (part(texts, held_out=held_out) for held_out in (False, True))
        assert train
        assert test
        assert sorted([*train, *test]) == sorted(texts)
    rng = np.random.default_rng(0)
    said = {phrase(COMPLAINTS["brief"], held_out=True, rng=rng) for _ in range(100)}
    assert said == {COMPLAINTS["brief"][place] for place in (2, 3, 6, 7)}


def test_manners_that_are_no_probabilities_are_refused():
    with pytest.raises(ValueError, match=r"complains \+ hints is 1.1"):
        Manners(complains=0.8, hints=0.3)
    with pytest.raises(ValueError, match="thanks is -1"):
        Manners(thanks=-1)
