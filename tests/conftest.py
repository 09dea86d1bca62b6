"""A small project to run chapters in: a root of its own with notebooks, data and lock files."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from tenfold.book.chapters import Chapter, load_chapter


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=1, help="kills of each kind in tests/faults")


def pytest_configure():
    """Triton kernels run in its interpreter where there is no GPU; told so before it is imported."""
    if not torch.cuda.is_available():
        os.environ.setdefault("TRITON_INTERPRET", "1")


# The same examples in every run, so that a failure is the change's own; the profile "long" draws others.
settings.register_profile("tests", max_examples=200, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("tests")

PARAMETERS = 'profile = "laptop"\nruns = "recorded"\nseed = 0\nscale = 1.5\nlabel = "plain"'


class SmallProject:
    """root: a temporary folder that `tenfold` accepts as the book's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("notebooks", "data/claims", "data/runs", "data/reported"):
            (root / folder).mkdir(parents=True)
        for lock in ("requirements.lock", "requirements-data.txt"):
            (root / lock).write_text("somepackage==1.0\n")

    def add(self, name: str, *cells: str, data: Iterable[str] = (), parameters: str = PARAMETERS) -> Chapter:
        """Write a chapter: a title, the parameters cell, then these code cells, numbered from 3 on."""
        title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {name}"}
        sources = [(parameters, ["parameters"]), *((cell, []) for cell in cells)]
        code = [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": tags},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for number, (source, tags) in enumerate(sources)
        ]
        notebook = {
            "cells": [title, *code],
            "metadata": {"tenfold": {"data": list(data)}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return self.write(name, notebook)

    def write(self, name: str, notebook: dict) -> Chapter:
        path = self.root / "notebooks" / f"{name}.ipynb"
        path.write_text(json.dumps(notebook, indent=1))
        return load_chapter(path)

    def copy(self, name: str) -> Path:
        return self.root / "build" / "executed" / f"{name}.ipynb"

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `tenfold` as a user would, in the project's root."""
        return subprocess.run(
            [self.script, *arguments],
            cwd=self.root,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    @property
    def script(self) -> Path:
        return Path(sys.executable).with_name("tenfold")


@pytest.fixture
def small_project(tmp_path: Path) -> SmallProject:
    return SmallProject(tmp_path / "project {with braces}")
