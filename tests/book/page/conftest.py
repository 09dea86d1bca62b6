"""Outputs caught instead of shown, and a ledger with one claim of every verdict."""

from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser

import pytest

from tenfold.claims import Estimate, Ledger, NotTestable, judge
from tenfold.runs import Run

ABOVE = {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9}
RANGE = {
    "type": "inside",
    "low": 2.0,
    "high": 3.0,
    "level": 0.9,
    "direction": {"value": 0.0, "side": "above"},
}
READ = {"value": 0.32, "relation": "~", "mark": "read", "source": "quoted in a report"}


@dataclass
class Shown:
    """Every output of the cell: its mime bundle, and what stands beside it."""

    bundles: list[dict] = field(default_factory=list)
    metadata: list[dict] = field(default_factory=list)

    def display(self, bundle: dict, *, raw: bool, metadata: dict) -> None:
        assert raw
        self.bundles.append(bundle)
        self.metadata.append(metadata)

    @property
    def html(self) -> str:
        return self.bundles[-1]["text/html"]

    @property
    def text(self) -> str:
        return self.bundles[-1]["text/plain"]

    @property
    def page(self) -> "Page":
        return Page(self.html)


class Page(HTMLParser):
    """The elements of a piece of HTML and the text a reader sees. Fails where a tag is not closed."""

    VOID = frozenset({"img", "br", "rect", "line", "circle"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "svg" not in self.open:  # hidden from screen readers, repeats what the text says
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(f" {word}" for word in self.words).split())

    def all(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture
def shown(monkeypatch):
    caught = Shown()
    monkeypatch.setattr("tenfold.book.page.publish.display", caught.display)
    return caught


def claim(id: str, **fields: object) -> dict:
    return {
        "id": id,
        "text": f"Claim number {id}.",
        "where": "Table 5",
        "reported": READ,
        "prediction": f"Prediction of {id}.",
        "criterion": ABOVE,
        "evidence": "real data",
        "profiles": ["laptop"],
        "registered": date(2026, 11, 20),
    } | fields


@pytest.fixture
def ledger_of():
    def ledger(*claims: dict) -> Ledger:
        return Ledger(
            chapter="demo",
            paper={
                "title": "A <i>paper</i>",
                "authors": ["A. Author", "B. Author"],
                "arxiv": "2409.19913",
                "version": "v3",
                "licence": "quoted in short",
            },
            claims=[claim(**fields) for fields in claims],
        )

    return ledger


@pytest.fixture
def verdicts(ledger_of):
    """C1 to C5 have the five verdicts of the vocabulary, in its order."""
    ledger = ledger_of(*[{"id": f"C{i}"} for i in (1, 3, 4, 5)], {"id": "C2", "criterion": RANGE})
    evidence = {
        "C1": Estimate(0.5, 0.4, 0.6, 0.9, n=12),
        "C2": Estimate(0.5, 0.4, 0.6, 0.9),
        "C3": Estimate(-0.5, -0.6, -0.4, 0.9),
        "C4": Estimate(0.1, -0.2, 0.4, 0.9),
        "C5": NotTestable("Needs 8 GPUs."),
    }
    return judge(ledger, evidence, profile="laptop")


@pytest.fixture
def run_of():
    def run(**fields: object) -> Run:
        values = {
            "key": "k" * 64,
            "train": "tenfold.lm.sweep:train",
            "code": "c0de" * 16,
            "config": {"corpus": {"name": "chat", "fingerprint": "f00d" * 16}, "seed": 0},
            "metrics": {"loss": 2.0},
            "curve": [],
            "seconds": 30.0,
            "device": "cpu",
            "versions": {"python": "3.11.7", "torch": "2.13.0"},
            "recorded": "2026-11-20T10:00:00+00:00",
        }
        return Run(**values | fields)

    return run
