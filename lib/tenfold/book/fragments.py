"""The generated parts of the pages: claims by verdict, the table of papers, the scoreboard."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tenfold.book.papers import Paper
from tenfold.book.scoreboard import Executed, count_verdicts, write_csv
from tenfold.claims import DIRECTION_ONLY, INCONCLUSIVE, NOT_REPRODUCED, NOT_TESTABLE, REPRODUCED, VERDICTS

_ICONS = {
    REPRODUCED: "✓",
    DIRECTION_ONLY: "↗",
    NOT_REPRODUCED: "✗",
    INCONCLUSIVE: "?",
    NOT_TESTABLE: "\N{EN DASH}",
}
FRAGMENTS = ("bars.html", "papers.html", "scoreboard.html")


def write_fragments(root: Path, out: Path, papers: list[Paper], chapters: list[Executed]) -> None:
    """Render the templates of book/_fragments into `out`, with scoreboard.csv beside them."""
    out.mkdir(parents=True)
    environment = Environment(
        loader=FileSystemLoader(root / "book" / "_fragments"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(badge=badge, css=css, icon=icon)
    context = _context(papers, chapters)
    for name in FRAGMENTS:
        (out / name).write_text(environment.get_template(name).render(context), encoding="utf-8")
    write_csv(out / "scoreboard.csv", context["rows"])


def _context(papers: list[Paper], chapters: list[Executed]) -> dict[str, object]:
    """What the templates may name."""
    by_chapter = {chapter.name: chapter.rows for chapter in chapters}
    counts = {name: count_verdicts(own) for name, own in by_chapter.items()}
    topics = {paper.chapter: paper.topic for paper in papers}
    rows = [row for chapter in chapters for row in chapter.rows]
    evidence = sorted({row.record["evidence"] for row in rows})
    return {
        "papers": [(paper, counts.get(paper.chapter)) for paper in papers],
        "bars": [{"label": topics[name], "counts": own} for name, own in counts.items()],
        "total": count_verdicts(rows),
        "topics": topics,
        "rows": rows,
        "filters": [
            ("chapter", "Paper", [(name, topics[name]) for name in by_chapter]),
            ("verdict", "Verdict", [(verdict, verdict) for verdict in VERDICTS]),
            ("evidence", "Evidence", [(kind, kind) for kind in evidence]),
        ],
    }


def icon(verdict: str) -> str:
    return _ICONS[verdict]


def css(verdict: str) -> str:
    return "tf-" + verdict.replace(" ", "-")


def badge(verdict: str) -> Markup:
    form = Markup('<span class="tf-badge {}"><span aria-hidden="true">{}</span> {}</span>')
    return form.format(css(verdict), icon(verdict), verdict)
