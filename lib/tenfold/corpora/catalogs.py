"""Parallel text: the translation catalogs that pinned packages ship, 23 languages in 5 families."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import polib

from tenfold.corpora.clean import clean_line
from tenfold.corpora.packages import MissingDataPackage

PACKAGES = ("django", "django-oscar", "gramps", "mayan-edms", "plone.app.locales", "wagtail", "weblate")
FAMILIES = {
    "Germanic": ("de", "nl", "sv", "da", "nb", "is"),
    "Romance": ("fr", "es", "it", "pt_BR", "pt_PT", "ca"),
    "Slavic": ("ru", "uk", "pl", "cs", "sk", "hr"),
    "Uralic": ("hu", "fi"),
    "Sinitic": ("zh_CN", "zh_TW", "zh_HK"),
}
LANGUAGES = tuple(language for family in FAMILIES.values() for language in family)
TEST_SHARE = 1 / 12
"""The share held out of the messages that are translated into every language."""
MIN_LETTERS = 1 / 2

_FOLDER = (  # names of the packages' folders to our languages
    {language: language for language in LANGUAGES}
    | {f"{language}_{language.upper()}": language for language in LANGUAGES if len(language) == 2}
    | {"da_DK": "da", "sv_SE": "sv", "cs_CZ": "cs", "uk_UA": "uk", "nb_NO": "nb", "no": "nb"}
    | {"pt": "pt_PT", "zh_Hans": "zh_CN", "zh_Hant": "zh_TW"}
)
_CATALOG = re.compile(r"/locales?/([A-Za-z_]+)/LC_MESSAGES/[^/]+\.mo$")
_MARKUP = re.compile(
    r"<[^<>]*>"  # tags
    r"|&#?\w+;"  # entities
    r"|https?://\S+"
    r"|[$%]?\{[^{}]*\}"  # {name}, ${name}, %{name}
    r"|%\([^()]*\)[-+#0]*[\d*]*(?:\.\d+)?[a-zA-Z]"  # %(name)s
    r"|%(?:\d+\$)?[-+#0]*[\d*]*(?:\.\d+)?[a-zA-Z]\b"  # %s, %1$s
    r"|_"  # the mark of an accelerator key
)


@dataclass(frozen=True)
class ParallelCorpus:
    """`train` and `test`: UTF-8 bytes of each language, one message a line.

    The test messages are the same ones, in the same order, in every language.
    """

    train: dict[str, bytes]
    test: dict[str, bytes]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over languages and both parts, the first 16 hex digits."""
        digest = hashlib.sha256()
        for language in self.train:
            for part in (language.encode(), self.train[language], self.test[language]):
                digest.update(part + b"\0")
        return digest.hexdigest()[:16]

    @property
    def test_messages(self) -> int:
        return self.test[next(iter(self.test))].count(b"\n") + 1


@cache
def load_catalogs() -> ParallelCorpus:
    """The corpus over all of `LANGUAGES`. Raises MissingDataPackage."""
    messages = {language: {} for language in LANGUAGES}
    for package in PACKAGES:
        for language, file in catalog_files(package):
            for identifier, text in _messages(file):
                messages[language].setdefault(identifier, text)
    return split_parallel(messages)


def catalog_files(package: str) -> Iterator[tuple[str, Path]]:
    """(language, file) of every compiled catalog of one of our languages in a package, in order of path."""
    try:
        shipped = distribution(package).files or []
    except PackageNotFoundError:
        raise MissingDataPackage(
            f"data package {package!r} is not installed; install the pinned ones: make setup"
        ) from None
    for path in sorted(shipped, key=str):
        match = _CATALOG.search(str(path))
        if match and match[1] in _FOLDER:
            yield _FOLDER[match[1]], Path(str(path.locate()))


def clean_message(text: str) -> str:
    """Placeholders, markup, addresses and the marks of accelerator keys out; then as every text."""
    return clean_line(_MARKUP.sub("", text))


def is_text(text: str) -> bool:
    """At least half of the characters are letters, and there are two of them."""
    letters = sum(map(str.isalpha, text))
    return letters >= 2 and letters >= MIN_LETTERS * len(text)


def split_parallel(messages: dict[str, dict[str, str]]) -> ParallelCorpus:
    """Test and training text from language -> identifier -> message.

    A message translated into every language is test text, in all of them, where the first four bytes of its
    identifier's SHA-256, read as a number, lie below TEST_SHARE of their range. A training message is dropped
    where its text is a test message of any language, or comes a second time in its own. Messages stand in the
    order of their identifiers' hashes.
    """
    shared = set.intersection(*(set(texts) for texts in messages.values()))
    held_out = sorted((i for i in shared if _position(i) < TEST_SHARE), key=_position)
    tested = {texts[identifier] for texts in messages.values() for identifier in held_out}
    test = {language: [texts[i] for i in held_out] for language, texts in messages.items()}
    train = {
        language: dict.fromkeys(texts[i] for i in sorted(texts, key=_position) if texts[i] not in tested)
        for language, texts in messages.items()
    }
    return ParallelCorpus(
        train={language: "\n".join(lines).encode() for language, lines in train.items()},
        test={language: "\n".join(lines).encode() for language, lines in test.items()},
    )


def _messages(file: Path) -> Iterator[tuple[str, str]]:
    """(identifier, cleaned translation) of what is translated and is text; of a plural, the first form."""
    for entry in polib.mofile(str(file)):
        identifier, translation = entry.msgid, entry.msgstr or entry.msgstr_plural.get(0, "")
        if translation == identifier:
            continue
        text = clean_message(translation)
        if is_text(text) and text != clean_message(identifier):
            yield identifier, text


@cache
def _position(identifier: str) -> float:
    return int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:4], "big") / 2**32
