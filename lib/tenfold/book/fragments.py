"""The generated parts of the pages: claims by verdict, the table of papers, the scoreboard, amended claims,
declared simulators, the calculators; the syllabus, where there is a course."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tenfold.book.calculators import fitted_values
from tenfold.book.cost import recorded_seconds
from tenfold.book.page.provenance import time_text
from tenfold.book.papers import Paper
from tenfold.book.scoreboard import Executed, Row, count_verdicts, write_csv
from tenfold.book.syllabus import WEEKS, read_course
from tenfold.claims import DIRECTION_ONLY, INCONCLUSIVE, NOT_REPRODUCED, NOT_TESTABLE, REPRODUCED, VERDICTS

_ICONS = {
    REPRODUCED: "✓",
    DIRECTION_ONLY: "↗",
    NOT_REPRODUCED: "✗",
    INCONCLUSIVE: "?",
    NOT_TESTABLE: "\N{EN DASH}",
}
FRAGMENTS = (
    "summary.html",
    "papers.html",
    "take_away.html",
    "scoreboard.html",
    "amended.html",
    "simulators.html",
    "calculators.html",
)


def write_fragments(
    root: Path, out: Path, papers: list[Paper], chapters: list[Executed], *, pdf: str = ""
) -> None:
    """Render the templates of book/_fragments into `out`, with scoreboard.csv beside them.

    pdf: address of the book's PDF, seen from the first page; empty where there is none.
    """
    out.mkdir(parents=True)
    environment = Environment(
        loader=FileSystemLoader(root / "book" / "_fragments"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(badge=badge, css=css, icon=icon)
    context = _context(root, papers, chapters) | {"pdf": pdf}
    for name in FRAGMENTS:
        (out / name).write_text(environment.get_template(name).render(context), encoding="utf-8")
    if (root / WEEKS).is_file():
        course = read_course(root)
        syllabus = environment.get_template("syllabus.md").render(context, course=course)
        (out / "syllabus.md").write_text(syllabus, encoding="utf-8")
    write_csv(out / "scoreboard.csv", context["rows"])


def _context(root: Path, papers: list[Paper], chapters: list[Executed]) -> dict[str, object]:
    """What the templates may name."""
    topics = {paper.chapter: paper.topic for paper in papers}
    rows = [row for chapter in chapters for row in chapter.rows]
    evidence = sorted({row.record["evidence"] for row in rows})
    return {
        "papers": papers,
        "executed": {chapter.name: chapter for chapter in chapters},
        "costs": {chapter.name: _cost(root, chapter) for chapter in chapters},
        "bars": {
            "By paper": [_bar(topics[chapter.name], chapter.rows) for chapter in chapters],
            "By kind of evidence": [
                _bar(kind, [row for row in rows if row.record["evidence"] == kind]) for kind in evidence
            ],
        },
        "total": count_verdicts(rows),
        "topics": topics,
        "rows": rows,
        "filters": [
            ("chapter", "Paper", [(chapter.name, topics[chapter.name]) for chapter in chapters]),
            ("verdict", "Verdict", [(verdict, verdict) for verdict in VERDICTS]),
            ("evidence", "Evidence", [(kind, kind) for kind in evidence]),
        ],
        "calculators": fitted_values(chapter.copy for chapter in chapters),
    }


def _bar(label: str, rows: list[Row]) -> dict[str, object]:
    return {"label": label, "counts": count_verdicts(rows), "number": len(rows)}


def _cost(root: Path, chapter: Executed) -> dict[str, str]:
    """Times as texts: of the chapter on recorded runs, and of these runs; empty where there are none."""
    runs = recorded_seconds(root, chapter.stamp["data"])
    return {"chapter": time_text(chapter.stamp["seconds"]), "runs": time_text(runs) if runs else ""}


def icon(verdict: str) -> str:
    return _ICONS[verdict]


def css(verdict: str) -> str:
    return "tf-" + verdict.replace(" ", "-")


def badge(verdict: str) -> Markup:
    form = Markup('<span class="tf-badge {}"><span aria-hidden="true">{}</span> {}</span>')
    return form.format(css(verdict), icon(verdict), verdict)
