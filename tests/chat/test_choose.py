import pytest

from tenfold.chat import (
    ChatChoiceError,
    Endpoint,
    MissingRecording,
    OpenAICompatible,
    PackagedModel,
    Recorded,
    Recording,
    TransformersModel,
    chat_model,
    describe_choice,
)
from tenfold.chat.endpoint import OPENAI


@pytest.fixture
def choose(monkeypatch):
    def set_variable(value: str) -> None:
        monkeypatch.setenv("TENFOLD_CHAT", value)

    return set_variable


@pytest.mark.parametrize(
    ("value", "endpoint"),
    [
        ("openai:m", Endpoint("m", base_url=OPENAI)),
        ("openai:m@http://127.0.0.1:8000/v1", Endpoint("m", base_url="http://127.0.0.1:8000/v1")),
        (" openai:m@https://x.example/v1/ ", Endpoint("m", base_url="https://x.example/v1")),
        ("openai:org/m:7b@4@http://x/v1", Endpoint("org/m:7b@4", base_url="http://x/v1")),
        ("openai:m#retries=0", Endpoint("m", retries=0)),
        (
            "openai:m@http://x/v1#rpm=60,tpm=1000,timeout=9,input_price=0.15,output_price=0.6,schema=no",
            Endpoint(
                "m",
                base_url="http://x/v1",
                rpm=60,
                tpm=1000,
                timeout=9,
                input_price=0.15,
                output_price=0.6,
                schema=False,
            ),
        ),
    ],
)
def test_an_endpoint_is_chosen_with_its_options(choose, value, endpoint):
    choose(value)
    model = chat_model()
    assert isinstance(model, OpenAICompatible)
    assert model.endpoint == endpoint


def test_a_live_model_records_where_a_recording_is_named(choose, server, hello, tmp_path):
    path = tmp_path / "answers.jsonl"
    choose(f"openai:good@{server.url}")
    model = chat_model(recording=path, clean=str.upper)
    assert isinstance(model, Recording)
    assert model.complete(hello(model)).text == "YOU SAID HELLO"
    choose("recorded")
    replay = chat_model(recording=path)
    assert isinstance(replay, Recorded)
    assert replay.complete(hello("good")).text == "YOU SAID HELLO"
    choose("recorded:good")
    assert chat_model(recording=path).name == "good"
    choose("recorded:other")
    with pytest.raises(MissingRecording, match="no answer of 'other'"):
        chat_model(recording=path)


@pytest.mark.parametrize("value", [None, "", "  ", "recorded"])
def test_without_a_choice_answers_are_replayed(choose, server, hello, tmp_path, value):
    path = tmp_path / "answers.jsonl"
    live = Recording(server.model("good"), path)
    live.complete(hello(live))
    if value is not None:
        choose(value)
    assert chat_model(recording=path).complete(hello("good")).text == "You said hello"
    with pytest.raises(
        ChatChoiceError, match="chooses recorded answers, and there is no recording: use one of"
    ):
        chat_model()
    assert describe_choice() == "recorded answers, no model is asked (TENFOLD_CHAT chooses another)"


def test_models_in_this_process_are_chosen_and_not_loaded(choose, tmp_path):
    (tmp_path / "my-model").mkdir()
    choose(f"transformers:{tmp_path / 'my-model'}")
    assert (chat_model().name, describe_choice()) == ("my-model", "my-model, in this process")
    choose("transformers:org/name")
    assert isinstance(chat_model(), TransformersModel)
    assert chat_model().name == "org/name"
    choose("transformers:org/name@abc123")
    assert chat_model().name == "org/name@abc123"
    (tmp_path / "small.gguf").touch()
    choose(f"gguf:{tmp_path / 'small.gguf'}")
    assert chat_model().name == "small.gguf"
    choose("local")
    assert isinstance(chat_model(), PackagedModel)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("gpt", "TENFOLD_CHAT is 'gpt': use one of recorded, recorded:MODEL, openai:MODEL@http"),
        ("openai", "TENFOLD_CHAT is 'openai': use one of"),
        ("openai:", "use one of"),
        ("local:x", "TENFOLD_CHAT is 'local:x': use one of"),
        ("transformers", "use one of"),
        ("openai:@http://x/v1", "model: String should have at least 1 character"),
        ("openai:m@x.example/v1", "base_url: .*use an address such as"),
        ("openai:m@http://x/v1#speed=9", "speed: Unexpected"),
        ("openai:m#model=n", "something is stated twice"),
        ("openai:m#rpm=1,rpm=2", "something is stated twice"),
        ("openai:m#rpm", "rpm: Input should be a valid number"),
        ("openai:m#rpm=often", "rpm: Input should be a valid number"),
        ("openai:m@http://x/v1?api_key=secret", "base_url: .*put the key into TENFOLD_CHAT_KEY"),
        ("openai:m@https://me:secret@x/v1", "is 'openai:m@https://…@x/v1': base_url: .*put the key into"),
        (
            "transformers:/no/such/folder",
            "names '/no/such/folder': no such folder, and no name of a hub model",
        ),
        ("transformers:../no-such-folder-beside", "no such folder"),
        ("gguf:/no/such.gguf", "names the file '/no/such.gguf', which is not there"),
    ],
)
def test_a_choice_that_is_none_is_an_error_that_names_the_forms(choose, value, message):
    choose(value)
    for act in (chat_model, describe_choice):
        with pytest.raises(ChatChoiceError, match=message) as caught:
            act()
        assert "me:secret" not in str(caught.value)


def test_every_form_that_the_error_names_is_one(choose, monkeypatch, tmp_path):
    from tenfold.chat.choose import FORMS

    (tmp_path / "FOLDER").mkdir()
    (tmp_path / "FILE").touch()
    monkeypatch.chdir(tmp_path)
    for form in FORMS:
        choose(form.replace("ADDRESS", "https://x/v1"))
        assert describe_choice()
