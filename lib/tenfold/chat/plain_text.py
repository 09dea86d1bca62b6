"""Text that can be sent, and text that cannot do anything to the terminal that shows it."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def encodable(text: str) -> str:
    """The text itself. Raises ValueError for half of a surrogate pair, which UTF-8 cannot hold."""
    if found := _SURROGATE.search(text):
        raise ValueError(
            f"character {found.start()} is {found[0]!r}, half of a surrogate pair: "
            "decode the text with its true encoding, or with errors='replace'"
        )
    return text


def plain_text(text: str) -> str:
    """The text with \\n line ends, no control characters but tabs; half surrogate pairs become \ufffd."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def excerpt(text: str, length: int = 300) -> str:
    """The beginning of a text for an error message: quoted, on one line, the rest as a count."""
    rest = len(text) - length
    return repr(plain_text(text[:length])) + (f" and {rest} more characters" if rest > 0 else "")
