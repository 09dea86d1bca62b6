"""A server process, a tiny random model, and requests to them."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tenfold.chat import Endpoint, Message, OpenAICompatible, Request

KEY = "sk-very-secret-0123456789"


class Server:
    """url: the base_url of the server process of server.py."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    def model(self, name: str, **settings: object) -> OpenAICompatible:
        """A client of the behaviour that `name` stands for; unless told, it waits 5 s and tries once."""
        settings = {"timeout": 5, "retries": 0} | settings
        return OpenAICompatible(Endpoint(name, base_url=self.url, **settings))

    def log(self, name: str) -> list[dict]:
        """The requests that the server got for a model."""
        with urllib.request.urlopen(f"{self.root}/log", timeout=10) as answer:
            return [entry for entry in json.load(answer) if entry["body"].get("model") == name]


@pytest.fixture(scope="session")
def server():
    program = [sys.executable, str(Path(__file__).with_name("server.py"))]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        yield Server(int(process.stdout.readline()))
        process.kill()


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch):
    for name in ("TENFOLD_CHAT", "TENFOLD_CHAT_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def key(monkeypatch) -> str:
    monkeypatch.setenv("TENFOLD_CHAT_KEY", KEY)
    return KEY


@pytest.fixture
def hello():
    """Makes a request to a model: one user message."""

    def request(model, text="hello", **settings) -> Request:
        return Request(getattr(model, "name", model), (Message("user", text),), **settings)

    return request


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory) -> dict[str, Path]:
    """Folders of a random decoder over characters: "plain", and "templated" with a chat template."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    characters = ["<end>", "?", *map(chr, range(10, 11)), *map(chr, range(32, 63)), *map(chr, range(64, 127))]
    tokenizer = Tokenizer(
        models.WordLevel({text: number for number, text in enumerate(characters)}, unk_token="?")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    config = LlamaConfig(
        vocab_size=len(characters),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=256,
        initializer_range=0.5,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    folders = {}
    for name in ("plain", "templated"):
        folders[name] = tmp_path_factory.mktemp("models") / f"tiny-{name}"
        fast = PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>", unk_token="?"
        )
        if name == "templated":
            fast.chat_template = (
                "{% for message in messages %}"
                "{% if message.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
                "[{{ message.role }}] {{ message.content }} {% endfor %}[assistant]"
            )
        model.save_pretrained(folders[name])
        fast.save_pretrained(folders[name])
    return folders
