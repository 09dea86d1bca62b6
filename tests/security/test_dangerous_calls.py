"""Nothing in the book reads a format that runs code, or gives text to an interpreter or a shell."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "imp", "telnetlib"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
CALLS = {
    "os.system",
    "os.popen",
    "torch.load",
    "joblib.load",
    "pandas.read_pickle",
    "pd.read_pickle",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "yaml.unsafe_load",
    "yaml.full_load",
    "yaml.unsafe_load_all",
    "tempfile.mktemp",
    "torch.hub.load",
}
EXECUTES = {
    # path: whose code it executes
    "lib/tenfold/course/variants.py": {"exec", "compile"},  # exercises and wrong answers of this repository
}
SAFE_LOADERS = {"_Loader", "yaml.SafeLoader", "SafeLoader"}


def sources() -> Iterator[tuple[str, str]]:
    """Path and Python source of the library, benchmarks, notebooks' code cells and the programs of make."""
    for folder in ("lib", "benchmarks", "site_checks"):
        for file in sorted((REPOSITORY / folder).rglob("*.py")):
            yield str(file.relative_to(REPOSITORY)), file.read_text(encoding="utf-8")
    for folder in ("notebooks", "notebooks/template", "exercises"):
        for file in sorted((REPOSITORY / folder).glob("*.ipynb")):
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            yield str(file.relative_to(REPOSITORY)), "\n".join(code)
    for name in ("Makefile", ".ci/run"):
        text = (REPOSITORY / name).read_text(encoding="utf-8").replace("\\\n", " ")
        for program in re.findall(r"-c '([^']*)'", text):
            yield name, program.replace("$$", "$")


def dangers(source: str) -> list[str]:
    """What in a piece of Python is not allowed, by name."""
    return [found for node in ast.walk(ast.parse(source)) for found in _of(node)]


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"import {alias.name}" for alias in node.names if alias.name.split(".")[0] in MODULES)
    if isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name in CALLS)
        if (node.module or "").split(".")[0] in MODULES:
            yield f"import {node.module}"
    if not isinstance(node, ast.Call):
        return
    name = ast.unparse(node.func)
    if name in BUILTINS or name in CALLS:
        yield name
    settings = {keyword.arg: keyword.value for keyword in node.keywords}
    if name in ("yaml.load", "yaml.load_all"):
        loader = settings.get("Loader", node.args[1] if len(node.args) > 1 else None)
        if loader is None or ast.unparse(loader) not in SAFE_LOADERS:
            yield f"{name} without a safe loader"
    for setting in ("shell", "allow_pickle", "trust_remote_code"):
        value = settings.get(setting)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is False):
            yield f"{setting}={ast.unparse(value)}"
    if name.endswith("from_pretrained") and "Model" in name and "use_safetensors" not in settings:
        yield f"{name} without use_safetensors=True"


SOURCES = list(sources())


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 250
    assert {path for path, _ in SOURCES} >= {
        "Makefile",
        "notebooks/01_lr_horizon.ipynb",
        "lib/tenfold/paths.py",
    }


def test_no_source_of_the_book_has_a_dangerous_call():
    found = [(path, danger) for path, source in SOURCES for danger in dangers(source)]
    assert [(path, danger) for path, danger in found if danger not in EXECUTES.get(path, ())] == []


def test_every_exception_is_still_needed():
    found = {path: set(dangers(source)) for path, source in SOURCES if path in EXECUTES}
    assert found == EXECUTES


def test_the_loader_of_ledgers_is_a_safe_one():
    import yaml

    from tenfold.claims.load import _Loader

    assert issubclass(_Loader, yaml.SafeLoader)


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import torch\ntorch.load('x')",
        "from torch import load",
        "eval('1')",
        "exec(text)",
        "import subprocess\nsubprocess.run(command, shell=True)",
        "subprocess.run(command, shell=flag)",
        "import os\nos.system('ls')",
        "import yaml\nyaml.load(text, Loader=yaml.Loader)",
        "yaml.load(text)",
        "numpy.load(file, allow_pickle=True)",
        "AutoModel.from_pretrained(name)",
        "AutoTokenizer.from_pretrained(name, trust_remote_code=True)",
        "pd.read_pickle('x')",
    ],
)
def test_a_dangerous_call_is_found(source):
    assert dangers(source)


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "re.compile('x')",
        "json.load(file)",
        "subprocess.run(['ls'], shell=False)",
        "yaml.safe_load(text)",
        "AutoModel.from_pretrained(name, use_safetensors=True)",
    ],
)
def test_what_only_looks_like_one_is_not(source):
    assert dangers(source) == []
