import json

import pytest

from tenfold.chat import ChatChoiceError, ChatError, MissingRecording, Recorded, Recording, Reply, Request
from tenfold.chat.usage import Usage


class Parrot:
    """Says what was said, and counts how often it was asked."""

    name = "parrot"

    def __init__(self, prefix: str = "") -> None:
        self.asked = 0
        self.prefix = prefix

    def complete(self, request: Request) -> Reply:
        self.asked += 1
        text = self.prefix + request.messages[-1].content
        return Reply(text, "parrot-1", 10, 5, 0.25, 0.5, "stop")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.jsonl"


def test_what_was_answered_is_not_asked_again(path, hello):
    parrot = Parrot()
    for _ in range(2):
        recording = Recording(parrot, path)
        assert [recording.complete(hello(parrot, text)).text for text in ("a", "b", "a")] == ["a", "b", "a"]
    assert parrot.asked == 2


def test_the_first_answer_stays(path, hello):
    early, late = Recording(Parrot("early "), path), Recording(Parrot("late "), path)
    assert early.complete(hello("parrot")).text == "early hello"
    assert late.complete(hello("parrot")).text == "early hello"
    assert Recorded(path).complete(hello("parrot")).text == "early hello"


def test_a_recording_does_not_hold_what_was_asked(path, hello):
    model = Parrot()
    model.complete = lambda request: Reply("fine", "parrot-1", 1, 1, None, 0.0, "stop")
    request = hello(model, "my name is Ada Lovelace, call 555-0100")
    Recording(model, path).complete(request)
    stored = path.read_text()
    assert not any(word in stored for word in ("Ada", "Lovelace", "555"))
    assert json.loads(stored)["request"] == request.key


def test_personal_data_is_removed_before_an_answer_is_stored_or_returned(path, hello):
    recording = Recording(Parrot(), path, clean=lambda text: text.replace("Ada", "<PERSON>"))
    assert recording.complete(hello("parrot", "I am Ada")).text == "I am <PERSON>"
    assert Recorded(path).complete(hello("parrot", "I am Ada")).text == "I am <PERSON>"
    assert "Ada" not in path.read_text()


def test_a_request_that_was_never_asked_is_an_error_that_says_how_to_record_it(path, hello):
    Recording(Parrot(), path).complete(hello("parrot"))
    request = hello("parrot", "something else")
    message = (
        rf"no answer of 'parrot' to request {request.key[:12]} is recorded in .*answers\.jsonl\. "
        "To record: TENFOLD_CHAT=openai:MODEL@http://127.0.0.1:8000/v1 tenfold run CHAPTER --force"
    )
    with pytest.raises(MissingRecording, match=message) as caught:
        Recorded(path).complete(request)
    assert "something else" not in str(caught.value)


def test_a_recording_that_is_empty_or_missing_is_an_error_at_once(path):
    with pytest.raises(MissingRecording, match=r"no recorded answer in .*answers\.jsonl.*TENFOLD_CHAT="):
        Recorded(path)
    path.touch()
    with pytest.raises(MissingRecording, match="no recorded answer"):
        Recorded(path)


def test_a_recording_of_two_models_must_be_told_which(path, hello):
    other = Parrot("Polly says ")
    other.name = "polly"
    for model in (Parrot(), other):
        Recording(model, path).complete(hello(model))
    with pytest.raises(
        ChatChoiceError, match=r"holds answers of parrot, polly: choose one, as in .*recorded:parrot"
    ):
        Recorded(path)
    assert Recorded(path, model="polly").complete(hello("polly")).text == "Polly says hello"
    with pytest.raises(MissingRecording, match="holds no answer of 'crow'"):
        Recorded(path, model="crow")


def test_a_failure_is_not_recorded(path, hello):
    model = Parrot()
    model.complete = lambda request: (_ for _ in ()).throw(ChatError("out of order"))
    with pytest.raises(ChatError, match="out of order"):
        Recording(model, path).complete(hello(model))
    assert not path.exists()


def test_only_what_is_asked_costs(path, hello):
    recording = Recording(Parrot(), path)
    for text in ("a", "b", "a"):
        recording.complete(hello("parrot", text))
    assert repr(recording.usage) == "2 requests, 20 tokens in, 10 out, cost 0.5000, 1.0 s"
    replay = Recorded(path)
    replay.complete(hello("parrot", "a"))
    assert (replay.usage.requests, replay.usage.cost) == (1, 0.25)


def test_usage_without_a_price_says_so():
    usage = Usage()
    usage.add(Reply("x", "m", None, None, None, 2.0, "stop"))
    assert repr(usage) == "1 requests, 0 tokens in, 0 out, no price stated, 2.0 s"
