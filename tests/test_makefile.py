import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def make(*arguments: str) -> str:
    command = ["make", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout


def test_help_lists_every_target_with_what_it_does():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    described = dict(re.findall(r"^  make ([\w-]+) +(\S.*)$", make("help"), re.MULTILINE))
    assert described.keys() == set(targets)


def test_help_is_what_make_does_when_asked_for_nothing():
    assert make("-n") == make("-n", "help")
