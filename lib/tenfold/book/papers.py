"""The papers of the book, from `book/papers.yaml`: one for each chapter, planned ones included."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from tenfold.book.errors import SiteError


class Paper(BaseModel):
    """chapter: stem of its notebook.  question: what it decides.  cite: its key in references.bib."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chapter: Annotated[str, StringConstraints(pattern=r"^\d\d_[a-z0-9_]+$")]
    topic: str
    question: str
    title: str
    arxiv: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{4,5}$")]
    cite: str

    @property
    def number(self) -> int:
        return int(self.chapter[:2])


def read_papers(root: Path, chapters: list[str]) -> list[Paper]:
    """All papers in book order; raises SiteError when the file is malformed or a chapter has no entry."""
    file = root / "book" / "papers.yaml"
    try:
        papers = TypeAdapter(list[Paper]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise SiteError(f"book/papers.yaml: entry {place}: {first['msg']}") from None
    missing = sorted(set(chapters) - {paper.chapter for paper in papers})
    if missing:
        raise SiteError(f"book/papers.yaml: no entry for {', '.join(missing)}; add one with its paper")
    return papers
