import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.chat import Message, Recording, Reply, Request
from tenfold.feedback import find_personal_data, remove_personal_data


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("write to ann.b+x@mail.example.org.", "write to [EMAIL]."),
        ("call +44 20 7946 0958 now", "call [PHONE] now"),
        ("call (212) 555-0123 now", "call [PHONE] now"),
        ("card 4111 1111 1111 1111, thanks", "card [CARD], thanks"),
        ("to DE89 3704 0044 0532 0130 00 from me", "to [IBAN] from me"),
        ("GB82WEST12345698765432", "[IBAN]"),
        ("at 192.168.0.1 or 2001:db8::1.", "at [IP] or [IP]."),
        ('{"quote": "a@b.example", "score": 3}', '{"quote": "[EMAIL]", "score": 3}'),
    ],
)
def test_what_identifies_a_person_is_taken_out(text, cleaned):
    assert remove_personal_data(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "at 12:30 on 2024-05-06 in room 101",
        "pi is 3.14159265358979",
        "version 1.2.3, 50 % of 1,000,000",
        "card 4111 1111 1111 1112",
        "to DE88 3704 0044 0532 0130 00",
        "999.999.999.999 is no address",
        "a @ b, and :: alone",
        "My name is Ann Miller",
        "",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert remove_personal_data(text) == text


def test_kinds_and_places_are_told():
    text = "a@b.example, 4111111111111111"
    assert [(f.kind, text[f.start : f.end]) for f in find_personal_data(text)] == [
        ("EMAIL", "a@b.example"),
        ("CARD", "4111111111111111"),
    ]


def test_national_numbers_count_by_region():
    number = "030 901820"
    assert remove_personal_data(number, regions=()) == number
    assert remove_personal_data(number, regions=("DE",)) == "[PHONE]"
    with pytest.raises(ValueError, match="'XX'"):
        remove_personal_data(number, regions=("XX",))


def test_a_number_across_blocks_is_found():
    for padding in range(3_920, 4_010, 9):
        assert remove_personal_data("x " * (padding // 2) + "+44 20 7946 0958").endswith("[PHONE]")


@given(st.ip_addresses())
def test_every_address_is_found(address):
    if any(character.isalnum() for character in str(address)):
        assert remove_personal_data(f"from {ipaddress.ip_address(address)} on") == "from [IP] on"


@given(st.text(max_size=200))
def test_any_text_is_taken_and_what_is_found_does_not_overlap(text):
    found = find_personal_data(text)
    places = [place for entry in found for place in (entry.start, entry.end)]
    assert places == sorted(places)
    assert all(entry.start < entry.end <= len(text) for entry in found)


def test_a_recording_stores_answers_without_it(tmp_path):
    class Model:
        name = "m"

        def complete(self, request):
            return Reply("ask ann@mail.example", "m", 1, 1, None, 0.0, "stop")

    path = tmp_path / "answers.jsonl"
    model = Recording(Model(), path, clean=remove_personal_data)
    assert model.complete(Request("m", (Message("user", "hi"),))).text == "ask [EMAIL]"
    assert "ann@" not in path.read_text()
