"""The papers of the book, from `book/papers.yaml`: one for each chapter, planned ones included."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from tenfold.book.errors import SiteError
from tenfold.claims import VERDICTS


class Simulator(BaseModel):
    """What a chapter's simulator decides in advance, and what its runs decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    builds_in: str
    leaves_open: str


class Paper(BaseModel):
    """chapter: stem of its notebook.  question: what it decides.  cite: its key in references.bib.

    finding: what the chapter found, in words.  rests_on: the verdicts, by claim, that the words rest on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    chapter: Annotated[str, StringConstraints(pattern=r"^\d\d_[a-z0-9_]+$")]
    topic: str
    question: str
    title: str
    arxiv: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{4,5}$")]
    cite: str
    finding: str = ""
    rests_on: dict[str, Literal[VERDICTS]] = {}
    simulator: Simulator | None = None

    @property
    def number(self) -> int:
        return int(self.chapter[:2])

    def moved(self, verdicts: Mapping[str, str]) -> dict[str, str]:
        """Those of the verdicts that the finding rests on which are others now, by claim."""
        now = {claim: verdicts.get(claim, "no claim of the chapter") for claim in self.rests_on}
        return {claim: verdict for claim, verdict in now.items() if verdict != self.rests_on[claim]}


def read_papers(root: Path, chapters: list[str]) -> list[Paper]:
    """All papers in book order; raises SiteError when the file is malformed or a chapter has no entry."""
    file = root / "book" / "papers.yaml"
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise SiteError(f"book/papers.yaml cannot be read: {' '.join(str(error).split())}") from None
    try:
        papers = TypeAdapter(list[Paper]).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise SiteError(f"book/papers.yaml: entry {place}: {first['msg']}") from None
    missing = sorted(set(chapters) - {paper.chapter for paper in papers})
    if missing:
        raise SiteError(f"book/papers.yaml: no entry for {', '.join(missing)}; add one with its paper")
    return papers
