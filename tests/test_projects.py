"""The project ideas: each one's first step runs as it is printed."""

import contextlib
import io
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "book" / "teaching" / "projects.md").read_text(encoding="utf-8")
IDEAS = re.findall(r"^## (\d+\. [^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_ten_ideas_in_order():
    assert [title.split(".")[0] for title, _ in IDEAS] == [str(n) for n in range(1, 11)]


@pytest.mark.parametrize("text", [text for _, text in IDEAS], ids=[title for title, _ in IDEAS])
def test_the_first_step_runs_and_shows_something(text, monkeypatch):
    (step,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(REPOSITORY)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(step, "projects.md", "exec"), {"__name__": "step"})
    assert shown.getvalue().strip()
