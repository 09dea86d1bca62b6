"""Data files in the form in which others have published them."""

from pathlib import Path


class DataFormatError(ValueError):
    """A file is not in the published form; the message names file, row, column and what is allowed."""


def utf8_text(path: Path) -> str:
    """The text of the file, without a byte order mark.

    Raises FileNotFoundError, DataFormatError.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; name the published file, or fetch it: tenfold fetch")
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataFormatError(
            f"{path}, line {line}: byte {content[error.start]:#04x} is no UTF-8; allowed: a file in UTF-8, "
            "as published (saving it in a spreadsheet may have changed it)"
        ) from None
