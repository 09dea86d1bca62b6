import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tenfold.chat import RecordingError, Reply, TornAnswerWarning
from tenfold.chat.transcript import Answer, Transcript
from tenfold.runs import journal

HERE = Path(__file__).parent


def answer(number: int, text: str = "yes") -> Answer:
    reply = Reply(text, "served", 3, 4, 0.5, 1.25, "stop")
    return Answer(f"{number:064x}", "m", reply, "2026-01-02T03:04:05+00:00")


@pytest.fixture
def transcript(tmp_path) -> Transcript:
    return Transcript(tmp_path / "chat" / "demo.jsonl")


def stored(transcript: Transcript) -> list[Answer]:
    """What another process would read."""
    return list(Transcript(transcript.path).answers().values())


def test_a_file_that_does_not_exist_is_empty(transcript):
    assert transcript.answers() == {}
    assert not transcript.path.parent.exists()


def test_answers_come_back_in_order_and_from_the_file(transcript):
    answers = [answer(3), answer(1, "grüße\u2028\n\n{}"), answer(2)]
    for each in answers:
        assert transcript.add(each) == each
    assert list(transcript.answers().values()) == answers == stored(transcript)
    assert len(transcript.path.read_bytes().splitlines()) == 3


def test_a_line_holds_these_fields_and_no_others(transcript):
    transcript.add(answer(1))
    assert json.loads(transcript.path.read_text()) == {
        "request": f"{1:064x}",
        "model": "m",
        "reply": {
            "text": "yes",
            "model": "served",
            "input_tokens": 3,
            "output_tokens": 4,
            "cost": 0.5,
            "seconds": 1.25,
            "finish": "stop",
        },
        "recorded": "2026-01-02T03:04:05+00:00",
    }


def test_the_first_of_two_answers_to_one_request_counts(transcript):
    transcript.add(answer(1, "first"))
    assert transcript.add(answer(1, "second")) == answer(1, "first")
    assert transcript.path.read_bytes().count(b"\n") == 1
    second = json.loads(transcript.path.read_text())
    second["reply"]["text"] = "second"
    with open(transcript.path, "a") as file:  # as a merge of two recordings would leave it
        file.write(json.dumps(second) + "\n")
    assert stored(transcript) == [answer(1, "first")]


def test_answers_that_another_process_adds_are_seen(transcript):
    transcript.add(answer(1))
    Transcript(transcript.path).add(answer(2))
    assert transcript.add(answer(2, "later")) == answer(2)
    assert list(transcript.answers().values()) == [answer(1), answer(2)]


def test_a_file_that_is_replaced_by_a_shorter_one_is_read_anew(transcript):
    transcript.add(answer(1))
    transcript.add(answer(2))
    line = transcript.path.read_text().splitlines(keepends=True)[1]
    transcript.path.write_text(line)
    assert list(transcript.answers().values()) == [answer(2)]


@pytest.mark.parametrize("cut", [1, 30, -2, -1], ids=["one byte", "some", "no brace", "no line end"])
def test_a_cut_off_last_line_is_dropped_with_a_warning_and_removed_by_the_next_answer(transcript, cut):
    transcript.add(answer(1))
    whole = transcript.path.read_bytes()
    with open(transcript.path, "ab") as file:
        file.write(whole.replace(b"000001", b"000002")[:cut])
    for reader in (transcript, Transcript(transcript.path)):
        with pytest.warns(TornAnswerWarning, match=r"demo\.jsonl: the last line is cut off"):
            assert list(reader.answers().values()) == [answer(1)]
    transcript.add(answer(3))
    assert stored(transcript) == [answer(1), answer(3)]


