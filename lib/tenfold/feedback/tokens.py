"""Words with their places, in time linear in the length of the text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

STRAIGHT = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'") | dict.fromkeys("\u201c\u201d", '"'))
"""Curly quotation marks to straight ones; the length of a text stays the same."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_END = re.compile(r"[.!?\n]")


class Word(NamedTuple):
    """A word in lower case, where it stands, and the number of its sentence."""

    text: str
    start: int
    end: int
    sentence: int


def words_of(text: str) -> list[Word]:
    """Runs of letters and digits, with apostrophes inside; no n-gram should cross a sentence's end."""
    straight = text.translate(STRAIGHT)
    words, sentence, last = [], 0, 0
    for match in _WORD.finditer(straight):
        if _END.search(straight, last, match.start()):
            sentence += 1
        words.append(Word(match[0].lower(), match.start(), match.end(), sentence))
        last = match.end()
    return words


def ngrams(words: list[Word], longest: int) -> Iterator[tuple[str, int, int]]:
    """(words joined by a space, start, end) of every run of 1 to `longest` words within a sentence."""
    for place in range(len(words)):
        run = []
        for word in words[place : place + longest]:
            if word.sentence != words[place].sentence:
                break
            run.append(word.text)
            yield " ".join(run), words[place].start, word.end
