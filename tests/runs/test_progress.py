import pytest

import tenfold.runs.progress
from tenfold.runs import RunStore, sweep
from tenfold.runs.progress import SweepProgress, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.6, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_durations_are_told_in_the_two_largest_units(seconds, text):
    assert duration(seconds) == text


def test_time_left_follows_from_the_cost_done_so_far(monkeypatch, capsys):
    clock = [100.0]
    monkeypatch.setattr(tenfold.runs.progress.time, "monotonic", lambda: clock[0])
    with SweepProgress("demo", 4, 100.0) as bar:
        assert bar.state() == "0/4 runs, time left not known yet"
        clock[0] += 20
        bar.advance(1, 10.0)
        assert bar.state() == "1/4 runs, 3 min 00 s left"
        clock[0] += 20
        bar.advance(1, 70.0)
        assert bar.state() == "2/4 runs, 10 s left"
    assert capsys.readouterr().err == "demo: 2/4 runs, 10 s left\n"


def test_sweep_tells_its_progress_on_standard_error_only_where_there_is_work(trial, tmp_path, capsys):
    store, configs = RunStore(tmp_path / "demo.jsonl"), [{"lr": 0.1, "steps": 1}, {"lr": 0.2, "steps": 1}]
    sweep(trial.train, configs[:1], store, progress=False)
    assert capsys.readouterr() == ("", "")
    sweep(trial.train, configs, store)
    assert capsys.readouterr() == ("", "demo: 1/1 runs, 0 s left\n")
    sweep(trial.train, configs, store)
    assert capsys.readouterr() == ("", "")
