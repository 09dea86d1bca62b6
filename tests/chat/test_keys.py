"""The key reaches the server that it is meant for, and nothing else."""

import logging
import pickle
import traceback

import pytest

from tenfold.chat import ChatError, Endpoint, OpenAICompatible, Recording, chat_model, describe_choice

FAILURES = [
    "key-refused",
    "key-garbage",
    "broken",
    "dropped",
    "cut-json",
    "redirect",
    "unheard-of",
    "tool-call",
]


def test_the_key_of_the_environment_is_sent_and_no_other(server, hello, key, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "meant-for-somebody-else")
    model = server.model("good/key")
    model.complete(hello(model))
    headers = server.log(model.name)[0]["headers"]
    assert headers["authorization"] == f"Bearer {key}"
    assert "meant-for-somebody-else" not in str(headers)


def test_without_a_key_none_is_sent(server, hello, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "meant-for-somebody-else")
    model = server.model("good/no-key")
    model.complete(hello(model))
    assert server.log(model.name)[0]["headers"]["authorization"] == "Bearer none"


def test_a_key_that_is_set_later_is_used(server, hello, monkeypatch):
    model = server.model("good/late-key")
    model.complete(hello(model))
    monkeypatch.setenv("TENFOLD_CHAT_KEY", "another-key-altogether")
    model.complete(hello(model))
    sent = [entry["headers"]["authorization"] for entry in server.log(model.name)]
    assert sent == ["Bearer none", "Bearer another-key-altogether"]


@pytest.mark.parametrize("name", FAILURES)
def test_no_error_holds_the_key(server, hello, key, name, caplog):
    caplog.set_level(logging.DEBUG)
    model = server.model(f"{name}/keys")
    with pytest.raises(ChatError) as caught:
        model.complete(hello(model))
    assert server.log(model.name)[0]["headers"]["authorization"].endswith(key)
    shown = [*traceback.format_exception(caught.value), repr(caught.value), repr(vars(caught.value))]
    assert key not in "".join(shown)
    assert key not in caplog.text


def test_a_key_that_the_server_sends_back_is_blotted_out_of_answer_and_recording(
    server, hello, key, tmp_path
):
    path = tmp_path / "answers.jsonl"
    recording = Recording(server.model("key-echo"), path)
    reply = recording.complete(hello(recording))
    assert reply.text == "Your key is [key] indeed"
    assert reply.model == "[key]-served"
    assert key not in path.read_text()


def test_neither_model_nor_endpoint_shows_the_key(server, hello, key, monkeypatch, tmp_path):
    monkeypatch.setenv("TENFOLD_CHAT", f"openai:good@{server.url}")
    model = chat_model(recording=tmp_path / "answers.jsonl")
    model.complete(hello(model))
    endpoint = Endpoint("m", base_url=server.url)
    assert key.encode() not in pickle.dumps(endpoint)
    assert key not in repr(model) + repr(endpoint) + describe_choice()
    assert describe_choice() == f"good at {server.url}, a key is set (TENFOLD_CHAT_KEY)"


def test_a_key_does_not_travel_unencrypted_to_another_machine(hello, key):
    model = OpenAICompatible(Endpoint("m", base_url="http://models.example/v1", retries=0))
    with pytest.raises(ChatError, match="is not encrypted: use https, or unset the key") as caught:
        model.complete(hello(model))
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://localhost.example/v1", False),
        ("http://10.0.0.1/v1", False),
    ],
)
def test_only_loopback_addresses_are_local(address, local):
    assert Endpoint("m", base_url=address).is_local is local


def test_a_key_that_is_none_is_refused(hello, server, monkeypatch):
    monkeypatch.setenv("TENFOLD_CHAT_KEY", "schlüssel-für-alles")
    with pytest.raises(ChatError, match="characters that no key has") as caught:
        server.model("good").complete(hello("good"))
    assert "schl" not in str(caught.value)
