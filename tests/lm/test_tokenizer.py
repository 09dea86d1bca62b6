"""Byte and byte-pair tokenizers, from text to ids and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tenfold.lm.data import byte_tokens
from tenfold.lm.tokenizer import byte_tokenizer, train_bpe

MIXED = "Grüße, 日本 <0x41> \x00 👩‍👩‍👧 \n\n  x . 's\r\n\u2028"
CORPUS = "the cat sat on the mat, the rat ran at the cat. " * 20 + MIXED
BYTES = byte_tokenizer()
PAIRS = train_bpe(CORPUS, 290)


def ids(tokenizer, text):
    return tokenizer(text)["input_ids"]


def test_byte_ids_are_the_bytes_of_the_text():
    assert ids(BYTES, MIXED) == list(MIXED.encode()) == byte_tokens(MIXED.encode()).tolist()


@pytest.mark.parametrize("tokenizer", [BYTES, PAIRS], ids=["bytes", "pairs"])
@given(text=st.text())
def test_any_text_comes_back(tokenizer, text):
    assert tokenizer.decode(ids(tokenizer, text)) == text


def test_only_bytes_that_are_no_utf8_are_replaced():
    assert BYTES.decode([0xFF, 0x41, 0xC3]) == "\ufffdA\ufffd"


@pytest.mark.parametrize("tokenizer", [BYTES, PAIRS], ids=["bytes", "pairs"])
def test_a_saved_tokenizer_is_the_same_one(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert ids(loaded, CORPUS) == ids(tokenizer, CORPUS)
    assert loaded.decode(ids(loaded, MIXED)) == MIXED
    assert {file.suffix for file in tmp_path.iterdir()} == {".json"}


def test_first_merge_is_the_most_frequent_pair_of_the_text():
    # "ab" stands 30 times, "bc" 20, "ca" not at all inside a word.
    text = "ab " * 10 + "abc " * 20
    first, second = (train_bpe(text, 256 + n).get_vocab() for n in (1, 2))
    assert first["ab"] == 256
    assert second.keys() - first.keys() == {"Ġab"}  # 29 words follow a space, shown as Ġ


def test_training_twice_gives_the_same_vocabulary():
    assert train_bpe(CORPUS, 290).get_vocab() == PAIRS.get_vocab()


def test_pairs_need_fewer_tokens_than_bytes():
    assert len(PAIRS) == 290
    assert len(ids(PAIRS, CORPUS)) < len(ids(BYTES, CORPUS)) / 2


def test_fewer_tokens_than_bytes_are_refused():
    with pytest.raises(ValueError, match="vocab_size is 255; allowed: at least 256"):
        train_bpe(CORPUS, 255)


def test_a_text_with_too_few_pairs_is_refused():
    with pytest.raises(ValueError, match="the text yields 258 tokens"):
        train_bpe("abc", 300)
