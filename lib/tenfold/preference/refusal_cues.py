"""What the wording of an English answer shows of a refusal: cues sentence by sentence."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tenfold.preference.refusal_phrases import (
    ALTERNATIVE,
    APOLOGY,
    BARE,
    COMPLIANCE,
    DECLINE,
    EXCUSE,
    MORAL,
    NO_DECLINE,
    OFFER,
    PADDING,
    PIVOT,
    SELF,
)

SENTENCE = 600
"""Characters of one sentence that are read."""
OPENING = 3
"""Sentences that count as an answer's opening."""
BARE_WORDS = 4
"""A longer apology may still lead to an answer."""

_SINGLE = "\u2018\u2019\u201b\u02bc\u00b4`"
_DOUBLE = "\u201c\u201d\u201e\u00ab\u00bb"
_STRAIGHT = str.maketrans(dict.fromkeys(_SINGLE, "'") | dict.fromkeys(_DOUBLE, '"'))
_LABEL = re.compile(r"^\s*(?:\[[^\]\n]{1,40}\]|[a-z]{2,20}:)\s+(?=\S)")
_CODE = re.compile(r"'''(?:(?!''').)*(?:'''|$)", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]{1,400}\"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w)){1,300}'(?!\w)")
_BLOCK_QUOTE = re.compile(r"^ {0,3}>.*$", re.MULTILINE)
_END = re.compile(r"(?<=[.!?:;])[\"')]?\s+")
_ITEM = re.compile(r"^(?:[-*\u2022\u2013]|\(?\d{1,2}[.)]|#{1,6}\s)\s*")
_SPACE = re.compile(r"[ \t*_#]+")

Marks = tuple[bool, ...]


@dataclass(frozen=True)
class Cues:
    """An answer in sentences: lower case, quotations left out.  items: which of them stand in a list."""

    sentences: tuple[str, ...]
    items: Marks

    @cached_property
    def declines(self) -> Marks:
        """Where the writer says that they will not, or may not."""
        return tuple(bool(DECLINE.search(NO_DECLINE.sub(" ", sentence))) for sentence in self.sentences)

    @cached_property
    def apologies(self) -> Marks:
        """Apologies, without those for a delay, a mistake or the reader's misfortune."""
        return tuple(bool(APOLOGY.search(s)) and not EXCUSE.search(s) for s in self.sentences)

    @cached_property
    def moral(self) -> Marks:
        """Where the answer speaks of law, ethics or harm, or sends the reader to help."""
        return self._found(MORAL)

    @cached_property
    def offers(self) -> Marks:
        """Offers of something else, each with the list below it."""
        marks = list(self._found(OFFER))
        alternative = self._found(ALTERNATIVE)
        in_list = False
        for place, sentence in enumerate(self.sentences):
            if not self.items[place]:
                in_list = sentence.endswith(":") and (marks[place] or alternative[place])
            marks[place] |= in_list
        return tuple(marks)

    @cached_property
    def content(self) -> int:
        """Words of sentences that neither decline, warn nor offer; where any declines, nor apologise, pad."""
        beside = [self.declines, self.moral, self.offers]
        if any(self.declines):
            beside += [self.apologies, self._found(PADDING)]
        marks = zip(*beside, strict=True)
        return sum(
            len(sentence.split())
            for sentence, mark in zip(self.sentences, marks, strict=True)
            if not any(mark)
        )

    @property
    def words(self) -> int:
        return sum(len(sentence.split()) for sentence in self.sentences)

    @property
    def pivot(self) -> bool:
        """Whether a word such as "however" leads from one thing to another."""
        return any(self._found(PIVOT))

    @property
    def self_reference(self) -> bool:
        """Whether the opening speaks of the writer as a language model."""
        return any(self._found(SELF)[:OPENING])

    @property
    def compliance(self) -> bool:
        """Whether one of the first two sentences opens as an answer does."""
        return any(
            bool(COMPLIANCE.search(sentence)) and not declined
            for sentence, declined in zip(self.sentences[:2], self.declines[:2], strict=True)
        )

    @property
    def bare(self) -> bool:
        """Whether it is no more than a short way to refuse. "No." is none: it may answer a question."""
        return self.words <= BARE_WORDS and (any(self.apologies) or any(self._found(BARE)))

    def _found(self, phrases: re.Pattern[str]) -> Marks:
        return tuple(bool(phrases.search(sentence)) for sentence in self.sentences)


@lru_cache(maxsize=1024)
def read_cues(text: str) -> Cues:
    """The cues of an answer. Quotations, block quotes and code count only where there is nothing else."""
    plain = _LABEL.sub("", _plain(text))
    unquoted = _BLOCK_QUOTE.sub("\n", _QUOTED.sub(" ", _CODE.sub("\n", plain)))
    parts = _parts(unquoted) or _parts(plain)
    return Cues(tuple(part for part, _ in parts), tuple(item for _, item in parts))


def _parts(text: str) -> list[tuple[str, bool]]:
    """Sentences with a letter or digit, and whether each stands in a line of a list."""
    parts = []
    for line in text.split("\n"):
        bullet = _ITEM.match(line.lstrip())
        body = line.lstrip()[bullet.end() :] if bullet else line
        for sentence in _END.split(body):
            if any(character.isalnum() for character in sentence):
                parts.append((_SPACE.sub(" ", sentence).strip()[:SENTENCE], bullet is not None))
    return parts


def _plain(text: str) -> str:
    """Lower case, straight quotes, no invisible characters; lines stay lines."""
    text = unicodedata.normalize("NFKC", text.translate(_STRAIGHT)).casefold()
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))
