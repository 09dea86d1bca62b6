"""Windows of a mixture, on texts whose tokens are their own positions."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tenfold.lm.mixture_windows import MixtureWindows, all_windows, allotment, spread

CONTEXT = 4
TEXTS = {
    "north": [torch.arange(0, 2001), torch.arange(10_000, 18_001)],  # 500 and 2000 windows
    "south": [torch.arange(20_000, 24_001)],  # 1000 windows
    "west": [torch.arange(30_000, 30_401)],  # 100 windows
}
SHARES = {"north": 0.6, "south": 0.3, "west": 0.1}


def windows(shares=SHARES, *, steps=20, seed=0, texts=TEXTS) -> MixtureWindows:
    return MixtureWindows(texts, shares, context=CONTEXT, batch=10, steps=steps, seed=seed)


def starts(mixture: MixtureWindows, *, steps=20, group: str | None = None) -> list[int]:
    """First positions of the windows of a run, or of those of one group."""
    first = torch.cat([mixture[step] for step in range(steps)])[:, 0].tolist()
    own = (
        range(30_000, 40_000)
        if group == "west"
        else range(20_000, 30_000)
        if group == "south"
        else range(20_000)
    )
    return [start for start in first if group is None or start in own]


@given(parts=st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any), count=st.integers(0, 40_000))
def test_counts_sum_exactly_and_lie_within_one_of_the_exact_share(parts, count):
    exact = {str(number): part / sum(parts) * count for number, part in enumerate(parts)}
    counts = allotment({name: part / sum(parts) for name, part in zip(exact, parts, strict=True)}, count)
    assert sum(counts.values()) == count
    assert all(abs(counts[name] - exact[name]) < 1 + 1e-6 for name in exact)
    rounded_up = [exact[n] - math.floor(exact[n] + 1e-9) for n in exact if counts[n] > exact[n] + 1e-9]
    rounded_down = [exact[n] - math.floor(exact[n] + 1e-9) for n in exact if counts[n] < exact[n] - 1e-9]
    assert not rounded_up or not rounded_down or min(rounded_up) >= max(rounded_down) - 1e-9


@pytest.mark.parametrize(
    ("shares", "count", "expected"),
    [
        ({"a": 0.5, "b": 0.3, "c": 0.2}, 10, [5, 3, 2]),
        ({"a": 0.47, "b": 0.16, "c": 0.37}, 10, [5, 1, 4]),
        ({"a": 0.5, "b": 0.5}, 3, [2, 1]),
        ({"a": 0.0, "b": 1.0}, 7, [0, 7]),
        ({"a": 0.1, "b": 0.2, "c": 0.7}, 10, [1, 2, 7]),
        ({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, 3, [1, 1, 1]),
    ],
    ids=[
        "exact",
        "largest remainders",
        "a tie goes to the first",
        "share of 0",
        "0.7 * 10 in floats",
        "thirds",
    ],
)
def test_counts_worked_by_hand(shares, count, expected):
    assert list(allotment(shares, count).values()) == expected


def test_each_group_has_its_share_of_the_windows():
    mixture = windows()
    assert {group: len(starts(mixture, group=group)) for group in SHARES} == {
        "north": 120,
        "south": 60,
        "west": 20,
    }


def test_no_window_comes_twice_and_each_is_a_piece_of_one_text():
    mixture = windows({"north": 0.0, "south": 0.9, "west": 0.1}, steps=100)
    seen = torch.cat([mixture[step] for step in range(100)])
    assert seen.shape == (1000, CONTEXT + 1)
    assert torch.equal(seen - seen[:, :1], torch.arange(CONTEXT + 1).expand(1000, -1))
    assert len(set(seen[:, 0].tolist())) == 1000
    assert set((seen[:, 0] % CONTEXT).tolist()) == {0}


@pytest.mark.parametrize("seed", [0, 1])
def test_with_one_seed_a_larger_share_adds_text_to_what_a_smaller_one_has(seed):
    nested = [
        set(starts(windows({"north": 1 - share, "south": share, "west": 0.0}, seed=seed), group="south"))
        for share in (0.05, 0.2, 0.5, 1.0)
    ]
    assert list(map(len, nested)) == [10, 40, 100, 200]
    assert nested[0] < nested[1] < nested[2] < nested[3]


def test_a_longer_run_adds_text_to_what_a_shorter_one_has():
    short, long = (set(starts(windows(steps=steps), steps=steps)) for steps in (20, 40))
    assert short < long


def test_seeds_draw_different_text_and_the_same_seed_the_same():
    assert starts(windows()) == starts(windows())
    assert set(starts(windows())) != set(starts(windows(seed=1)))


def test_groups_are_mixed_over_the_run():
    mixture = windows({"north": 0.5, "south": 0.5, "west": 0.0})
    first_half = [start for step in range(10) for start in mixture[step][:, 0].tolist()]
    # Hypergeometric: 50 expected of 100, standard deviation 3.5.
    assert 32 < sum(start >= 20_000 for start in first_half) < 68


def test_languages_of_a_group_come_in_proportion_to_their_text():
    north = starts(windows({"north": 1.0, "south": 0.0, "west": 0.0}, steps=100), steps=100)
    # Hypergeometric: a fifth of 1000, standard deviation 9.8.
    assert 150 < sum(start < 10_000 for start in north) < 250


def test_a_group_of_share_zero_gives_nothing():
    mixture = windows({"north": 1.0, "south": 0.0, "west": 0.0})
    assert starts(mixture, group="south") == starts(mixture, group="west") == []
    assert len(starts(mixture, group="north")) == 200


def test_a_group_may_give_all_its_text_and_not_one_window_more():
    shares = {"north": 0.45, "south": 0.45, "west": 0.1}
    assert len(set(starts(windows(shares, steps=100), steps=100, group="west"))) == 100
    message = r"group 'west' has 100 windows of 4 tokens; with a share of 0.1 .* needs 101"
    with pytest.raises(ValueError, match=message):
        windows(shares, steps=101)


def test_windows_are_whole_numbers_that_embeddings_take():
    texts = {group: [text.to(torch.int32) for text in parts] for group, parts in TEXTS.items()}
    assert windows(texts=texts)[0].dtype == torch.int64


def test_all_windows_predict_each_token_but_the_first_once_and_leave_a_rest_out():
    cut = all_windows(torch.arange(100, 111), 3)
    assert cut.tolist() == [[100, 101, 102, 103], [103, 104, 105, 106], [106, 107, 108, 109]]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [0]),
        (2, [0, 5]),
        (3, [0, 3, 6]),
        (10, list(range(10))),
        (99, list(range(10))),
        (None, list(range(10))),
    ],
)
def test_windows_for_a_shorter_test_are_spread_evenly(count, expected):
    assert spread(torch.arange(10)[:, None].expand(10, 3), count)[:, 0].tolist() == expected
