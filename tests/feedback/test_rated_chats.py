"""On the real dialogues: nothing of their text stands here."""

import pytest

from tenfold.feedback import StatisticalExtractor, learn_rubric, rated_chats, score_many


@pytest.fixture(scope="module")
def chats():
    return rated_chats()


def test_all_rated_dialogues_are_there_and_default_ratings_are_told(chats):
    assert len(chats) == 5_988
    assert sum(chat.untouched for chat in chats) == 2_920
    assert all(1 <= chat.rating <= 10 for chat in chats)


def test_sides_share_the_turns_between_them(chats):
    assert all(turn.role == "user" for chat in chats for turn in chat.dialogue.turns)
    first, other = (rated_chats(user=user, least_turns=2)[:50] for user in ("first", "other"))
    for ours, theirs in zip(first, other, strict=True):
        assert ours.dialogue.turns[0].role == "user"
        for a, b in zip(ours.dialogue.turns, theirs.dialogue.turns, strict=True):
            assert {a.role, b.role} == {"user", "assistant"}
            assert a.text == b.text


def test_an_unknown_side_is_refused():
    with pytest.raises(ValueError, match="both, first, other"):
        rated_chats(user="rater")


def test_a_rubric_of_real_dialogues_has_checked_evidence(chats):
    moved = [chat for chat in chats if not chat.untouched and len(chat.dialogue.turns) > 3]
    some = [c for c in moved if c.rating <= 4][:40] + [c for c in moved if c.rating >= 8][:40]
    labels = [-1] * 40 + [1] * 40
    extractor = StatisticalExtractor()
    rubric = learn_rubric([chat.dialogue for chat in some], labels, extractor)
    scores = score_many([chat.dialogue for chat in moved[-60:]], rubric, extractor, progress=False)
    assert any(item.quotes for score in scores for item in score.items)
