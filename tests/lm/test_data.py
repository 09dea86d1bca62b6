"""Windows of text, on a text whose tokens are their own positions."""

import pytest
import torch

from tenfold.lm.data import TestWindows, TrainingWindows, byte_tokens

TEXT = torch.arange(1001)


def training(steps=25, seeds=(0, 1)) -> TrainingWindows:
    return TrainingWindows(TEXT, context=10, batch=4, steps=steps, seeds=seeds)


def test_no_run_sees_a_token_twice():
    seen = torch.stack([training()[step][..., :-1] for step in range(25)], 1)
    for run in seen:
        assert sorted(run.flatten().tolist()) == list(range(1000))


def test_each_window_is_a_piece_of_the_text_with_the_token_that_follows():
    batch = training()[7]
    assert batch.shape == (2, 4, 11)
    assert torch.equal(batch - batch[..., :1], torch.arange(11).expand(2, 4, 11))


def test_order_depends_on_the_seed_alone():
    alone, stacked = training(seeds=[3]), training(seeds=[1, 3])
    assert torch.equal(alone[4][0], stacked[4][1])
    assert not torch.equal(stacked[4][0], stacked[4][1])


def test_longer_run_begins_with_the_windows_of_the_shorter():
    assert torch.equal(training(steps=5)[4], training(steps=25)[4])


def test_too_short_a_text_is_refused_with_what_there_is():
    with pytest.raises(ValueError, match=r"26 steps of batch 4 need 104 windows.*text has 100: shorten"):
        training(steps=26)


def test_test_windows_are_fixed_spread_and_whole():
    windows = torch.cat(list(TestWindows(TEXT, context=10, count=4).chunks(3)))
    assert windows[:, 0].tolist() == [0, 250, 500, 750]
    assert torch.equal(windows - windows[:, :1], torch.arange(11).expand(4, 11))


def test_more_test_windows_than_the_text_has_are_refused():
    with pytest.raises(ValueError, match="count is 101; the test text has 100 windows"):
        TestWindows(TEXT, context=10, count=101)


def test_byte_tokens_are_the_bytes():
    assert byte_tokens("é!".encode()).tolist() == [0xC3, 0xA9, 0x21]
