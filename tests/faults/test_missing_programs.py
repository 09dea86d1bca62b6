"""Without compiler or browser, what needs them says so, and all else goes on."""

import os
import subprocess
import sys

import pytest

from tenfold.book.pdf import print_pdf
from tenfold.serp import NoScreenshot

COMPILE = """
import torch

@torch.compile
def double(x):
    return x.sin() * 2 + 1

try:
    double(torch.ones(7))
except Exception as error:
    print(type(error).__module__, type(error).__name__, str(error)[:2000])
"""


def test_without_a_browser_the_pdf_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    page = tmp_path / "index.html"
    page.write_text("<p>A page.</p>")
    with pytest.raises(NoScreenshot, match=r"[Cc]hromium"):
        print_pdf(page, tmp_path / "book.pdf")
    assert not (tmp_path / "book.pdf").exists()


def test_without_a_compiler_the_error_names_it(tmp_path):
    environment = os.environ | {"CXX": "no-such-compiler", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", COMPILE], env=environment, capture_output=True, text=True)
    assert "compiler" in done.stdout.lower()
