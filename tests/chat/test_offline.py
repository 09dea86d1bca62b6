"""Without TENFOLD_CHAT nothing opens a socket, and nothing heavy is imported."""

import os
import subprocess
import sys

import pytest

from tenfold.chat import Recording

REPLAY = """
import sys
seen = []
def watch(event, arguments):
    if event.startswith("socket."):
        seen.append(event)
        raise RuntimeError(f"{event} without being asked")
sys.addaudithook(watch)
from tenfold.chat import MissingRecording, Message, Request, chat_model
model = chat_model(recording=sys.argv[1])
print(model.complete(Request(model.name, (Message("user", "hello"),))).text)
try:
    model.complete(Request(model.name, (Message("user", "never asked"),)))
except MissingRecording:
    print("missing")
print(seen, sorted({"openai", "httpx2", "torch", "transformers"} & set(sys.modules)))
"""


@pytest.mark.parametrize("key", ["", "sk-some-key-that-is-set-anyway"])
def test_a_replay_opens_no_socket_and_imports_no_client(server, hello, tmp_path, key):
    path = tmp_path / "answers.jsonl"
    live = Recording(server.model("good"), path)
    live.complete(hello(live))
    environment = os.environ | {"TENFOLD_CHAT_KEY": key, "OPENAI_API_KEY": key}
    done = subprocess.run(
        [sys.executable, "-c", REPLAY, path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["You said hello", "missing", "[] []"]
