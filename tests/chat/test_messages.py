import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tenfold.chat import Image, Message, Reply, Request
from tenfold.chat.plain_text import excerpt, plain_text

PNG = b"\x89PNG\r\n\x1a\n" + bytes(4)
JPEG = b"\xff\xd8\xff\xe0" + bytes(4)

texts = st.text(st.characters(codec="utf-8"), max_size=40)
images = st.binary(max_size=20).map(lambda data: Image(PNG + data))
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant"]),
    texts | st.lists(texts | images, min_size=1, max_size=3).map(tuple),
)
requests = st.builds(
    Request,
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=10),
    st.lists(messages, min_size=1, max_size=4).map(tuple),
    temperature=st.floats(0, 2),
    max_tokens=st.integers(1, 10**6),
    seed=st.none() | st.integers(0, 2**62),
    stop=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4), max_size=4).map(tuple),
)


def test_the_key_is_the_hash_of_this_json():
    turns = (Message("system", "Be brief."), Message("user", ("Grüße", Image(PNG))))
    request = Request(
        "m", turns, temperature=0, max_tokens=7, seed=3, stop=("x",), schema={"b": 1, "a": [True]}
    )
    text = (
        '{"max_tokens":7,"messages":[["system",[{"text":"Be brief."}]],["user",[{"text":"Gr\\u00fc\\u00dfe"},'
        '{"image":"' + hashlib.sha256(PNG).hexdigest() + '","type":"image/png"}]]],"model":"m",'
        '"schema":{"a":[true],"b":1},"seed":3,"stop":["x"],"temperature":0.0}'
    )
    assert request.key == hashlib.sha256(text.encode()).hexdigest()


def test_the_key_of_a_plain_request_stays_what_it_was_when_answers_were_recorded():
    key = Request("m", (Message("user", "hello"),)).key
    assert key == "ead0c67d5963d10d816b2d414f03984afec709e0d7078555a5c2026f853a7b6e"


@given(requests)
def test_a_request_rebuilt_from_its_parts_has_the_same_key(request):
    copy = Request(
        request.model,
        [Message(message.role, tuple(message.parts)) for message in request.messages],
        temperature=json.loads(json.dumps(request.temperature)),
        max_tokens=request.max_tokens,
        seed=request.seed,
        stop=list(request.stop),
    )
    assert copy.key == request.key


@given(requests, requests)
def test_requests_that_differ_have_different_keys(one, other):
    def said(request):
        turns = [(message.role, message.parts) for message in request.messages]
        return turns, replace(request, messages=(Message("user", ""),))

    assert (one.key == other.key) == (said(one) == said(other))


@pytest.mark.parametrize(
    "change",
    [
        {"model": "n"},
        {"messages": (Message("system", "a b"),)},
        {"messages": (Message("user", "a b "),)},
        {"messages": (Message("user", ("a", "b")),)},
        {"messages": (Message("user", "a b"), Message("user", ""))},
        {"temperature": 0.1},
        {"max_tokens": 513},
        {"seed": 0},
        {"stop": ("a",)},
        {"schema": {}},
    ],
)
def test_every_part_of_a_request_counts(change):
    request = Request("m", (Message("user", "a b"),))
    assert replace(request, **change).key != request.key


def test_one_text_alone_and_in_a_tuple_say_the_same():
    keys = {Request("m", (Message("user", content),)).key for content in ("a", ("a",))}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_an_image_knows_its_kind_and_does_not_show_its_bytes(data, kind):
    image = Image(data)
    assert image.media_type == kind
    assert repr(image).startswith(f"Image({kind}, {len(data)} bytes, sha256 ")
    assert len(repr(image)) < 70


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Image(b"<svg onload=alert(1)>"),
            "image starts with b'<svg onl': use the bytes of a PNG, JPEG",
        ),
        (lambda: Image(b""), "image starts with b''"),
        (lambda: Image(PNG + bytes(20_000_000)), "image has 20000012 bytes: use at most 20 MB"),
        (lambda: Message("robot", "hi"), "role\n.*'system', 'user' or 'assistant'.*robot"),
        (lambda: Message("user", ()), "content"),
        (lambda: Message("user", "caf\udce9"), "character 3 is .*half of a surrogate pair.*true encoding"),
        (lambda: Request("", (Message("user", "hi"),)), "model\n.*at least 1 character"),
        (lambda: Request("m", ()), "messages\n.*at least 1 item"),
        (
            lambda: Request("m", (Message("user", "hi"),), temperature=3),
            "temperature\n.*less than or equal to 2",
        ),
        (lambda: Request("m", (Message("user", "hi"),), temperature=float("nan")), "temperature\n"),
        (
            lambda: Request("m", (Message("user", "hi"),), max_tokens=0),
            "max_tokens\n.*greater than or equal to 1",
        ),
        (lambda: Request("m", (Message("user", "hi"),), stop=("",)), "stop.0\n"),
        (lambda: Request("m", (Message("user", "hi"),), seed=-1), "seed\n"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_reason(make, message):
    with pytest.raises(ValidationError, match=message):
        make()


@given(st.text())
def test_plain_text_has_no_control_characters_and_keeps_all_else(text):
    plain = plain_text(text)
    assert all(character in "\n\t" or ord(character) >= 32 for character in plain)
    assert not any(0x7F <= ord(character) < 0xA0 for character in plain)
    plain.encode()
    kept = [
        character for character in text if ord(character) >= 0xA0 and not 0xD800 <= ord(character) < 0xE000
    ]
    assert [c for c in plain if ord(c) >= 0xA0 and c != "\ufffd"] == [c for c in kept if c != "\ufffd"]


@given(st.text(), st.integers(1, 50))
def test_an_excerpt_is_one_short_printable_line(text, length):
    shown = excerpt(text, length)
    assert shown.isprintable()
    assert len(shown) <= 10 * length + 40
    assert ("more characters" in shown) == (len(text) > length) or "more characters" in text


def test_a_reply_survives_with_what_a_model_wrote_but_for_control_characters():
    reply = Reply("a\x1b[0m\r\nb", "m\x00", 1, 2, None, 0.5, "stop\x07")
    assert (reply.text, reply.model, reply.finish) == ("a[0m\nb", "m", "stop")
