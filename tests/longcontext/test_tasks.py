import pytest
import torch

from tenfold.corpora.text import ChangedCorpus
from tenfold.lm.recall import FIRST_ANSWER, FIRST_FILLER, QUESTIONS, TAIL, VALUES, VOCAB
from tenfold.longcontext.documents import (
    WORDS,
    Documents,
    configured_documents,
    documents_config,
    source_documents,
    source_words,
)
from tenfold.longcontext.haystack import SOURCE_VOCAB, Haystacks, answer_targets
from tenfold.longcontext.majority import CLASSES, QUESTION, majority_texts
from tenfold.longcontext.majority import FIRST_ANSWER as FIRST_CLASS


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def config():
    return documents_config()


def test_the_majority_is_the_one_class_that_occurs_most_often():
    texts = majority_texts(200, 65, seeded())
    assert (texts.tokens[:, -1] == QUESTION).all()
    for row, answer in zip(texts.tokens[:, :-1].tolist(), texts.answers.tolist(), strict=True):
        counts = sorted(((row.count(c), c) for c in range(CLASSES)), reverse=True)
        assert counts[0][0] > counts[1][0]
        assert answer == FIRST_CLASS + counts[0][1]


def test_one_part_of_a_majority_text_says_little_of_the_whole():
    texts = majority_texts(2000, 513, seeded())
    near = (texts.tokens[:, -65:-1, None] == torch.arange(CLASSES)).sum(1).argmax(-1)
    agree = (FIRST_CLASS + near == texts.answers).float().mean()
    assert 1 / CLASSES < agree < 0.5


def test_majority_needs_words():
    with pytest.raises(ValueError, match="length is 2"):
        majority_texts(1, 2, seeded())


def test_frequent_words_have_numbers_of_their_own_and_others_share_one():
    made = Documents(train=("self self self name", "name = x1"), test=("self == rare",))
    train, test = source_words(made)
    assert train.tolist() == [0, 0, 0, 1, 1, 2, 3]
    assert test.tolist() == [0, 2, 2, WORDS - 1]


def test_documents_lie_in_one_part_and_are_long():
    documents = source_documents()
    assert not set(documents.train) & set(documents.test)
    assert min(map(len, (*documents.train, *documents.test))) >= 4000
    assert not any(line.lstrip().startswith("#") for text in documents.test for line in text.split("\n"))


def test_changed_documents_are_refused(config):
    assert configured_documents(config) is source_documents()
    with pytest.raises(ChangedCorpus, match="run make setup"):
        configured_documents(config | {"fingerprint": "0"})


def test_a_haystack_of_drawn_fillers_asks_for_answers_alone():
    texts = Haystacks(None).draw(5, 64, seeded())
    assert Haystacks(None).vocab == VOCAB
    assert (texts.targets >= 0).sum() == 5 * QUESTIONS
    assert answer_targets(texts.targets).sum() == 5 * QUESTIONS


def test_a_haystack_of_documents_keeps_their_words_around_the_facts(config):
    made = Haystacks(config, "test")
    texts = made.draw(4, 64, seeded())
    runs = FIRST_FILLER + source_words(source_documents())[1].unfold(0, 6, 1)
    for row, targets, facts in zip(texts.tokens, texts.targets, texts.facts, strict=True):
        before = row[:-TAIL]
        whole = (before >= FIRST_FILLER).unfold(0, 6, 1).all(1)
        assert all((runs == run).all(1).any() for run in before.unfold(0, 6, 1)[whole])
        questions = row[-TAIL::2]
        assert torch.equal(row[facts] % VALUES, targets[-TAIL::2] - FIRST_ANSWER)
        assert ((questions < FIRST_ANSWER) & (questions >= FIRST_ANSWER - 8)).all()
        predicted = targets[: -TAIL - 1] >= 0
        assert torch.equal(predicted, row[1:-TAIL] >= FIRST_FILLER)
        assert torch.equal(targets[: -TAIL - 1][predicted], row[1:-TAIL][predicted])
    assert texts.tokens.max() < made.vocab == SOURCE_VOCAB
