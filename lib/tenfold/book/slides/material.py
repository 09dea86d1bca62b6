"""What an executed chapter gives to its slides: glued numbers, figures, verdicts, table rows, bullets."""

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenfold.book.calculators import GLUED
from tenfold.book.papers import Paper
from tenfold.book.scoreboard import Executed

_FIGURE = re.compile(
    r'<figure class="tf-figure"><img src="data:image/svg\+xml;base64,([^"]*)" alt="([^"]*)"', re.DOTALL
)
_ROW = re.compile(r"^\|(.*)\|\s*$", re.MULTILINE)
_BULLET = re.compile(r"^- \*\*(?P<lead>[^*]+)\*\*(?P<text>.*?[.?!:])(?=\s|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Picture:
    """A figure of the chapter: its text alternative and its SVG source."""

    alt: str
    svg: str


@dataclass(frozen=True)
class Material:
    """One chapter.

    changed: rows of its table "What we changed", by name: the paper's way and ours.
    limits: the bullets of its section on limits, up to their first full stop, by their bold lead.
    """

    chapter: Executed
    paper: Paper
    title: str
    glued: Mapping[str, str]
    pictures: list[Picture]
    changed: Mapping[str, tuple[str, str]]
    limits: Mapping[str, str]

    @property
    def records(self) -> dict[str, Mapping]:
        """The records of the verdicts, by claim."""
        return {row.record["claim"]: row.record for row in self.chapter.rows}


def read_material(chapter: Executed, paper: Paper) -> Material:
    cells = json.loads(chapter.copy.read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    heading = re.search(r"^# (.+)$", prose, re.MULTILINE)
    return Material(
        chapter,
        paper,
        heading[1] if heading else paper.topic,
        dict(_glued(outputs)),
        [picture for output in outputs for picture in _pictures(output)],
        _changed(_section(prose, "What we changed")),
        dict(_bullets(_section(prose, "Limits and surprises"))),
    )


def _source(cell: Mapping) -> str:
    return "".join(cell["source"])


def _glued(outputs: list[Mapping]) -> Iterator[tuple[str, str]]:
    for output in outputs:
        name = output.get("metadata", {}).get("scrapbook", {}).get("name")
        if name:
            yield name, "".join(output["data"].get(GLUED, output["data"].get("text/plain", "")))


def _pictures(output: Mapping) -> Iterator[Picture]:
    for image, alt in _FIGURE.findall("".join(output.get("data", {}).get("text/html", ""))):
        yield Picture(html.unescape(alt), base64.b64decode(image).decode("utf-8"))


def _section(prose: str, heading: str) -> str:
    """The text below the first heading, the title apart, that starts with these words; empty without one."""
    found = re.search(rf"^##+ {heading}[^\n]*\n(.*?)(?=^#|\Z)", prose, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _bullets(section: str) -> Iterator[tuple[str, str]]:
    for bullet in _BULLET.finditer(section):
        yield bullet["lead"].rstrip("."), " ".join(bullet[0].removeprefix("- ").split())


def _changed(section: str) -> dict[str, tuple[str, str]]:
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in _ROW.findall(section)]
    return {row[0]: (row[1], row[2]) for row in rows[2:] if len(row) >= 3}
