"""Any file of recorded runs or answers: what was recorded, or an error that names file and line."""

import json
import warnings
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.chat import RecordingError, Reply
from tenfold.chat.transcript import Answer, Transcript
from tenfold.runs import Run, RunStore, RunStoreError
from tenfold.runs.record import key_of

TRAIN, CODE = "tenfold.trial:train", "c" * 64
number = st.floats() | st.integers(-(2**63), 2**63)
configs = st.dictionaries(
    st.text(max_size=8),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    max_size=4,
)


def make_run(config: dict, *, metrics: dict | None = None, curve=()) -> Run:
    return Run(
        key=key_of(config, TRAIN, CODE),
        train=TRAIN,
        code=CODE,
        config=config,
        metrics=metrics or {"loss": 0.5},
        curve=[list(point) for point in curve],
        seconds=1.0,
        device="cpu",
        versions={"python": "3.11.7"},
        recorded="2026-01-02T03:04:05+00:00",
    )


RUNS = [make_run({"seed": seed}, curve=[(0.0, 1.0)]) for seed in range(3)]
RUN_LINES = "".join(run.to_json() + "\n" for run in RUNS).encode()
ANSWERS = [
    Answer(f"{n:064x}", "m", Reply(f"answer {n}", "m", 1, 1, None, 0.0, "stop"), "2026-01-02")
    for n in range(3)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def answer_lines(folder):
    transcript = Transcript(folder / "whole.jsonl")
    for answer in ANSWERS:
        transcript.add(answer)
    return transcript.path.read_bytes()


@given(data=st.data())
def test_a_store_that_was_read_before_it_was_damaged_is_read_as_by_a_new_object(
    folder, attempt, damaged, data
):
    store = RunStore(folder / "read_before.jsonl")
    store.path.write_bytes(RUN_LINES)
    store.load()
    store.path.write_bytes(data.draw(damaged(RUN_LINES)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen, fresh = (
            attempt(one.load, RunStoreError, f"{store.path}, line ") for one in (store, RunStore(store.path))
        )
    assert (seen and list(seen.items())) == (fresh and list(fresh.items()))


@given(data=st.data())
def test_a_damaged_store_gives_runs_under_their_own_keys_or_an_error_with_the_line(
    folder, attempt, damaged, data
):
    store = RunStore(folder / "damaged.jsonl")
    store.path.write_bytes(data.draw(damaged(RUN_LINES)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = attempt(store.load, RunStoreError, f"{store.path}, line ")
        if loaded is None:
            return
        assert all(key == key_of(run.config, run.train, run.code) for key, run in loaded.items())
        new = make_run({"seed": "new"})
        assert store.append(new) == [new]
        assert list(RunStore(store.path).load()) == [*loaded, new.key]


@given(
    configs,
    st.dictionaries(st.text(max_size=8), number, min_size=1, max_size=3),
    st.lists(st.tuples(number, number)),
)
def test_any_run_comes_back_as_it_was_recorded(folder, config, metrics, curve):
    path = folder / "one.jsonl"
    path.unlink(missing_ok=True)
    floats = {name: float(value) for name, value in metrics.items()}
    run = make_run(config, metrics=floats, curve=[(float(x), float(y)) for x, y in curve])
    RunStore(path).append(run)
    (loaded,) = RunStore(path).load().values()
    assert loaded.to_json() == run.to_json()
    assert loaded.config == config


@given(data=st.data())
def test_a_damaged_recording_gives_recorded_answers_or_an_error_with_the_line(
    folder, attempt, damaged, answer_lines, data
):
    path = folder / "damaged_answers.jsonl"
    path.write_bytes(data.draw(damaged(answer_lines)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = attempt(Transcript(path).answers, RecordingError, f"{path}, line ")
        if loaded is None:
            return
        new = replace(ANSWERS[0], request="f" * 64)
        assert Transcript(path).add(new) == new
        assert list(Transcript(path).answers()) == [*loaded, new.request]


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a":' * 100_000, json.dumps("\ud800"), "9" * 5_000, "\0"])
@pytest.mark.parametrize("place", [0, 1, 3], ids=["first", "in the middle", "last"])
def test_a_line_made_to_break_the_parser_is_named_in_a_store_and_a_recording(
    folder, answer_lines, line, place
):
    for content, read, error in (
        (RUN_LINES, lambda path: RunStore(path).load(), RunStoreError),
        (answer_lines, lambda path: Transcript(path).answers(), RecordingError),
    ):
        path = folder / "hostile.jsonl"
        lines = content.splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:place], line.encode() + b"\n", *lines[place:]]))
        if place == 3 and line[0] != '"':
            with pytest.warns(UserWarning, match="last line is cut off and not used"):
                assert len(read(path)) == 3
        else:
            with pytest.raises(error, match=f"line {place + 1}: "):
                read(path)


def test_a_number_that_no_run_can_hold_is_an_error_with_file_and_line(folder):
    path = folder / "nan.jsonl"
    path.write_bytes(RUN_LINES.replace(b'"seed": 1', b'"seed": NaN'))
    with pytest.raises(RunStoreError, match=r"nan\.jsonl, line 2: "):
        RunStore(path).load()
