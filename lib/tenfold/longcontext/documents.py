"""Long real documents: Python source of pinned packages, in words."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, files

import torch
from torch import Tensor

from tenfold.corpora.packages import MissingDataPackage
from tenfold.corpora.text import ChangedCorpus

PACKAGES = ("Django", "django-oscar", "gramps", "mayan-edms", "wagtail", "weblate")
"""Pinned exactly, so that the text is the same for every Python version."""
SHORTEST = 4_000
"""Characters; shorter files are left out."""
TEST_SHARE = 1 / 16
WORD = re.compile(r"[^\W\d]\w*|\d+|\n|[^\w\s]")
"""A token: an identifier or word, a number, a line end, or any other sign."""
WORDS = 360


@dataclass(frozen=True)
class Documents:
    """train, test: texts of whole files, each file in one part by its own hash."""

    train: tuple[str, ...]
    test: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over both parts, the first 16 hex digits."""
        digest = hashlib.sha256()
        for document in (*self.train, "\0", *self.test):
            digest.update(document.encode() + b"\0")
        return digest.hexdigest()[:16]


@cache
def source_documents() -> Documents:
    """The packages' modules without tests, migrations and comment lines; of equal files one.

    Raises MissingDataPackage.
    """
    train, test = [], []
    for text in dict.fromkeys(_modules()):
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        (test if digest < TEST_SHARE * 2**32 else train).append(text)
    return Documents(tuple(train), tuple(test))


def documents_config() -> dict[str, str]:
    """What a run's configuration says of this text."""
    return {"name": "source", "fingerprint": source_documents().fingerprint}


def configured_documents(config: dict[str, str]) -> Documents:
    """The documents that a configuration names.  Raises ChangedCorpus where they are not those at hand."""
    documents = source_documents()
    if config != documents_config():
        raise ChangedCorpus(
            f"the documents at hand are {documents_config()}, the configuration names {config}: the data "
            "packages are not the pinned ones; run make setup"
        )
    return documents


def _modules() -> Iterator[str]:
    for package in PACKAGES:
        try:
            listed = files(package) or ()
        except PackageNotFoundError:
            raise MissingDataPackage(
                f"data package {package!r} is not installed; install the pinned ones: make setup"
            ) from None
        for file in sorted(listed):
            skipped = {"tests", "test", "migrations", "locale"} & set(file.parts)
            if file.suffix == ".py" and not skipped and not file.name.startswith("test"):
                text = file.locate().read_text("utf-8")
                kept = "\n".join(
                    line for line in text.split("\n") if not line.lstrip().startswith("#")
                ).strip()
                if len(kept) >= SHORTEST:
                    yield kept


def source_words(documents: Documents) -> tuple[Tensor, Tensor]:
    """Both parts as tokens, train and test, each one after the other, [N]; numbers below WORDS.

    The WORDS - 1 most frequent words of the training documents have numbers of their own, by frequency; all
    others share the last one.
    """
    train = [WORD.findall(text) for text in documents.train]
    counts = Counter(word for words in train for word in words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[: WORDS - 1]
    number = {word: n for n, word in enumerate(ranked)}

    def tokens(texts: Iterable[list[str]]) -> Tensor:
        return torch.tensor([number.get(word, WORDS - 1) for words in texts for word in words])

    return tokens(train), tokens(WORD.findall(text) for text in documents.test)
