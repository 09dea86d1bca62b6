import math
import sys
from pathlib import Path

import pytest

import tenfold
from tenfold.runs import (
    ConfigError,
    Run,
    RunMismatch,
    RunStore,
    compare,
    live_check,
    rerun,
    stale,
    sweep,
    verify,
)
from tenfold.runs.record import key_of


def make_run(lr: float, *, train: str = "tenfold.trial:train", code: str = "c", **metrics: float) -> Run:
    config = {"lr": lr, "steps": 2}
    return Run(
        key=key_of(config, train, code),
        train=train,
        code=code,
        config=config,
        metrics=metrics,
        curve=[],
        seconds=1.0,
        device="cpu",
        versions={},
        recorded="2026-01-02T03:04:05.678901+00:00",
    )


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "data" / "demo.jsonl")


@pytest.fixture
def recorded(trial, store):
    """Six recorded runs; the losses are (1 - 2 lr)^4."""
    configs = [{"lr": n / 10, "steps": 2} for n in range(1, 7)]
    return sweep(trial.train, configs, store, group=lambda config: config["lr"] > 0.3, progress=False)


def test_comparison_gives_fresh_minus_recorded_by_configuration():
    checks = compare(
        [make_run(0.1, loss=2.0, top=0.5), make_run(0.2, loss=3.0, top=0.25)],
        [make_run(0.2, loss=3.5, top=0.25), make_run(0.1, loss=1.75, top=0.0)],
        tolerance=0.25,
    )
    assert [(check.config["lr"], check.metric, check.difference, check.ok) for check in checks] == [
        (0.1, "loss", -0.25, True),
        (0.1, "top", -0.5, False),
        (0.2, "loss", 0.5, False),
        (0.2, "top", 0.0, True),
    ]


def test_comparison_of_one_metric_leaves_the_others_out():
    (check,) = compare(
        [make_run(0.1, loss=2, top=1)], [make_run(0.1, loss=2, top=0)], tolerance=0, metric="loss"
    )
    assert (check.metric, check.recorded, check.fresh, check.tolerance, check.ok) == ("loss", 2, 2, 0, True)


@pytest.mark.parametrize(
    ("recorded", "fresh", "difference", "ok"),
    [(math.nan, math.nan, 0.0, True), (math.nan, 1.0, math.nan, False), (1.0, math.nan, math.nan, False)],
)
def test_diverged_equals_diverged_only(recorded, fresh, difference, ok):
    (check,) = compare([make_run(0.1, loss=recorded)], [make_run(0.1, loss=fresh)], tolerance=9.0)
    assert check.difference == pytest.approx(difference, nan_ok=True)
    assert check.ok is ok


@pytest.mark.parametrize(
    ("recorded", "fresh", "options", "message"),
    [
        ([0.1, 0.2], [0.1], {}, r'1 configurations are only among .* {"lr":0.2,"steps":2}: compare runs'),
        ([0.1], [0.1, 0.2], {}, "1 configurations are only among"),
        ([0.1], [0.1], {"metric": "top"}, r"metric is 'top', but both runs .* have only \['loss'\]"),
        ([0.1], [0.1], {"tolerance": -1}, "tolerance is -1: use a number >= 0"),
        ([0.1], [0.1], {"tolerance": math.nan}, "tolerance is nan"),
    ],
)
def test_comparison_that_cannot_be_made_is_refused(recorded, fresh, options, message):
    runs = [[make_run(lr, loss=1.0) for lr in rates] for rates in (recorded, fresh)]
    with pytest.raises(ValueError, match=message):
        compare(*runs, **{"tolerance": 0} | options)


def test_live_check_retrains_runs_alone_and_compares(recorded, trained):
    checks = live_check(recorded, n=2, seed=0, tolerance=0, metric="loss")
    assert [check.ok for check in checks] == [True, True]
    assert all(check.fresh == pytest.approx((1 - 2 * check.config["lr"]) ** 4) for check in checks)
    assert trained()[2:] == [[check.config["lr"]] for check in checks]


def test_seed_chooses_the_runs_whatever_their_order(recorded):
    def drawn(runs, seed):
        return [check.config["lr"] for check in live_check(runs, n=2, seed=seed, tolerance=0)]

    assert drawn(recorded, 3) == drawn(recorded[::-1], 3)
    assert len({tuple(drawn(recorded, seed)) for seed in range(10)}) > 1


def test_run_that_does_not_come_out_again_is_named_with_both_numbers(trial, store):
    runs = sweep(trial.forgetful, [{"lr": 0.5}], store, progress=False)  # loss 0.75, then 1
    message = r'loss of {"lr":0.5}: recorded 0.75, fresh 1, difference 0.25, beyond 0.2'
    with pytest.raises(RunMismatch, match=message):
        live_check(runs, n=1, seed=0, tolerance=0.2)


