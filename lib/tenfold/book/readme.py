"""The tables of README.md, written from the verdict tables stored in the notebooks."""

import json
import re
from collections import Counter
from pathlib import Path

from tenfold.book.errors import SiteError
from tenfold.book.papers import Paper, read_papers
from tenfold.claims import VERDICTS, read_ledger

BEGIN = "<!-- claims and verdicts: written by `make readme` -->"
END = "<!-- end of claims and verdicts -->"
VERDICT_CELL = "nbval-check-output"


def claims_table(root: Path) -> str:
    """What each chapter found, the planned papers, and all claims in a folded table, as Markdown."""
    existing = sorted(path.stem for path in (root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    papers = read_papers(root, existing)
    done = [paper for paper in papers if paper.chapter in existing]
    planned = [f"{p.number}. {_escaped(p.topic)}" for p in papers if p not in done]
    rows = [row for paper in done for row in _rows(root, paper)]
    lines = ["| Chapter | What was found | Verdicts |", "| --- | --- | --- |"]
    lines += [_summary(root, paper) for paper in done]
    lines += ["", f"Planned: {'; '.join(planned)}."] if planned else []
    lines += ["", "<details>", f"<summary>All {len(rows)} claims</summary>", ""]
    lines += ["| Chapter | Claim | Paper | Here [interval] | Verdict |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *rows, "", "</details>"])


def with_table(text: str, table: str) -> str:
    """README's text with the table between its two marks; SiteError when a mark is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SiteError(f"README.md: needs the lines {BEGIN} and {END} around its table of claims")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _summary(root: Path, paper: Paper) -> str:
    """One row for a chapter; a finding whose verdicts are others now is left out."""
    stored = _stored_verdicts(root / "notebooks" / f"{paper.chapter}.ipynb")
    verdicts = {claim: row["verdict"] for claim, row in stored.items()}
    counts = Counter(verdicts.values())
    counted = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    finding = "" if paper.moved(verdicts) else paper.finding
    return f"| {_link(paper)} | {_escaped(finding)} | {counted} |"


def _link(paper: Paper) -> str:
    return f"[{paper.number}. {_escaped(paper.topic)}](notebooks/{paper.chapter}.ipynb)"


def _rows(root: Path, paper: Paper) -> list[str]:
    ledger = read_ledger(root / "data" / "claims" / f"{paper.chapter[3:]}.yaml")
    stored = _stored_verdicts(root / "notebooks" / f"{paper.chapter}.ipynb")
    link = _link(paper)
    rows = []
    for claim in ledger.claims:
        if claim.id not in stored:
            raise SiteError(f"notebooks/{paper.chapter}.ipynb: the verdict table it stores lacks {claim.id}")
        cells = stored[claim.id]
        numbers = [_escaped(cells[name]) for name in ("paper", "here [interval]", "verdict")]
        rows.append("| " + " | ".join([link, f"**{claim.id}** {_escaped(claim.text)}", *numbers]) + " |")
    return rows


def _escaped(text: str) -> str:
    """Text that is no Markdown, for a table's cell."""
    return re.sub(r"([\\|*_`\[\]<>])", r"\\\1", text)


def _stored_verdicts(notebook: Path) -> dict[str, dict[str, str]]:
    """The verdict table that the notebook stores, by claim id and column."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if VERDICT_CELL in cell["metadata"].get("tags", [])]
    outputs = [output for cell in tagged for output in cell.get("outputs", []) if "data" in output]
    texts = ["".join(output["data"]["text/plain"]) for output in outputs]
    if not texts:
        raise SiteError(f"notebooks/{notebook.name}: no cell tagged {VERDICT_CELL} stores a verdict table")
    return parse_table(texts[-1])


def parse_table(text: str) -> dict[str, dict[str, str]]:
    """A table that `Verdicts` printed, by id and column; the lines of a cell become one."""
    lines = text.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("id "))
    columns = [name.strip() for name in lines[head].split("|")]
    rows = [[""] * len(columns)]
    for line in lines[head + 2 :]:
        if line.startswith("---"):
            rows.append([""] * len(columns))
        else:
            parts = zip(rows[-1], line.split("|"), strict=True)
            rows[-1] = [f"{cell} {part.strip()}".strip() for cell, part in parts]
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows if row[0]}
