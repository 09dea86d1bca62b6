"""A full disk and a folder that cannot be written: the expected message, and nothing lost."""

import json

import pytest

from tenfold.book.copies import read_stamp
from tenfold.runs import RunStore

FILL = """
import sys
from pathlib import Path
from tenfold.runs import Run, RunStore, RunStoreError
from tenfold.runs.record import key_of

store, code = RunStore(Path(sys.argv[1]) / "runs.jsonl"), "c" * 64
for number in range(10_000):
    config = {"seed": number}
    key = key_of(config, "tenfold.trial:train", code)
    curve = [[0.0, 1.0]] * 200
    run = Run(key, "tenfold.trial:train", code, config, {"loss": 0.5}, curve, 1.0, "cpu", {}, "now")
    try:
        store.append(run)
    except RunStoreError as error:
        print(number, len(store.load()), error)
        break
"""
SWEEP = """
import sys
from pathlib import Path
from tenfold.runs import RunStore, RunStoreError, sweep
from tenfold.trial import train

store = RunStore(Path(sys.argv[1]) / "runs.jsonl")
print(len(store.load()), "runs are read")
try:
    sweep(train, [{"lr": 0.5, "steps": 2}], store, progress=False)
except RunStoreError as error:
    print(error)
"""
ANSWER = """
import sys
from pathlib import Path
from tenfold.chat import RecordingError, Reply
from tenfold.chat.transcript import Answer, Transcript

transcript = Transcript(Path(sys.argv[1]) / "answers.jsonl")
for number in range(10_000):
    reply = Reply("word " * 2_000, "m", 1, 1, None, 0.0, "stop")
    try:
        transcript.add(Answer(f"{number:064x}", "m", reply, "now"))
    except RecordingError as error:
        print(number, len(Transcript(transcript.path).answers()), error)
        break
"""
EXECUTE = """
import subprocess, sys
from pathlib import Path

root = Path(sys.argv[1]).parent
done = subprocess.run([sys.argv[2], "run"], cwd=root, capture_output=True, text=True)
print(done.returncode, done.stderr)
print(sorted(path.name for path in Path(sys.argv[1]).rglob("*.ipynb*")))
"""
REMEDY = "free disk space or make the file writable, then give the same command again"


@pytest.mark.parametrize("program", [FILL, ANSWER], ids=["store of runs", "recording of answers"])
def test_what_was_recorded_before_the_disk_was_full_is_kept(small_disk, tmp_path, program):
    folder = tmp_path / "disk"
    folder.mkdir()
    done = small_disk(program, folder, kind="full")
    number, kept, message = done.stdout.split(" ", 2)
    assert int(number) == int(kept) > 3
    assert REMEDY in message


def test_a_chapter_whose_copy_does_not_fit_fails_and_says_so(small_disk, small_project):
    small_project.add("01_large", "print('0123456789\\n' * 100_000)")
    build = small_project.root / "build"
    build.mkdir()
    done = small_disk(EXECUTE, build, small_project.script, kind="full", size=256)
    assert "01_large failed outside its cells: its copy cannot be written (" in done.stdout
    assert "free disk space, or make build/ writable" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_recorded_runs_in_a_read_only_folder_are_read_and_new_ones_refused(trial, small_disk, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    store = RunStore(folder / "runs.jsonl")
    from tenfold.runs import sweep

    sweep(trial.train, [{"lr": 0.1, "steps": 2}], store, progress=False)
    (folder / ".runs.jsonl.lock").unlink(missing_ok=True)
    before = store.path.read_bytes()
    done = small_disk(SWEEP, folder, kind="read-only")
    assert "1 runs are read" in done.stdout
    assert "runs.jsonl cannot be locked (" in done.stdout
    assert "make its folder writable" in done.stdout
    assert store.path.read_bytes() == before


def test_two_users_at_once_make_the_same_copies(small_project):
    import subprocess

    chapters = [small_project.add(f"0{n}_both", f"print({n})") for n in (1, 2)]
    command = [small_project.script, "run", "--jobs", "1"]
    both = [
        subprocess.Popen(command, cwd=small_project.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    for chapter in chapters:
        stamp = read_stamp(small_project.copy(chapter.name))
        assert stamp["fingerprint"]
        cells = json.loads(small_project.copy(chapter.name).read_text())["cells"]
        assert cells[-1]["outputs"][0]["text"] == [f"{int(chapter.name[1])}\n"]