def test_run_that_cannot_be_trained_again_is_named(trial):
    broken = make_run(0.5, loss=1.0)
    broken.config["fault"] = "raises"
    with pytest.raises(RunMismatch, match=r"cannot be trained again by .*: ArithmeticError: the loss"):
        live_check([broken], n=1, seed=0, tolerance=0)


@pytest.mark.parametrize("n", [0, 7])
def test_more_or_fewer_runs_than_there_are_cannot_be_drawn(recorded, n):
    with pytest.raises(ValueError, match=f"{n} runs cannot be drawn from 6: use a number from 1 to 6"):
        live_check(recorded, n=n, seed=0, tolerance=0)


@pytest.mark.parametrize("train", ["this:boom", "tenfold:boom", "tenfold.trial:MEMORY.clear", "os:abort"])
def test_record_that_names_a_function_outside_tenfold_imports_nothing(trial, monkeypatch, train):
    monkeypatch.delitem(sys.modules, "this", raising=False)
    with pytest.raises(ConfigError, match="it must stand at the top level of a module of tenfold"):
        live_check([make_run(0.1, train=train, loss=1.0)], n=1, seed=0, tolerance=0)
    assert "this" not in sys.modules


@pytest.fixture
def edited(trial, monkeypatch, tmp_path):
    """Replaces the source of `tenfold.trial` on disk by an edited copy."""

    def edit(old: str, new: str) -> None:
        text = Path(trial.__file__).read_text()
        assert old in text
        (tmp_path / "trial.py").write_text(text.replace(old, new))
        monkeypatch.setattr(tenfold, "__path__", [str(tmp_path)])

    return edit


def test_runs_are_stale_when_the_code_changes_and_not_when_its_wording_does(recorded, store, edited):
    assert stale(store) == []
    edited("gradient descent on x²", "descent on a parabola")
    assert stale(store) == []
    edited("1 - 2 *", "1 - 2.5 *")
    assert stale(store) == recorded


def test_runs_whose_code_is_gone_are_stale(store):
    store.append(make_run(0.1, train="tenfold.gone:train", loss=1.0))
    assert [run.config["lr"] for run in stale(store)] == [0.1]


def test_verify_looks_at_all_runs_and_retrains_the_sample(recorded, store, trained):
    found = verify([store.path], sample=3, seed=1, tolerance=0, progress=False)
    assert found.ok
    assert found.stale == found.failures == []
    assert [[check.config["lr"]] for check in found.checks] == trained()[2:]
    assert len(str(found).splitlines()) == 3


def test_verify_reports_stale_failing_and_differing_runs_and_goes_on(trial, recorded, store, tmp_path):
    other = RunStore(tmp_path / "other.jsonl")
    other.append(make_run(0.1, loss=9.0), make_run(0.2, train="os:abort", loss=1.0))
    found = verify([store.path, other.path], sample=8, seed=0, tolerance=1e-9, progress=False)
    assert not found.ok
    assert [run.code for run in found.stale] == ["c", "c"]
    assert [check.recorded for check in found.checks if not check.ok] == [9.0]
    assert len(found.checks) == 7
    assert "'os:abort': it must stand at the top level" in found.failures[0]
    assert len(str(found).splitlines()) == 2 + 1 + 7


def test_rerun_trains_everything_again_in_the_same_calls_and_compares(recorded, store, trained, tmp_path):
    checks = rerun([store.path], tmp_path / "again", 1, tolerance=0, progress=False)
    assert [check.config for check in checks] == [run.config for run in store.load().values()]
    assert all(check.ok and check.fresh == check.recorded for check in checks)
    assert sorted(map(sorted, trained()[2:])) == sorted(map(sorted, trained()[:2]))
    assert len(RunStore(tmp_path / "again" / "demo.jsonl").load()) == 6


def test_rerun_goes_on_where_it_stopped(recorded, trial, store, trained, tmp_path):
    sweep(trial.train, [recorded[0].config], RunStore(tmp_path / "again" / "demo.jsonl"), progress=False)
    rerun([store.path], tmp_path / "again", 1, tolerance=0, progress=False)
    again = sorted(rate for call in trained()[2:] for rate in call)
    assert again == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_rerun_finds_the_run_that_does_not_come_out_again(trial, store, tmp_path):
    sweep(trial.forgetful, [{"lr": 4.0}], store, progress=False)
    (check,) = rerun([store.path], tmp_path / "again", 1, tolerance=0, progress=False)
    assert (check.recorded, check.fresh, check.ok) == (4.25, 4.5, False)


def test_rerun_into_the_folder_of_the_recorded_runs_is_refused(recorded, store):
    with pytest.raises(ValueError, match="where the recorded runs are: use another folder"):
        rerun([store.path], store.path.parent, 1, tolerance=0)


def test_missing_file_of_runs_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.jsonl', which is no file: give files of recorded runs"):
        verify([tmp_path / "gone.jsonl"], sample=1, seed=0, tolerance=0)
