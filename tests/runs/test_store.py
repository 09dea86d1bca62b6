import json
import pickle
import re
import subprocess
import sys

import pytest
from filelock import FileLock

import tenfold.runs.store
from tenfold.runs import Run, RunStore, RunStoreError, TornLineWarning, journal, open_runs
from tenfold.runs.record import key_of


def make_run(number: int, *, loss: float = 0.5, points: int = 2) -> Run:
    config, train, code = {"seed": number}, "tenfold.trial:train", "c" * 64
    return Run(
        key=key_of(config, train, code),
        train=train,
        code=code,
        config=config,
        metrics={"loss": loss},
        curve=[[step, 1 / (step + 1)] for step in range(points)],
        seconds=1.0,
        device="cpu",
        versions={"python": "3.11.7"},
        recorded="2026-01-02T03:04:05.678901+00:00",
    )


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs" / "demo.jsonl")


def test_store_that_does_not_exist_is_empty(store):
    assert store.load() == {}
    assert not store.path.parent.exists()


def test_appended_runs_are_loaded_in_order(store):
    runs = [make_run(number) for number in (3, 1, 2)]
    store.append(runs[0])
    store.append(*runs[1:])
    assert list(store.load().values()) == runs
    assert store.path.read_text() == "".join(run.to_json() + "\n" for run in runs)


def test_run_recorded_before_is_kept_and_given_back(store):
    first, later, other = make_run(1, loss=0.5), make_run(1, loss=0.75), make_run(2)
    store.append(first)
    assert store.append(later, other, other) == [first, other, other]
    assert list(store.load().values()) == [first, other]


@pytest.mark.parametrize("cut", [1, 20, -2, -1], ids=["one byte", "some", "no brace", "no line end"])
def test_cut_off_last_line_is_dropped_with_a_warning_and_repaired_by_the_next_append(store, cut):
    store.append(make_run(1))
    line = make_run(2).to_json() + "\n"
    with open(store.path, "a") as file:
        file.write(line[:cut])
    with pytest.warns(TornLineWarning, match=r"demo\.jsonl: the last line is cut off"):
        assert list(store.load().values()) == [make_run(1)]
    store.append(make_run(3))
    assert list(store.load().values()) == [make_run(1), make_run(3)]


def test_broken_last_line_with_a_line_end_is_dropped_too(store):
    store.append(make_run(1))
    with open(store.path, "ab") as file:
        file.write(b"\0\0\0\0\n")
    with pytest.warns(TornLineWarning):
        assert list(store.load().values()) == [make_run(1)]
    store.append(make_run(2))
    assert list(store.load().values()) == [make_run(1), make_run(2)]


def test_store_of_one_cut_off_line_is_empty_with_a_warning(store):
    store.path.parent.mkdir()
    store.path.write_text('{"key": ')
    with pytest.warns(TornLineWarning):
        assert store.load() == {}
    store.append(make_run(1))
    assert list(store.load().values()) == [make_run(1)]


def changed(**fields) -> str:
    return json.dumps(json.loads(make_run(2).to_json()) | fields)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (make_run(2).to_json()[:40], "not a run"),
        ("", "not a run"),
        ("[1, 2]", "not a run"),
        (changed(seconds="long"), "field 'seconds'"),
        (changed(metrics={"loss": "low"}), "field 'metrics.loss"),
        (changed(colour="red"), "field 'colour'"),
        (changed(config={"seed": 7}), "the key is not that of this configuration"),
        (make_run(1, loss=0.75).to_json(), "is recorded before with other metrics"),
    ],
    ids=[
        "cut off",
        "empty",
        "no object",
        "wrong type",
        "wrong metric",
        "unknown field",
        "edited configuration",
        "other metrics for the same run",
    ],
)
def test_bad_line_in_the_middle_is_refused_with_file_line_and_remedy(store, line, what):
    store.append(make_run(1))
    with open(store.path, "a") as file:
        file.write(line + "\n" + make_run(3).to_json() + "\n")
    before = store.path.read_bytes()
    message = rf"demo\.jsonl, line 2: .*{re.escape(what)}.*Restore the file from version control, or delete"
    with pytest.raises(RunStoreError, match=message):
        store.load()
    with pytest.raises(RunStoreError, match=message):
        store.append(make_run(4))
    assert store.path.read_bytes() == before


def test_same_run_twice_with_the_same_metrics_counts_once(store):
    store.append(make_run(1))
    with open(store.path, "a") as file:
        file.write(make_run(1).to_json() + "\n")
    assert list(store.load().values()) == [make_run(1)]


@pytest.fixture
def parsed(monkeypatch):
    """The seeds of the runs that were parsed, in that order."""
    seeds = []

    def counted(**fields) -> Run:
        seeds.append(fields["config"]["seed"])
        return Run(**fields)

    monkeypatch.setattr(tenfold.runs.store, "Run", counted)
    return seeds


def test_each_line_is_parsed_once_by_one_object(store, parsed):
    for number in range(20):
        store.append(make_run(number))
        store.load()
    assert parsed == [*range(20)]
    parsed.clear()
    RunStore(store.path).append(make_run(20))
    assert parsed == [*range(20)]  # the second object has read what was there
    assert len(store.load()) == 21
    assert parsed[20:] == [20]


def test_store_sent_to_another_process_takes_no_runs_along(store):
    store.append(make_run(1, points=500))
    store.load()
    sent = pickle.dumps(store)
    assert len(sent) < 500
    assert list(pickle.loads(sent).load().values()) == [make_run(1, points=500)]


