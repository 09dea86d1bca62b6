"""Plain text for language models: named corpora, split by content, with a fingerprint."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from tenfold.corpora.dialogues import load_dialogues
from tenfold.corpora.docstrings import package_docstrings

TEST_SHARE = 1 / 32
SHARED_LINE = 20
"""A test line of at least this many characters that also stands in the training text is dropped."""


@dataclass(frozen=True)
class TextCorpus:
    """`train` and `test`: UTF-8 bytes, documents separated by an empty line."""

    name: str
    train: bytes
    test: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 over both parts, the first 16 hex digits."""
        digest = hashlib.sha256(self.train)
        digest.update(b"\0")
        digest.update(self.test)
        return digest.hexdigest()[:16]


class UnknownCorpus(ValueError):
    """No text corpus has this name."""


class ChangedCorpus(ValueError):
    """The text at hand is not the text that a configuration names."""


@cache
def load_text(name: str) -> TextCorpus:
    """The corpus `name`: "chat" (human dialogues) or "docs" (documentation of scientific packages).

    Raises UnknownCorpus, MissingDataPackage.
    """
    if name not in _SOURCES:
        raise UnknownCorpus(f"corpus is {name!r}; allowed: {', '.join(map(repr, _SOURCES))}")
    return _split(name, _SOURCES[name]())


def corpus_config(name: str) -> dict[str, str]:
    """What a run's configuration says of its corpus: name and fingerprint."""
    return {"name": name, "fingerprint": load_text(name).fingerprint}


def load_configured(config: dict[str, str]) -> TextCorpus:
    """The corpus that a run's configuration names. Raises ChangedCorpus where its fingerprint differs."""
    corpus = load_text(config["name"])
    if corpus.fingerprint != config["fingerprint"]:
        raise ChangedCorpus(
            f"corpus {corpus.name!r} has fingerprint {corpus.fingerprint}, the configuration names "
            f"{config['fingerprint']!r}: the data package is not the pinned one; run make setup"
        )
    return corpus


def _split(name: str, documents: Iterable[str]) -> TextCorpus:
    """Each distinct document goes to the test part by its own hash, wherever it stands in the source."""
    train, test = [], []
    for document in dict.fromkeys(documents):
        digest = hashlib.sha256(document.encode()).digest()
        (test if int.from_bytes(digest[:4], "big") < TEST_SHARE * 2**32 else train).append(document)
    seen = {line for document in train for line in document.split("\n") if len(line) >= SHARED_LINE}
    unseen = ("\n".join(line for line in document.split("\n") if line not in seen) for document in test)
    return TextCorpus(name, _join(train), _join(document for document in unseen if document))


def _join(documents: Iterable[str]) -> bytes:
    return "\n\n".join(documents).encode()


_SOURCES: dict[str, Callable[[], Iterable[str]]] = {
    "chat": lambda: (dialogue.text for dialogue in load_dialogues()),
    "docs": package_docstrings,
}
