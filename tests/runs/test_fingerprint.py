import subprocess

import pytest

import tenfold
from tenfold.runs import SourceError, modules_imported_by, source_fingerprint, source_modules

TRAIN = '''
"""Trains."""
from tenfold.made.model import width

def train(configs):
    """Doc."""
    rate = 0.1  # peak
    return f"{width(configs):>{rate}}"
'''
FILES = {
    "made/__init__.py": "from tenfold.made.model import width\nfrom .other import depth as height\n",
    "made/model.py": "from . import parts\ndef width(x): return parts.base(x) * 2\n",
    "made/parts.py": "def base(x): return x + 1\n",
    "made/other.py": "def depth(x): return x\n",
    "made/train.py": TRAIN,
}

# what Python's parsers and printers have treated differently, and what a plain module has not
AWKWARD = r"""
import math as m, os
x: int = 1_000; y = -0.0; z = 1e400j; t = (1,); e = ...; s = 'ä\u200b\U0001fae8' "'"
def f(a, /, b=None, *c, d=b'\xff', **e) -> 'int': 'doc'; yield (n := a)
async def g():
    async with a as b, c: return [i async for i in b if i]
w = f'a{x!r:>{y}.{z}}' f"b{{{x = }}}" 'c' f'' f'{x:}' f'{x:%H"{y}%M}'
class K(B, metaclass=M):
    'doc'
    v: list[int] = [*t, *{**{}}]
    @property
    def p(self): return lambda: self.v[1:, ..., ::2]
match x:
    case {'k': [1, *_], **r} | P(q=2) if r: pass
    case None | -1 | 'é': pass
try: pass
except* E as err: raise X from err
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes files of a package `tenfold.made`, which is part of tenfold while the test runs."""
    monkeypatch.setattr(tenfold, "__path__", [*tenfold.__path__, str(tmp_path)])

    def write(**files: str) -> None:
        for name, text in files.items():
            (tmp_path / "made" / f"{name}.py").write_text(text)

    (tmp_path / "made").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return write


@pytest.mark.parametrize(
    "wording",
    [
        TRAIN.replace("Trains.", "Trains a model.\n\nAt length."),
        TRAIN.replace('    """Doc."""\n', ""),
        TRAIN.replace("  # peak", "  # the peak learning rate"),
        TRAIN.replace("rate = 0.1", "rate = (\n        0.1\n    )"),
        TRAIN.replace('f"{width(configs):>{rate}}"', "f'{width(configs):>{rate}}'"),
        TRAIN.replace("0.1", "1e-1"),
    ],
    ids=["module docstring", "no docstring", "comment", "layout", "quotes", "notation of a number"],
)
def test_wording_keeps_the_fingerprint(write, wording):
    before = source_fingerprint("tenfold.made.train")
    assert wording != TRAIN
    write(train=wording)
    assert source_fingerprint("tenfold.made.train") == before


@pytest.mark.parametrize(
    "code",
    [
        TRAIN.replace("0.1", "0.2"),
        TRAIN.replace("0.1", "1"),
        TRAIN.replace("0.1", "'0.1'"),
        TRAIN.replace(":>{", ":<{"),
        TRAIN.replace(":>{", "!r:>{"),
        TRAIN.replace('f"{', 'f" {'),
        TRAIN.replace("(configs):\n", "(configs, seed=None):\n"),
        TRAIN.replace("import width", "import width as base, width"),
        TRAIN + "\n\ndef more(): ...\n",
    ],
    ids=[
        "number",
        "float to int",
        "float to string",
        "alignment in an f-string",
        "conversion in an f-string",
        "literal part of an f-string",
        "default None",
        "import",
        "new function",
    ],
)
def test_code_changes_the_fingerprint(write, code):
    before = source_fingerprint("tenfold.made.train")
    assert code != TRAIN
    write(train=code)
    assert source_fingerprint("tenfold.made.train") != before