def test_runs_given_by_load_may_be_added_to_without_effect_on_the_store(store):
    store.append(make_run(1))
    store.load()["another"] = make_run(2)
    assert list(store.load().values()) == [make_run(1)]


@pytest.mark.parametrize("seen", [False, True], ids=["new object", "same object"])
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"seed": 1}', b'"seed": 7}', "line 1: the key is not that of this configuration"),
        (b'{"key"', b'["key"', "line 1: not a run"),
        (b"}\n", b"}\n\n", "line 2: not a run"),
    ],
    ids=["configuration", "no longer JSON", "a line more"],
)
def test_earlier_line_altered_between_two_appends_is_refused(store, seen, old, new, message):
    store.append(make_run(1), make_run(2), make_run(3))
    store.append(make_run(4))
    store.path.write_bytes(altered := store.path.read_bytes().replace(old, new, 1))
    asked = store if seen else RunStore(store.path)
    with pytest.raises(RunStoreError, match=message):
        asked.append(make_run(5))
    assert store.path.read_bytes() == altered


def test_earlier_line_removed_or_given_other_metrics_is_read_as_it_stands_now(store):
    store.append(make_run(1), make_run(2, loss=0.25), make_run(3))
    store.load()
    lines = store.path.read_text().splitlines(keepends=True)
    store.path.write_text(lines[0] + lines[1].replace("0.25", "0.75"))
    assert list(store.load().values()) == [make_run(1), make_run(2, loss=0.75)]
    assert store.append(make_run(2), make_run(3)) == [make_run(2, loss=0.75), make_run(3)]
    assert store.path.read_text() == lines[0] + make_run(2, loss=0.75).to_json() + "\n" + lines[2]
    store.path.unlink()
    assert store.load() == {}


APPEND_MANY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store import make_run
from tenfold.runs import RunStore
store, own = RunStore(sys.argv[1]), 100 * (1 + int(sys.argv[3]))
while not Path(sys.argv[4]).exists():
    pass
for number in range(15):
    store.append(make_run(number, points=500), make_run(own + number, points=500))
"""


def test_four_processes_appending_at_once_tear_no_line_and_record_each_run_once(store, start, tmp_path):
    gate, here = tmp_path / "gate", re.sub(r"[^/]*$", "", __file__)
    writers = [start(APPEND_MANY, store.path, here, writer, gate) for writer in range(4)]
    gate.touch()
    assert [writer.communicate()[1] for writer in writers] == [""] * 4
    lines = store.path.read_text().splitlines()
    seeds = [json.loads(line)["config"]["seed"] for line in lines]
    assert sorted(seeds) == [seed for own in (0, 100, 200, 300, 400) for seed in range(own, own + 15)]
    assert {run.config["seed"]: len(run.curve) for run in store.load().values()} == dict.fromkeys(seeds, 500)


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from test_store import make_run
from tenfold.runs import RunStore, RunStoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    RunStore(sys.argv[1]).append(make_run(2, points=200))
except RunStoreError as error:
    sys.exit(str(error))
"""


def test_write_that_stops_half_way_leaves_the_store_as_it_was(store):
    store.append(make_run(1))
    before = store.path.read_bytes()
    here = re.sub(r"[^/]*$", "", __file__)
    command = [sys.executable, "-c", FULL_DISK, str(store.path), here, str(len(before) + 500)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "the runs recorded before are unharmed: free disk space" in done.stderr
    assert store.path.read_bytes() == before


def test_lock_that_another_process_keeps_is_named(store, monkeypatch):
    monkeypatch.setattr(journal, "LOCK_SECONDS", 0.01)
    store.path.parent.mkdir()
    lock = store.path.parent / ".demo.jsonl.lock"
    with FileLock(lock), pytest.raises(RunStoreError, match=r"another process held .*\.demo\.jsonl\.lock"):
        store.append(make_run(1))
    store.append(make_run(1))
    assert len(store.load()) == 1


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "runs").write_text("a file, not a folder")
    with pytest.raises(RunStoreError, match="make its folder writable"):
        RunStore(tmp_path / "runs" / "demo.jsonl").append(make_run(1))


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "data" / "claims").mkdir(parents=True)
    monkeypatch.setenv("TENFOLD_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("profile", "runs", "path"),
    [
        ("laptop", "recorded", "data/runs/lr_horizon.jsonl"),
        ("laptop", "fresh", "build/runs/lr_horizon-laptop-fresh.jsonl"),
        ("smoke", "recorded", "build/runs/lr_horizon-smoke-recorded.jsonl"),
        ("gpu", "fresh", "build/runs/lr_horizon-gpu-fresh.jsonl"),
    ],
)
def test_only_recorded_laptop_runs_are_in_the_data_folder(root, profile, runs, path):
    assert open_runs("lr_horizon", profile=profile, runs=runs).path == root / path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("../x", "laptop", "fresh"), "experiment is '../x': use lower-case letters"),
        (("x", "tiny", "fresh"), "profile is 'tiny': use one of smoke, laptop, gpu"),
        (("x", "laptop", "old"), "runs is 'old': use one of recorded, fresh"),
    ],
)
def test_unknown_store_is_refused(root, arguments, message):
    experiment, profile, runs = arguments
    with pytest.raises(ValueError, match=message):
        open_runs(experiment, profile=profile, runs=runs)
