"""Dialogues written here, and a language model that says what it is told to."""

import json
from collections.abc import Callable

import pytest

from tenfold.chat import Reply, Request
from tenfold.feedback import Dialogue, Turn


class Scripted:
    """Answers by a function of the request; a list or dict becomes JSON. Keeps the requests."""

    name = "scripted"

    def __init__(self, answer: Callable[[Request], object]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        answer = self.answer(request)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Reply(text, "scripted", 1, 1, None, 0.0, "stop")


@pytest.fixture
def scripted():
    return Scripted


@pytest.fixture
def talk():
    """Makes a dialogue of turns that alternate; user first, or not."""

    def talk(*texts: str, id: str = "d", first: str = "user") -> Dialogue:
        roles = ["user", "assistant"] if first == "user" else ["assistant", "user"]
        return Dialogue(id, tuple(Turn(roles[n % 2], text) for n, text in enumerate(texts)))

    return talk


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes, name: str):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
