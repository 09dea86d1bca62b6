import sys
from collections.abc import Callable

import pytest

from tenfold.cli import main

Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tenfold(small_project, monkeypatch, capsys) -> Called:
    """Call the command in this process, in the small project: exit status, stdout, stderr."""
    monkeypatch.chdir(small_project.root)
    monkeypatch.delenv("TENFOLD_ROOT", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tenfold", *arguments])
        with pytest.raises(SystemExit) as exited:
            main()
        out, err = capsys.readouterr()
        return exited.value.code or 0, out, err

    return call
