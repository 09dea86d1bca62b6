"""What holds for every language model, whatever runs it."""

import pytest

from tenfold.chat import ChatModel, Image, Message, Recorded, Recording, Reply, Request, TransformersModel

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def requests_of_this_file(name: str) -> list[Request]:
    """All that the tests below ask."""
    turns = (Message("user", "one two"), Message("assistant", "three"), Message("user", "four five six"))
    return [
        Request(name, (Message("user", "hello"),), max_tokens=5),
        Request(name, turns, max_tokens=8),
        Request(name, (Message("user", "a b c d e f g"),), max_tokens=2),
        Request(name, (Message("user", ("in", "parts")),), max_tokens=6),
    ]


@pytest.fixture(params=["server", "transformers plain", "transformers templated", "recorded", "recording"])
def model(request, server, tiny_models, tmp_path) -> ChatModel:
    kind, _, variant = request.param.partition(" ")
    if kind == "transformers":
        return TransformersModel(str(tiny_models[variant]))
    live = server.model("good")
    if kind == "server":
        return live
    recording = Recording(live, tmp_path / "answers.jsonl")
    if kind == "recording":
        return recording
    for each in requests_of_this_file(live.name):
        recording.complete(each)
    return Recorded(tmp_path / "answers.jsonl")


def test_it_is_a_chat_model(model):
    assert isinstance(model, ChatModel)
    assert model.name
    assert model.name in repr(model)


def test_it_answers_with_text_and_counts(model):
    for request in requests_of_this_file(model.name):
        reply = model.complete(request)
        assert isinstance(reply, Reply)
        assert isinstance(reply.text, str)
        assert reply.input_tokens > 0
        assert 0 <= reply.output_tokens <= request.max_tokens
        assert reply.finish in ("stop", "length")
        assert reply.seconds >= 0
        assert reply.cost is None


def test_at_temperature_0_it_answers_alike_twice(model):
    request = requests_of_this_file(model.name)[1]
    first, second = model.complete(request), model.complete(request)
    assert (first.text, first.output_tokens) == (second.text, second.output_tokens)


def test_an_answer_that_reaches_max_tokens_says_that_it_is_cut_off(model):
    reply = model.complete(requests_of_this_file(model.name)[2])
    assert (reply.output_tokens, reply.finish) == (2, "length")


def test_a_request_for_another_model_is_refused(model):
    with pytest.raises(ValueError, match="the request is for model 'someone-else'"):
        model.complete(requests_of_this_file("someone-else")[0])


def test_what_is_recorded_comes_back_without_the_model(model, tmp_path):
    path = tmp_path / "again.jsonl"
    requests = requests_of_this_file(model.name)
    replies = [Recording(model, path).complete(request) for request in requests]
    replay = Recorded(path)
    assert replay.name == model.name
    assert [replay.complete(request) for request in reversed(requests)] == replies[::-1]


@pytest.mark.parametrize("variant", ["plain", "templated"])
def test_an_image_is_refused_by_a_model_that_reads_text_only(tiny_models, variant):
    model = TransformersModel(str(tiny_models[variant]))
    with pytest.raises(ValueError, match="reads text only"):
        model.complete(Request(model.name, (Message("user", ("look", Image(PNG))),)))
