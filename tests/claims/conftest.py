"""A small ledger to change, as text and as an object."""

import copy
from datetime import date
from pathlib import Path

import pytest
import yaml

from tenfold.claims import Ledger, read_ledger

CLAIM = {
    "id": "C1",
    "text": "The best learning rate falls with the token horizon.",
    "where": "Table 5",
    "reported": {"value": 0.32, "relation": "~", "mark": "read", "source": "quoted from Table 5"},
    "prediction": "The slope of log LR on log D is negative.",
    "criterion": {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9},
    "evidence": "real data",
    "profiles": ["laptop", "gpu"],
    "registered": date(2026, 11, 20),
}
LEDGER = {
    "chapter": "demo",
    "paper": {
        "title": "A paper",
        "authors": ["A. Author", "B. Author"],
        "arxiv": "2409.19913",
        "version": "v3",
        "licence": "quoted in short",
    },
    "claims": [CLAIM],
}


@pytest.fixture
def raw():
    """A valid ledger as the mapping its YAML holds, to be changed by the test."""
    return copy.deepcopy(LEDGER)


@pytest.fixture
def make(tmp_path):
    """Write a mapping (or YAML text) as demo.yaml and read it back as a ledger."""

    def make_ledger(content: dict | str) -> Ledger:
        path: Path = tmp_path / "demo.yaml"
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return read_ledger(path)

    return make_ledger


@pytest.fixture
def ledger_of(raw, make):
    """A ledger whose claims C1, C2, … have the given criteria."""

    def ledger(*criteria: dict, **changes: object) -> Ledger:
        raw["claims"] = [
            copy.deepcopy(CLAIM) | {"id": f"C{i}", "criterion": criterion} | changes
            for i, criterion in enumerate(criteria, 1)
        ]
        return make(raw)

    return ledger
