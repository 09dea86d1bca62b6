"""The source of a deck: Markdown, slides separated by `---`, with blocks that are filled from the run.

A slide is a line `## Title that states the idea`, Markdown text, and blocks, one a line:

    {figure} 2                            figure 2 of the chapter; or the start of its text alternative
    {figure} 2 | left 0.5 | Its alt       only its left half (also right, top, bottom), described anew
    {claims} C1, C2                       our wording and the paper's number
    {verdicts} C1, C2                     how many of each verdict, and these ones with our interval
    {changed} models, batch               rows of the chapter's table "What we changed"
    {limits} Scale, Five rungs            bullets of its section on limits, by their bold lead
    {rests} C1 reproduced                 the verdict that the words rest on: another one stops the build

Numbers are written as in the chapter, {glue:text}`key:.2f`.  What follows a line `Note:` is for the speaker.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tenfold.book.errors import SiteError

BLOCKS = ("figure", "claims", "verdicts", "changed", "limits", "rests")
_BLOCK = re.compile(r"^\{(\w+)\}(.*)$")


@dataclass(frozen=True)
class Block:
    """kind: "text" or one of BLOCKS.  content: Markdown, or what stands behind the block's name."""

    kind: str
    content: str


@dataclass(frozen=True)
class Slide:
    """place: file and slide, as messages name it."""

    place: str
    title: str
    blocks: tuple[Block, ...]
    notes: str


def read_slides(file: Path, name: str) -> list[Slide]:
    """The slides of one source; SiteError names file and slide where one has no title or an unknown block."""
    parts = re.split(r"^---$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [_slide(part.strip(), f"{name}, slide {number}") for number, part in enumerate(parts, start=1)]


def _slide(text: str, place: str) -> Slide:
    head, _, rest = text.partition("\n")
    if not head.startswith("## ") or not head[3:].strip():
        raise SiteError(f"{place}: must start with a line `## Title`, got {head[:60]!r}")
    body, _, notes = rest.partition("\nNote:")
    return Slide(place, head[3:].strip(), tuple(_blocks(body, place)), notes.strip())


def _blocks(body: str, place: str) -> list[Block]:
    blocks: list[Block] = []
    lines: list[str] = []
    for line in [*body.splitlines(), "{end}"]:
        found = _BLOCK.match(line)
        if not found:
            lines.append(line)
            continue
        if "".join(lines).strip():
            blocks.append(Block("text", "\n".join(lines).strip()))
        lines = []
        if line != "{end}":
            if found[1] not in BLOCKS:
                known = ", ".join(BLOCKS)
                raise SiteError(f"{place}: unknown block {{{found[1]}}}; there are {known}")
            blocks.append(Block(found[1], found[2].strip()))
    return blocks
