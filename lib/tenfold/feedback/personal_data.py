"""Personal data taken out of text before anything is stored.

What is found: e-mail addresses, IP addresses (by Python's `ipaddress`), bank accounts (IBAN) and cards (their
check digits by python-stdnum), phone numbers (by phonenumbers, which knows every country's). What is NOT
found: names of people, postal addresses, dates of birth, user names, passport and social security numbers,
and anything that a text tells without such a number. WildFeedback's authors used Presidio, which finds names
through a language model of its own; that is not part of this environment.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from stdnum import iban, luhn

Kind = Literal["EMAIL", "IBAN", "CARD", "IP", "PHONE"]
REGIONS = ("US", "GB")

_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?!\w)")
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{2,4}){3,8}(?: ?[A-Za-z0-9]{1,3})?(?!\w)")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]?\d)")
_IP = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3})(?![\w:])")
_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d")
_BLOCK = 4_000
"""Characters that phonenumbers sees at once: it takes more than linear time."""
_OVERLAP = 60


@dataclass(frozen=True)
class PersonalData:
    """kind, and the characters start to end of the text."""

    kind: Kind
    start: int
    end: int


def find_personal_data(text: str, *, regions: tuple[str, ...] = REGIONS) -> list[PersonalData]:
    """What is found, from left to right, without overlaps.

    regions: countries (ISO 3166) whose phone numbers count without a country code.
    Raises ValueError for a region that phonenumbers does not know.
    """
    if unknown := [region for region in regions if region not in phonenumbers.SUPPORTED_REGIONS]:
        raise ValueError(f"regions hold {unknown[0]!r}; allowed: two letters of a country, as in 'US'")
    found: list[PersonalData] = []
    taken = bytearray(len(text))
    spans = {
        "EMAIL": _matches(_EMAIL, text),
        "IBAN": _ibans(text),
        "CARD": (span for span in _matches(_CARD, text) if _is_card(text[slice(*span)])),
        "IP": (span for span in _matches(_IP, text) if _is_address(text[slice(*span)])),
        "PHONE": _phones(text, regions),
    }
    for kind, places in spans.items():
        for start, end in places:
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(PersonalData(kind, start, end))
    return sorted(found, key=lambda entry: entry.start)


def remove_personal_data(text: str, *, regions: tuple[str, ...] = REGIONS) -> str:
    """The text with [EMAIL], [IBAN], [CARD], [IP] or [PHONE] in place of what was found.

    It fits `tenfold.chat.Recording(clean=remove_personal_data)`. The rest may still name people: see above.
    """
    parts, last = [], 0
    for entry in find_personal_data(text, regions=regions):
        parts += [text[last : entry.start], f"[{entry.kind}]"]
        last = entry.end
    return "".join([*parts, text[last:]])


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(text))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Groups are taken off the end until the check digits are right: words may follow the number."""
    for start, end in _matches(_IBAN, text):
        while end - start >= 15:
            if iban.is_valid(text[start:end]):
                yield start, end
                break
            end = max(text.rfind(" ", start, end), start)


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return len(set(digits)) > 1 and luhn.is_valid(digits)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(character.isalnum() for character in text)


def _phones(text: str, regions: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Numbers that are possible and valid in their country, in blocks that overlap."""
    for offset in range(0, max(len(text), 1), _BLOCK - _OVERLAP):
        block = text[offset : offset + _BLOCK]
        if not _DIGITS.search(block):
            continue
        for region in (None, *regions):
            for match in phonenumbers.PhoneNumberMatcher(block, region):
                yield offset + match.start, offset + match.end
