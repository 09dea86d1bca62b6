import pytest

from tenfold.longcontext.chunks import CHUNK_RULES, chunks


@pytest.mark.parametrize("rule", CHUNK_RULES)
@pytest.mark.parametrize("length", [1, 15, 16, 17, 40, 63, 64, 100])
def test_every_token_is_stored_once_from_a_window_that_holds_it(rule, length):
    stored = []
    for chunk in chunks(length, 16, rule):
        assert chunk.start <= chunk.keep < chunk.end <= chunk.start + 16
        stored += range(chunk.keep, chunk.end)
    assert stored == list(range(length))


def left_context(rule):
    """The least that a token of a long text has before it in its window, but for the first window."""
    return min(chunk.keep - chunk.start for chunk in chunks(160, 16, rule)[1:])


def test_left_context_is_what_each_rule_promises():
    assert {rule: left_context(rule) for rule in CHUNK_RULES} == {"new": 8, "middle": 4, "disjoint": 0}


def test_the_middle_rule_keeps_the_middle_half_alone():
    middle = chunks(160, 16, "middle")[1:-1]
    assert {(chunk.keep - chunk.start, chunk.end - chunk.start) for chunk in middle} == {(4, 12)}


def test_unknown_rules_and_odd_windows_are_refused():
    with pytest.raises(ValueError, match="rule is 'other'"):
        chunks(10, 16, "other")
    for length, window in ((0, 16), (10, 6)):
        with pytest.raises(ValueError, match=f"length is {length} and window {window}"):
            chunks(length, window, "new")
