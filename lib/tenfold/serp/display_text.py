"""Text from documents, made fit to stand on a page."""

import re
import unicodedata

ELLIPSIS = "…"
MARKS_IN_A_ROW = 3
_SPACE = re.compile(r"\s+")
_UNWANTED = ("Cc", "Cf", "Cs", "Co", "Cn")


def displayable(text: str) -> str:
    """NFC; white space as single spaces; ends stripped; nothing that is unseen or reorders other text.

    Characters of the categories Cc, Cf, Cs, Co and Cn go: controls, zero-width characters, all marks of
    direction (overrides, embeddings, isolates), half surrogate pairs, private and unassigned ones. Of more
    than three combining marks in a row, the rest goes, so that a letter cannot cover its neighbours.
    """
    text = _SPACE.sub(" ", text)
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", "".join(_kept(text)))
        text = _SPACE.sub(" ", text)
    return text.strip()


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning up to a space, with an ellipsis, at most `limit` characters in all.

    A single word longer than the limit is cut inside. Raises ValueError where limit < 2.
    """
    if limit < 2:
        raise ValueError(f"limit is {limit}: use at least 2, room for one character and the ellipsis")
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit // 2 else head).rstrip(" ,;:.") + ELLIPSIS


def _kept(text: str):
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category not in _UNWANTED and marks <= MARKS_IN_A_ROW:
            yield character
