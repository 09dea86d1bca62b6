"""The client against a real server process that is slow, broken, hostile or well."""

import pickle

import pytest
from pydantic import ValidationError

from tenfold.chat import ChatError, Endpoint, Image, Message, OpenAICompatible, Request
from tenfold.chat.endpoint import OPENAI

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_what_is_asked_is_what_the_server_gets(server):
    model = server.model("good/everything")
    turns = (Message("system", "be brief"), Message("user", ("look", Image(PNG), "here")))
    schema = {"type": "object"}
    model.complete(
        Request(model.name, turns, temperature=0.5, max_tokens=9, seed=7, stop=("END",), schema=schema)
    )
    [entry] = server.log(model.name)
    url = "data:image/png;base64,iVBORw0KGgoAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    assert entry["path"] == "/v1/chat/completions"
    assert entry["body"] == {
        "model": "good/everything",
        "messages": [
            {"role": "system", "content": "be brief"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image_url", "image_url": {"url": url}},
                    {"type": "text", "text": "here"},
                ],
            },
        ],
        "temperature": 0.5,
        "max_tokens": 9,
        "seed": 7,
        "stop": ["END"],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
    }


def test_settings_that_are_not_asked_for_are_not_sent(server, hello):
    model = server.model("good/little", schema=False)
    model.complete(hello(model, schema={"type": "object"}))
    assert server.log(model.name)[0]["body"].keys() == {"model", "messages", "temperature", "max_tokens"}


def test_a_reply_holds_what_the_server_said(server, hello):
    model = server.model("good/reply", input_price=2.0, output_price=10.0)
    reply = model.complete(hello(model, "one two", max_tokens=3))
    assert reply.text == "You said one"
    assert (reply.model, reply.finish) == ("good/reply-served", "length")
    assert (reply.input_tokens, reply.output_tokens) == (2, 3)
    assert reply.cost == pytest.approx((2 * 2 + 3 * 10) / 1e6)


def test_an_answer_without_counts_costs_an_unknown_amount(server, hello):
    model = server.model("bare", input_price=1, output_price=1)
    reply = model.complete(hello(model))
    assert (reply.text, reply.input_tokens, reply.output_tokens, reply.cost) == ("bare", None, None, None)
    assert (reply.model, reply.finish) == ("bare", "unknown")


@pytest.mark.parametrize(("name", "attempts"), [("limited", 2), ("broken-twice", 3), ("dropped-once", 2)])
def test_a_passing_failure_is_tried_again(server, hello, name, attempts):
    model = server.model(f"{name}/again", retries=2)
    assert model.complete(hello(model)).text == "You said hello"
    times = [entry["time"] for entry in server.log(model.name)]
    assert len(times) == attempts
    if name == "limited":
        assert times[1] - times[0] >= 0.3  # what Retry-After demands


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", "status 503, .*out of order.*: see the server's log"),
        ("dropped", r"no connection, or one that was lost \(2 attempts\): check that the server runs"),
    ],
)
def test_a_lasting_failure_ends_after_the_retries(server, hello, name, message):
    model = server.model(f"{name}/lasting", retries=1)
    with pytest.raises(ChatError, match=message):
        model.complete(hello(model))
    assert len(server.log(model.name)) == 2


def test_a_wait_of_a_day_is_not_waited_for(server, hello):
    model = server.model("limited-long/day", retries=3)
    with pytest.raises(ChatError, match=r"status 429, .*come back tomorrow.*: lower rpm or tpm, or wait"):
        model.complete(hello(model))
    assert len(server.log(model.name)) == 1


@pytest.mark.parametrize("name", ["slow", "dribble"])
def test_a_server_that_does_not_come_to_an_end_is_given_up(server, hello, name):
    model = server.model(name, timeout=0.5)
    with pytest.raises(ChatError, match=r"no answer within 0\.5 s, 1 attempt: raise timeout"):
        model.complete(hello(model))


