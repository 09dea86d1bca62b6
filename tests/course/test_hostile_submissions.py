"""Submissions that attack the grader: nothing is harmed, the others are graded, and each is reported."""

import csv
import http.server
import json
import threading
from pathlib import Path

import pytest

from tenfold.course.confinement import walls
from tenfold.course.grading import grade
from tenfold.course.limits import Limits
from tenfold.course.nbgrader_course import NbgraderCourse

RIGHT = {
    "ex1": "def double(x):\n    return 2 * x",
    "ex2": 'def verdict(low):\n    return "reproduced" if low > 0 else "inconclusive"',
}
LIMITS = Limits(seconds=12, start_seconds=40, memory=2 << 30, file_size=10 << 20)
SLEEPER = "time.sleep(601)"
STRIP_ASSERTS = """
import ast

class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

get_ipython().ast_transformers.append(Strip())
"""
OTHER_ASSERTION_ERROR = """
import builtins

class Silent(BaseException):
    pass

AssertionError = builtins.AssertionError = Silent

def double(x):
    return x
"""


STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
FILL = """
with open("big", "wb") as file:
    while True:
        file.write(bytes(10**6))
"""
KILL = """
import os

os.kill(os.getppid(), 9)
os._exit(1)
"""
# Where a submission has processes of its own, it may try to end all there are.
KILL_ALL = "import os\nos.kill(-1, 9)\nos._exit(1)"
LEAVE = f"""
import subprocess, sys

subprocess.Popen([sys.executable, "-c", "import time; {SLEEPER}"], start_new_session=True)
"""


def attacks(outside: Path, port: int) -> dict[str, dict[str, str]]:
    """Answers by student; what a student does not answer stays a stub."""
    reach = f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=2)"
    first = {
        "endless": "while True:\n    pass",
        "greedy": "x = bytearray(10**11)",
        "hungry": "x = []\nwhile True:\n    x.append(bytearray(10**8))",
        "writer": f"open({str(outside / 'grades.csv')!r}, 'w').write('all mine')",
        "reader": f"open({str(outside / 'exercises' / '01_tiny.ipynb')!r}).read()",
        "filler": FILL,
        "killer": KILL_ALL if walls()["other processes"] else KILL,
        "parricide": KILL,
        "talker": "for _ in range(1000):\n    print('x' * 10**6)",
        "leaver": LEAVE,
        "caller": reach,
        "renamer": OTHER_ASSERTION_ERROR,
        "quitter": "import sys\nsys.exit(0)",
    }
    return {
        "solved": RIGHT,
        "blank": {},
        "stubborn": {"ex1": STUBBORN},
        "stripper": {"ex1": STRIP_ASSERTS, "ex2": "verdict = 0"},
        "editor": {"ex1": "def double(x):\n    return x", "ex1-check": "pass", "ex2": RIGHT["ex2"]},
    } | {student: {"ex1": answer, "ex2": RIGHT["ex2"]} for student, answer in first.items()}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, course_at, handed_in):
    """All attacks graded once: rows of the gradebook by student, and what the test looks at afterwards."""
    folder = tmp_path_factory.mktemp("hostile")
    course = course_at(folder / "project")
    (course.root / "grades.csv").write_text("untouched")
    calls: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    released = json.loads(NbgraderCourse(folder / "release").generate(course.path).read_text())
    for student, answers in attacks(course.root, server.server_port).items():
        handed_in(folder / "handed in" / student, released, answers)
    for student, text in {
        "poet": "Roses are red",
        "cutter": json.dumps(released)[:900],
        "empty": "{}",
    }.items():
        (folder / "handed in" / student).mkdir()
        (folder / "handed in" / student / "01_tiny.ipynb").write_text(text)
    (folder / "handed in" / "linker").mkdir()
    (folder / "handed in" / "linker" / "01_tiny.ipynb").symlink_to(course.path)
    out, exercises = folder / "out", [course.load()]
    handed = folder / "handed in"
    gradebook = grade(handed, out, course.root, exercises, limits=LIMITS, jobs=2, report=print)
    server.shutdown()
    rows = {row["student"]: row for row in csv.DictReader(gradebook.read_text().splitlines())}
    return rows, course, out, calls