def test_a_last_line_of_zeros_is_dropped_too(transcript):
    transcript.add(answer(1))
    with open(transcript.path, "ab") as file:
        file.write(b"\0\0\0\0\n")
    with pytest.warns(TornAnswerWarning):
        assert list(transcript.answers().values()) == [answer(1)]
    transcript.add(answer(2))
    assert stored(transcript) == [answer(1), answer(2)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"yes"', '"yes', "Invalid JSON"),
        ('"seconds":1.25', '"seconds":"long"', r"field 'reply\.seconds'"),
        ('"model":"m"', '"model":"m","prompt":"my secret"', "field 'prompt': .*[Uu]nexpected"),
        ('"request":"0', '"request":"x', "field 'request'"),
        ('"cost":0.5', '"cost":-1', r"field 'reply\.cost'"),
    ],
)
def test_a_bad_line_in_the_middle_is_refused_with_file_line_and_remedy(transcript, old, new, message):
    for number in (1, 2, 3):
        transcript.add(answer(number))
    lines = transcript.path.read_text().splitlines(keepends=True)
    assert old in lines[1]
    transcript.path.write_text(lines[0] + lines[1].replace(old, new) + lines[2])
    before = transcript.path.read_bytes()
    expected = rf"demo\.jsonl, line 2: .*{message}.*Restore the file from version control, or delete"
    for action in (
        lambda: Transcript(transcript.path).answers(),
        lambda: Transcript(transcript.path).add(answer(4)),
    ):
        with pytest.raises(RecordingError, match=expected) as caught:
            action()
        assert "my secret" not in str(caught.value)
    assert transcript.path.read_bytes() == before


ADD_MANY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_transcript import Transcript, answer
transcript, own = Transcript(sys.argv[2]), 100 * (1 + int(sys.argv[3]))
while not Path(sys.argv[4]).exists():
    pass
for number in range(12):
    transcript.add(answer(number, sys.argv[3] * 2000))
    transcript.add(answer(own + number, sys.argv[3] * 2000))
    print(number, flush=True)
"""


def start(transcript, writer, gate) -> subprocess.Popen:
    command = [sys.executable, "-c", ADD_MANY, str(HERE), str(transcript.path), str(writer), str(gate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_that_record_at_once_tear_no_line_and_record_each_answer_once(transcript, tmp_path):
    gate = tmp_path / "gate"
    writers = [start(transcript, writer, gate) for writer in range(2)]
    gate.touch()
    assert [writer.communicate(timeout=120)[1] for writer in writers] == ["", ""]
    lines = [json.loads(line) for line in transcript.path.read_text().splitlines()]
    numbers = sorted(int(line["request"], 16) for line in lines)
    assert numbers == [own + number for own in (0, 100, 200) for number in range(12)]
    assert len(stored(transcript)) == 36


def test_what_a_killed_process_had_recorded_is_there(transcript, tmp_path):
    (tmp_path / "gate").touch()
    with start(transcript, 0, tmp_path / "gate") as writer:
        assert [writer.stdout.readline() for _ in range(2)] == ["0\n", "1\n"]
        writer.send_signal(signal.SIGKILL)
    kept = {int(each.request, 16) for each in stored(transcript)}
    assert {0, 1, 100, 101} <= kept
    transcript.add(answer(500))
    assert answer(500) in stored(transcript)


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from test_transcript import RecordingError, Transcript, answer
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    Transcript(sys.argv[2]).add(answer(2, "long" * 1000))
except RecordingError as error:
    sys.exit(str(error))
"""


def test_a_write_that_stops_half_way_leaves_the_file_as_it_was(transcript):
    transcript.add(answer(1))
    before = transcript.path.read_bytes()
    command = [sys.executable, "-c", FULL_DISK, str(HERE), str(transcript.path), str(len(before) + 500)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "the answers recorded before are unharmed: free disk space" in done.stderr
    assert transcript.path.read_bytes() == before


def test_a_lock_that_another_process_keeps_is_named(transcript, monkeypatch):
    monkeypatch.setattr(journal, "LOCK_SECONDS", 0.01)
    transcript.path.parent.mkdir()
    lock = transcript.path.parent / ".demo.jsonl.lock"
    with FileLock(lock), pytest.raises(RecordingError, match=r"another process held .*\.demo\.jsonl\.lock"):
        transcript.add(answer(1))
    transcript.add(answer(1))
    assert len(stored(transcript)) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "chat").write_text("a file, not a folder")
    with pytest.raises(RecordingError, match="make its folder writable"):
        Transcript(tmp_path / "chat" / "demo.jsonl").add(answer(1))


def test_its_name_shows_the_file(transcript):
    assert re.search(r"demo\.jsonl", repr(transcript))
