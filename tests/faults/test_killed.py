"""kill -9 at random moments of a sweep, of a run of chapters, and of putting a site in place."""

import json
import random
import shutil
import sys
import warnings

from tenfold.book.copies import read_stamp
from tenfold.book.execute import is_fresh, plan
from tenfold.runs import RunStore, sweep

SWEEP = """
import sys, time
import tenfold.trial
from tenfold.runs import RunStore, sweep

configs = [{"lr": n / 100, "steps": 2} for n in range(30)]
sweep(tenfold.trial.slow, configs, RunStore(sys.argv[1]), n_jobs=2, progress=False)
"""
SITE = """
import sys
from pathlib import Path
from tenfold.book.site import _put_in_place

build = Path(sys.argv[1])
for number in range(10_000):
    draft = build / "draft"
    draft.mkdir()
    for page in range(40):
        (draft / f"{page}.html").write_text(f"{number}")
    _put_in_place(draft, build / "site")
"""


def test_a_sweep_loses_and_repeats_no_finished_run(trial, kill_at_random, rounds, tmp_path, capsys):
    draw = random.Random()
    program = tmp_path / "sweep.py"
    program.write_text(SWEEP)
    configs = [{"lr": n / 100, "steps": 2} for n in range(30)]
    for number in range(rounds):
        store = RunStore(tmp_path / f"{number}.jsonl")

        def begun(store=store):
            return store.path.exists() and store.path.stat().st_size > 0

        told = kill_at_random([sys.executable, program, store.path], ready=begun, span=0.6, draw=draw)
        left = store.path.read_bytes().rpartition(b"\n")[0] if store.path.exists() else b""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            before = store.load()
            runs = sweep(trial.slow, configs, store, n_jobs=1, progress=False)
        assert store.path.read_bytes().startswith(left)
        assert [run.config for run in runs] == configs
        lines = [json.loads(line)["key"] for line in store.path.read_text().splitlines()]
        assert len(lines) == len(set(lines)) == len(configs)
        assert lines[: len(before)] == list(before)
        _tell(capsys, f"sweep: {told}, {len(before)} of {len(configs)} runs recorded, none lost or repeated")


def test_chapters_are_left_whole_and_the_same_command_goes_on(small_project, kill_at_random, rounds, capsys):
    draw = random.Random()
    names = [f"0{n}_quick" for n in (1, 2)]
    for number in range(rounds):
        # Every chapter is new in every round, and has a good copy of the round before.
        chapters = [small_project.add(name, f"x = {number}\nprint('.')") for name in names]
        folder = small_project.copy(names[0]).parent
        before = {name: read_stamp(small_project.copy(name)) for name in names}
        told = kill_at_random(
            [small_project.script, "run", "--jobs", "2"],
            ready=lambda: True,
            span=8.0,
            draw=draw,
            cwd=small_project.root,
        )
        for name in names:
            stamp = read_stamp(small_project.copy(name))
            assert stamp is not None or before[name] is None, "a good copy was lost"
        done = sum(is_fresh(task) for task in plan(chapters, small_project.root, {}, force=True))
        finished = small_project.command("run", "--jobs", "2")
        assert finished.returncode == 0, finished.stderr
        assert f"{done} of 2 chapters are fresh" in finished.stdout
        assert plan(chapters, small_project.root, {}) == []
        assert sorted(path.name for path in folder.glob("*.ipynb")) == [f"{name}.ipynb" for name in names]
        _tell(capsys, f"run: {told}, {done} of 2 chapters done, the rest by the same command")


def test_a_site_is_always_there_whole(kill_at_random, rounds, tmp_path, capsys):
    draw = random.Random()
    program = tmp_path / "site.py"
    program.write_text(SITE)
    for number in range(rounds):
        build = tmp_path / f"build{number}"
        build.mkdir()

        def begun(build=build):
            return (build / "site" / "39.html").exists()

        told = kill_at_random([sys.executable, program, build], ready=begun, span=0.5, draw=draw)
        there = build / "site" if (build / "site").exists() else build / "site.old"
        pages = {page.read_text() for page in there.glob("*.html")}
        assert len(pages) == 1, "pages of two builds are mixed"
        assert len(list(there.glob("*.html"))) == 40
        shutil.rmtree(build)
        _tell(capsys, f"build: {told}, build {pages.pop()} is whole in {there.name}")


def _tell(capsys, line: str) -> None:
    with capsys.disabled():
        print(line)
