"""Words with their places, in time linear in the length of the text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

STRAIGHT = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'") | dict.fromkeys("\u201c\u201d", '"'))
"""Curly quotation marks to straight ones; the length of a text stays the same."""

_WORD_OR_END = re.compile(r"([^\W_]+(?:'[^\W_]+)*)|[.!?\n]")


class Word(NamedTuple):
    """A word in lower case, where it stands, and the number of its sentence."""

    text: str
    start: int
    end: int
    sentence: int


def words_of(text: str) -> list[Word]:
    """Runs of letters and digits, with apostrophes inside; no n-gram should cross a sentence's end."""
    words, sentence, ended = [], 0, False
    for match in _WORD_OR_END.finditer(text.translate(STRAIGHT)):
        if match[1] is None:
            ended = True
            continue
        sentence += ended
        ended = False
        words.append(Word(match[1].lower(), match.start(), match.end(), sentence))
    return words


def ngrams(words: list[Word], longest: int) -> Iterator[tuple[str, int, int]]:
    """(words joined by a space, start, end) of every run of 1 to `longest` words within a sentence."""
    if longest < 1:
        return
    for place, (gram, start, end, sentence) in enumerate(words):
        yield gram, start, end
        for text, _, end, same in words[place + 1 : place + longest]:
            if same != sentence:
                break
            gram = f"{gram} {text}"
            yield gram, start, end
