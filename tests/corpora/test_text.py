"""Text corpora: split, fingerprint, and the errors of a corpus that is not the pinned one."""

import pytest

from tenfold.corpora import (
    ChangedCorpus,
    UnknownCorpus,
    corpus_config,
    load_configured,
    load_dialogues,
    load_text,
    text,
)

CHAT = "759633b3674e9545"


def split_of(dialogues, monkeypatch) -> tuple[set[str], set[str]]:
    """Documents of training and test text when the package holds just these dialogues."""
    monkeypatch.setattr(text, "load_dialogues", lambda: dialogues)
    corpus = load_text.__wrapped__("chat")
    return tuple(set(part.decode().split("\n\n")) for part in (corpus.train, corpus.test))


def test_the_fingerprint_of_the_dialogues_is_the_recorded_one():
    assert corpus_config("chat") == {"name": "chat", "fingerprint": CHAT}


def test_the_split_does_not_depend_on_the_order_of_documents(monkeypatch):
    forward = split_of(load_dialogues(), monkeypatch)
    assert split_of(load_dialogues()[::-1], monkeypatch) == forward


def test_a_document_keeps_its_part_whatever_else_is_in_the_corpus(monkeypatch):
    train, _ = split_of(load_dialogues(), monkeypatch)
    fewer_train, fewer_test = split_of(load_dialogues()[1000:1500], monkeypatch)
    assert len(fewer_test) > 3
    assert fewer_train <= train
    assert not fewer_test & train


def test_no_long_line_of_the_test_text_stands_in_the_training_text():
    corpus = load_text("chat")
    train, test = (set(part.decode().split("\n")) for part in (corpus.train, corpus.test))
    assert {line for line in test if len(line) >= 20}.isdisjoint(train)
    assert {line for line in test if 0 < len(line) < 20} & train  # short ones, such as "ok", may


def test_no_document_is_there_twice():
    corpus = load_text("chat")
    documents = [*corpus.train.decode().split("\n\n"), *corpus.test.decode().split("\n\n")]
    assert len(documents) == len(set(documents))


def test_one_document_in_32_is_test_text():
    counts = [part.decode().count("\n\n") + 1 for part in (load_text("chat").train, load_text("chat").test)]
    share, n = 1 / 32, sum(counts)
    assert counts[1] / n == pytest.approx(share, abs=3 * (share * (1 - share) / n) ** 0.5)


def test_unknown_corpus_is_refused_with_the_known_ones():
    with pytest.raises(UnknownCorpus, match="corpus is 'news'; allowed: 'chat', 'docs'"):
        load_text("news")


def test_configured_corpus_is_the_one_at_hand():
    assert load_configured(corpus_config("chat")) is load_text("chat")


def test_changed_text_is_refused_with_both_fingerprints_and_the_remedy():
    with pytest.raises(ChangedCorpus, match=rf"{CHAT}, the configuration names '0+'.*make setup"):
        load_configured({"name": "chat", "fingerprint": "0" * 16})


def test_fingerprint_moves_with_every_byte_and_with_the_split():
    corpora = [(b"ab", b"c"), (b"a", b"bc"), (b"ab", b"d"), (b"Ab", b"c")]
    assert len({text.TextCorpus("x", *parts).fingerprint for parts in corpora}) == 4