def test_module_imported_by_an_imported_module_counts(write):
    before = source_fingerprint("tenfold.made.train")
    write(parts="def base(x): return x + 2\n")
    assert source_fingerprint("tenfold.made.train") != before


def test_module_that_is_not_imported_does_not_count(write):
    before = source_fingerprint("tenfold.made.train")
    write(other="def depth(x): return x + 7\n", unused="x = 1\n")
    assert source_fingerprint("tenfold.made.train") == before


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("import tenfold.made.parts", {"made.parts"}),
        ("import tenfold.made.parts as p", {"made.parts"}),
        ("from tenfold.made import parts", {"made.parts"}),
        ("from tenfold.made.model import width", {"made.model", "made.parts"}),
        ("from tenfold.made import width", {"made.model", "made.parts"}),
        ("from tenfold.made import height", {"made.other"}),
        ("from tenfold.made import *", {"made", "made.model", "made.other", "made.parts"}),
        ("import tenfold.made", {"made", "made.model", "made.other", "made.parts"}),
        ("def f():\n    from tenfold.made import parts", {"made.parts"}),
        ("import os, numpy.linalg\nfrom math import pi", set()),
    ],
)
def test_imports_in_a_text_are_followed_to_the_module_a_name_comes_from(write, line, modules):
    assert modules_imported_by(line) == {f"tenfold.{module}" for module in modules}


def test_package_counts_where_it_defines_the_name_itself(write):
    write(__init__="from tenfold.made.parts import base\ndef own(): return base(1)\nother = 3\n")
    assert modules_imported_by("from tenfold.made import own") == {"tenfold.made", "tenfold.made.parts"}
    # as in Python, what __init__.py binds comes before the submodule of that name
    assert modules_imported_by("from tenfold.made import other") == {"tenfold.made", "tenfold.made.parts"}


def test_re_export_under_a_changed_name_changes_the_fingerprint(write):
    write(train="from tenfold.made import f\n", other="def g(): return 1\ndef h(): return 2\n")
    write(__init__="from tenfold.made.other import g as f\n")
    before = source_fingerprint("tenfold.made.train")
    write(__init__="from tenfold.made.other import h as f\n")
    assert source_fingerprint("tenfold.made.train") != before


def test_circular_imports_are_followed_once(write):
    write(model="from tenfold.made import parts\n", parts="from tenfold.made import model\n")
    assert source_modules("tenfold.made.model") == ["tenfold.made.model", "tenfold.made.parts"]


def test_function_module_and_name_of_a_module_mean_the_same(trial):
    assert source_fingerprint(trial.train) == source_fingerprint(trial) == source_fingerprint("tenfold.trial")
    assert source_modules(trial.train) == ["tenfold.trial"]


def test_sources_are_read_from_disk_and_not_imported(write):
    write(train="raise SystemExit('imported')\n")
    assert source_modules("tenfold.made.train") == ["tenfold.made.train"]


@pytest.mark.parametrize("source", [len, subprocess, "os.path", "tenfolded"])
def test_source_outside_tenfold_is_refused(source):
    with pytest.raises(SourceError, match="move it into a module of tenfold"):
        source_fingerprint(source)


def test_unknown_module_is_named(write):
    write(train="from tenfold.made.gone import x\n")
    with pytest.raises(SourceError, match=r"'tenfold\.made\.gone' is no source file"):
        source_fingerprint("tenfold.made.train")


def test_broken_source_is_named_with_its_file(write):
    write(parts="def base(:\n")
    with pytest.raises(SourceError, match=r"made/parts\.py is not Python source"):
        source_fingerprint("tenfold.made.train")
    with pytest.raises(SourceError, match="the given source is not Python source"):
        modules_imported_by("%matplotlib inline")


def test_every_python_version_gives_the_same_fingerprint(write):
    write(train=AWKWARD)
    assert source_fingerprint("tenfold.made.train") == (
        "23a8a5e562dbfa6269cd2645e230a2f1518be12631c3a8e4547bbaade22a2824"
    )