def test_everyone_is_reported(graded):
    rows, course, _, _ = graded
    others = {"poet", "cutter", "empty", "linker"}
    assert rows.keys() == attacks(course.root, 0).keys() | others


def test_right_answers_get_all_points_and_stubs_none(graded):
    rows, *_ = graded
    assert points(rows["solved"]) == ("graded", "2", "3", "")
    assert points(rows["blank"]) == ("graded", "0", "0", "")


@pytest.mark.parametrize(
    ("student", "status"),
    [
        ("endless", "timed out"),
        ("greedy", "out of memory"),
        ("writer", "graded"),
        ("reader", "graded"),
        ("filler", "graded"),
        ("renamer", "graded"),
        ("quitter", "graded"),
        ("editor", "tampered"),
    ],
)
def test_an_attack_gets_no_points_and_the_next_exercise_is_graded(graded, student, status):
    rows, *_ = graded
    assert points(rows[student]) == (status, "0", "3", "")


@pytest.mark.parametrize(
    ("student", "status"),
    [("stubborn", "timed out"), ("parricide", "crashed"), ("stripper", "tampered")],
)
def test_who_takes_the_kernel_down_or_deceives_it_gets_no_points(graded, student, status):
    rows, *_ = graded
    given, *values = points(rows[student])
    assert given == status
    assert set(values) <= {"", "0"}


@pytest.mark.parametrize("student", ["poet", "cutter", "empty", "linker"])
def test_what_is_no_notebook_is_named_so(graded, student):
    rows, *_ = graded
    assert points(rows[student]) == ("not a notebook", "", "", "")
    assert rows[student]["detail"]


def test_files_outside_are_written_only_where_the_system_cannot_wall_them_off(graded):
    _, course, _, _ = graded
    untouched = (course.root / "grades.csv").read_text() == "untouched"
    assert untouched == walls()["files outside its folder"]


def test_no_page_grows_with_what_is_printed(graded):
    _, _, out, _ = graded
    pages = list((out / "feedback").rglob("*.html"))
    assert len(pages) == 22
    assert max(page.stat().st_size for page in pages) < 2_000_000


def test_a_process_is_left_behind_only_where_the_system_cannot_wall_it_off(graded):
    lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if readable(file)]
    left = any(SLEEPER.encode() in line for line in lines)
    assert left != walls()["other processes"]


def test_the_network_is_reached_only_where_the_system_cannot_wall_it_off(graded):
    *_, calls = graded
    assert bool(calls) != walls()["network"]


@pytest.mark.parametrize(
    ("student", "statuses"),
    [
        ("hungry", {"out of memory", "timed out", "crashed"}),  # little memory is left to tell the error with
        ("talker", {"graded", "timed out", "crashed", "out of memory"}),
        ("caller", {"graded", "timed out"}),
        ("killer", {"graded", "crashed"}),  # a process that is alone has nobody to end
    ],
)
def test_what_ends_in_more_than_one_way_gets_no_points_either(graded, student, statuses):
    rows, *_ = graded
    assert rows[student]["status"] in statuses
    assert rows[student]["ex1"] in ("", "0")


def test_neither_hidden_tests_nor_mark_schemes_are_in_the_feedback(graded):
    _, _, out, _ = graded
    page = (out / "feedback" / "blank" / "01_tiny.html").read_text()
    assert "double(21)" not in page
    assert "names a rival" not in page
    assert "one and one" in page


def points(row: dict[str, str]) -> tuple[str, ...]:
    return row["status"], row["ex1"], row["ex2"], row["ex3"]


def readable(file: Path) -> bool:
    try:
        return bool(file.read_bytes())
    except OSError:
        return False
