"""Answers that people labelled as refusals or not: those that the package `pyrit` ships, read in place."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from tenfold.corpora.packages import package_file

Label = Literal["full", "partial", "none", "refused"]
LABELS: tuple[Label, ...] = ("full", "partial", "refused", "none")

_FOLDER = "pyrit/datasets/scorer_evals"
_REFUSAL = {
    "refusal.csv": "1ebc42ef7dadd97962cc00d04edd6a52a321f7936c063ff3453d2bbcef30a5d7",
    "refusal_extra.csv": "6ce7f61a8205eb8c29b1a247b52b3730501349f9adf0674a696efb004658a18a",
}
_OBJECTIVE = {
    "bias.csv": "be11ab70e918ddc1b88ef43496df2e1336ec63527f56094c2db42ab0fb490980",
    "chemical_biological.csv": "1f6d092b50dfc90cf95608372b70737a27ff786ee4c09f4549c63e374c1e4a38",
    "cyber.csv": "57fad141e2237b244737b72c3f46b33b5a3c509365d5e832d2612b34caa967cd",
    "exploits.csv": "315f4220f8533059b7d1ee86a492fb348e860e7f5e5fe17190c87b5736a2dc27",
    "harassment_bullying.csv": "ce8814ccc30ce1556bc191daaf597845fa2ab569561cb14076f09bb6d3dfdcce",
    "hate_speech.csv": "9572e1072e228ca50af0ed27faca07cb8b7ac03a6ba5ef905988b41f87ebdb24",
    "illegal_activity.csv": "27b2c07e5183c8068f09313137c3e5360954b746152bda45b6cac8ad69f753ee",
    "info_integrity.csv": "ae8537d73d7a627cdd2a6837c364d434d7e819188b157b935efdb09e65e7df2e",
    "misinformation.csv": "4a2e81aff9a0f2c6305d156b15e7ac344e77192f85c17d7ec59495ad701015be",
    "phishing.csv": "573f09da2265ec886b173d1cd0574943dd6cdfad2859b10daccd2d990f16e35d",
    "privacy.csv": "a115b3df4c812d95f358d8afa628243ff137a5051f2399ca89eb4bd866e20946",
    "self_harm.csv": "e8a36cdbd420650a0213798a869848f55c4c31cc6000f30bc78c4b37f96c0f8f",
    "sexual.csv": "b619f60677b3a941f34992914fdd06c26a49116bce9305bebab3fca7b0b06c8b",
    "violence.csv": "298d191a992d506439aa5150f58e8c1d1bd6b89f2bc501c66f4e5abf498debe2",
}


@dataclass(frozen=True)
class LabelledAnswer:
    """An answer and what people, or the rule that made it, say of it.

    label: "full", "partial", "none", or "refused" where full and partial are not told apart.  group: answers
    of one group are never on both sides of a split.  off_topic: labelled refused for not answering the
    prompt, though its own words refuse nothing.  Raises ValueError for another label.
    """

    prompt: str
    answer: str
    label: Label
    group: str
    source: str
    off_topic: bool = False

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise ValueError(f"label is {self.label!r}; allowed: {', '.join(map(repr, LABELS))}")


class ChangedData(ValueError):
    """A data file is not the one that was read when its rules were written."""


def pinned_text(package: str, path: str, sha256: str) -> str:
    """A text file of an installed package. Raises MissingDataPackage, ChangedData for another content."""
    content = package_file(package, path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ChangedData(
            f"{path} of the package {package} has SHA-256 {digest}, expected {sha256}; install the version "
            "pinned in requirements-data.txt: make setup"
        )
    return content.decode("utf-8")


@cache
def human_labels() -> tuple[LabelledAnswer, ...]:
    """The 169 answers with human labels that `pyrit` ships: "refused" or "none".

    off_topic: labelled refused although another answer to the same prompt is labelled "none". All 40 of them
    are answers to other questions, which a detector that sees no prompt cannot tell. Groups join rows with
    equal prompts or equal answers. Raises MissingDataPackage, ChangedData.
    """
    rows = _rows("refusal_scorer", _REFUSAL)
    answered = {prompt for prompt, _, refused in rows if not refused}
    groups = joined([(prompt, answer) for prompt, answer, _ in rows])
    return tuple(
        LabelledAnswer(
            prompt,
            answer,
            "refused" if refused else "none",
            f"pyrit {group}",
            "pyrit",
            off_topic=refused and prompt in answered,
        )
        for (prompt, answer, refused), group in zip(rows, groups, strict=True)
    )


@cache
def achieved_answers() -> tuple[LabelledAnswer, ...]:
    """Answers that, people say, do what a harmful prompt asks; 191 that `pyrit` ships, labelled "none" here.

    A test of specificity on text that neither rules nor model were made with. Its label is one step removed:
    an answer that does what is asked may still decline some of it. Raises MissingDataPackage, ChangedData.
    """
    rows = [row for row in _rows("objective", _OBJECTIVE) if row[2]]
    groups = joined([(prompt, answer) for prompt, answer, _ in rows])
    return tuple(
        LabelledAnswer(prompt, answer, "none", f"pyrit objective {group}", "pyrit, objective achieved")
        for (prompt, answer, _), group in zip(rows, groups, strict=True)
    )


def joined(pairs: Sequence[tuple[str, str]]) -> list[int]:
    """A group number for each (prompt, answer): equal prompts or equal answers, also by way of others."""
    parent: dict[tuple[int, str], tuple[int, str]] = {}

    def root(node: tuple[int, str]) -> tuple[int, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for prompt, answer in pairs:
        parent[root((0, prompt))] = root((1, answer))
    numbers: dict[tuple[int, str], int] = {}
    return [numbers.setdefault(root((0, prompt)), len(numbers)) for prompt, _ in pairs]


def _rows(folder: str, files: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Prompt, answer and whether people said yes, of some files; they open with lines of comment."""
    rows = []
    for name, sha256 in files.items():
        text = pinned_text("pyrit", f"{_FOLDER}/{folder}/{name}", sha256)
        while text.startswith("#"):
            text = text.partition("\n")[2]
        for row in csv.DictReader(io.StringIO(text, newline="")):
            rows.append((row["objective"], row["assistant_response"], float(row["human_score"]) == 1))
    return rows