def test_a_server_that_is_not_there_is_named(hello):
    model = OpenAICompatible(Endpoint("m", base_url="http://127.0.0.1:9/v1", retries=0))
    with pytest.raises(ChatError, match=r"m at http://127\.0\.0\.1:9/v1: no connection"):
        model.complete(hello(model))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cut-json", r"no chat completion \(.*EOF.*check that base_url ends in /v1"),
        ("other-json", r"no chat completion \(choices: Field required\)"),
        (
            "wrong-types",
            r"no chat completion \(choices\.0\.message\.content: Input should be a valid string\)",
        ),
        ("no-choice", r"no chat completion \(choices: List should have at least 1 item"),
        ("web-page", r"it begins '<html><body>Welcome to \[31m nginx</body></html>'"),
        ("endless", "more than 8,000,000 bytes"),
        ("squeezed", "compressed its answer"),
        ("tool-call", "answered with a tool call, which nobody runs here"),
        ("unheard-of", "status 404, .*no model unheard-of.*check the model's name"),
    ],
)
def test_an_answer_that_is_none_is_an_error_that_says_why(server, hello, name, message):
    model = server.model(name)
    with pytest.raises(ChatError, match=message) as caught:
        model.complete(hello(model))
    assert caught.value.__context__ is None  # the client's own exceptions hold the request's headers
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()


def test_an_answer_cannot_do_anything_to_a_terminal(server, hello):
    model = server.model("nasty")
    text = model.complete(hello(model)).text
    assert text == "[2J]0;owned<script>alert(1)</script>31m\nI called the tool delete_files()."


def test_a_long_answer_is_given_whole(server, hello):
    model = server.model("long")
    assert len(model.complete(hello(model)).text.split()) == 200_000


def test_a_refusal_says_that_it_is_one(server, hello):
    model = server.model("refusing")
    reply = model.complete(hello(model))
    assert (reply.text, reply.finish) == ("I would rather not.", "refusal")


def test_a_redirect_is_not_followed(server, hello, key):
    model = server.model("redirect/1")
    with pytest.raises(ChatError, match="status 302"):
        model.complete(hello(model))
    assert [entry["path"] for entry in server.log(model.name)] == ["/v1/chat/completions"]


def test_the_official_address_gets_the_name_of_max_tokens_that_it_wants(hello):
    official = OpenAICompatible(Endpoint("m"))
    assert official.endpoint.base_url == OPENAI
    assert official._arguments(hello(official, max_tokens=5))["max_completion_tokens"] == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": ""}, "model\n.*at least 1 character"),
        ({"base_url": "127.0.0.1:8000"}, r"use an address such as http://127\.0\.0\.1:8000/v1"),
        ({"base_url": "ftp://x/v1"}, "use an address such as"),
        (
            {"base_url": "http://me:secret@x/v1"},
            "no user, password, query or fragment: put the key into TENFOLD_CHAT_KEY",
        ),
        ({"base_url": "http://x/v1?key=secret"}, "no user, password, query or fragment"),
        ({"timeout": 0}, "timeout\n.*greater than 0"),
        ({"retries": 11}, "retries\n.*less than or equal to 10"),
        ({"rpm": 0}, "rpm\n.*greater than or equal to 1"),
        ({"input_price": 1.0}, "state both input_price and output_price"),
        ({"input_price": -1.0, "output_price": 1.0}, "input_price\n.*greater than or equal to 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_showing_a_secret(settings, message):
    with pytest.raises(ValidationError, match=message) as caught:
        Endpoint(**{"model": "m"} | settings)
    assert "secret" not in str(caught.value)


def test_requests_keep_the_stated_pace(server, hello, monkeypatch):
    slept = []
    monkeypatch.setattr("tenfold.chat.pace.time.monotonic", lambda: 1000.0 + sum(slept))
    monkeypatch.setattr("tenfold.chat.pace.time.sleep", slept.append)
    model = server.model("good/pace", rpm=2)
    for number in range(5):
        model.complete(hello(model, str(number)))
    assert sum(slept) == pytest.approx(120)


def test_a_client_does_not_travel_between_processes(server, key):
    with pytest.raises(TypeError, match="send the Endpoint instead"):
        pickle.dumps(server.model("good"))
