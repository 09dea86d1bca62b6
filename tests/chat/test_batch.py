import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tenfold.chat import BatchError, ChatError, MissingRecording, Recorded, Recording, Reply, complete_many


class Counting:
    """Answers after the time that the message names; counts how many are under way at once."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.most = 0
        self._under_way = 0
        self._mutex = threading.Lock()

    def complete(self, request):
        text = request.messages[0].content
        with self._mutex:
            self.asked.append(text)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        time.sleep(0.02 if text.startswith("slow") else 0.001)
        with self._mutex:
            self._under_way -= 1
        if text.startswith("bad"):
            raise ChatError(f"cannot answer {text}")
        return Reply(f"re {text}", "c", 1, 1, None, 0.0, "stop")


def test_replies_come_in_the_order_of_the_requests(hello):
    texts = [f"{'slow' if number % 3 == 0 else 'fast'} {number}" for number in range(12)]
    model = Counting()
    replies = complete_many(model, [hello(model, text) for text in texts], max_concurrency=3, progress=False)
    assert [reply.text for reply in replies] == [f"re {text}" for text in texts]
    assert 1 < model.most <= 3


def test_equal_requests_are_asked_once(hello):
    model = Counting()
    replies = complete_many(model, [hello(model, text) for text in "abab"], progress=False)
    assert [reply.text for reply in replies] == ["re a", "re b", "re a", "re b"]
    assert sorted(model.asked) == ["a", "b"]


def test_nothing_is_asked_of_no_requests():
    assert complete_many(Counting(), [], progress=False) == []


def test_a_failure_does_not_lose_the_other_answers(hello, tmp_path):
    path = tmp_path / "answers.jsonl"
    recording = Recording(Counting(), path)
    requests = [hello("counting", text) for text in ("a", "bad 1", "b", "bad 2", "c")]
    with pytest.raises(BatchError, match="2 of 5 requests failed, the first: cannot answer bad 1"):
        complete_many(recording, requests, progress=False)
    replay = Recorded(path)
    assert [replay.complete(requests[number]).text for number in (0, 2, 4)] == ["re a", "re b", "re c"]


def test_missing_recordings_are_counted_with_the_remedy(hello, tmp_path):
    path = tmp_path / "answers.jsonl"
    Recording(Counting(), path).complete(hello("counting", "a"))
    requests = [hello("counting", text) for text in "abc"]
    with pytest.raises(BatchError, match=r"2 of 3 requests failed.*To record: TENFOLD_CHAT=") as caught:
        complete_many(Recorded(path), requests, progress=False)
    assert isinstance(caught.value.__cause__, MissingRecording)


def test_no_thread_at_all_is_refused():
    with pytest.raises(ValueError, match="max_concurrency is 0: use at least 1"):
        complete_many(Counting(), [], max_concurrency=0)


def test_a_recording_client_of_a_real_server_answers_many_at_once(server, hello, tmp_path):
    recording = Recording(server.model("good/many"), tmp_path / "answers.jsonl")
    requests = [hello(recording, str(number)) for number in range(30)]
    replies = complete_many(recording, requests, max_concurrency=8)
    assert [reply.text for reply in replies] == [f"You said {number}" for number in range(30)]
    assert recording.usage.requests == 30
    assert len((tmp_path / "answers.jsonl").read_text().splitlines()) == 30


INTERRUPTED = """
import os, sys, time
from tenfold.chat import Message, Recording, Reply, Request, complete_many
class Slow:
    name = "slow"
    def complete(self, request):
        time.sleep(0.2)
        os.write(1, b"answered\\n")  # print writes the line end apart, and two threads write here
        return Reply("yes", "slow", 1, 1, None, 0.2, "stop")
requests = [Request("slow", (Message("user", str(number)),)) for number in range(200)]
try:
    complete_many(Recording(Slow(), sys.argv[1]), requests, max_concurrency=2, progress=False)
except KeyboardInterrupt as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def test_what_was_answered_before_ctrl_c_is_recorded(tmp_path):
    path = tmp_path / "answers.jsonl"
    program = tmp_path / "program.py"
    program.write_text(INTERRUPTED)
    with subprocess.Popen(
        [sys.executable, program, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A background job of a shell ignores Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert [process.stdout.readline() for _ in range(3)] == ["answered\n"] * 3
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    count = len(Path(path).read_text().splitlines())
    assert 3 <= count < 200
    assert complaint == f"BatchInterrupted: interrupted: {count} of 200 requests are answered\n"
