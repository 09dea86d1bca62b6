"""The source folder of the site: pages of book/, executed chapters, generated parts, and MathJax."""

import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import nbformat
import yaml

from tenfold.book.benchmarks import stage_benchmarks
from tenfold.book.chapters import chapter_paths
from tenfold.book.errors import SiteError
from tenfold.book.exercise_pages import FOLDER as EXERCISES
from tenfold.book.exercise_pages import stage_exercises
from tenfold.book.fragments import write_fragments
from tenfold.book.glossary import glossary_terms, link_terms
from tenfold.book.papers import Paper, read_papers
from tenfold.book.scoreboard import Executed, read_executed
from tenfold.book.slides.decks import SLIDES, deck_source
from tenfold.book.status import book_status
from tenfold.book.text_notebooks import stage_text_notebooks

CHAPTERS = "Chapters"  # the part of _toc.yml that the chapters go to
MATHJAX = "static/mathjax/es5/tex-svg-full.js"


def stage(root: Path, out: Path, *, pdf: str = "") -> None:
    """Fill `out`, made anew, with all that jupyter-book reads; SiteError when a chapter is not ready.

    pdf: name of the book's PDF beside the first page, which then links to it.
    """
    names = [path.stem for path in chapter_paths(root)]
    papers = read_papers(root, names)
    chapters = read_executed(root, names)
    _check_simulators(papers, chapters)
    if out.exists():
        shutil.rmtree(out)
    book = root / "book"
    shutil.copytree(book, out, ignore=shutil.ignore_patterns("_fragments", "papers.yaml", SLIDES))
    shutil.copy(root / "data" / "README.md", out / "data.md")
    write_fragments(root, out / "_generated", papers, chapters, pdf=pdf)
    shutil.copy(root / "CHANGELOG.md", out / "_generated" / "changelog.md")
    stage_benchmarks(root, out / "_generated")
    stage_text_notebooks(root, out)
    contents = _contents(book / "_toc.yml", names, stage_exercises(root, out, names))
    (out / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    mathjax = out / "_vendor" / "mathjax"
    mathjax.mkdir(parents=True)
    (mathjax / "tex-svg-full.js").write_bytes(files("mathjax").joinpath(MATHJAX).read_bytes())
    (out / "chapters").mkdir()
    changed = {status.name: status.changed for status in book_status(root)}
    terms = glossary_terms((book / "glossary.md").read_text(encoding="utf-8"))
    for chapter in chapters:
        target = out / "chapters" / f"{chapter.name}.ipynb"
        deck = deck_source(root, chapter.name).is_file()
        _stage_chapter(chapter, changed[chapter.name], terms, target, deck=deck)


def _contents(file: Path, chapters: list[str], with_exercises: list[str]) -> dict:
    """The table of contents with the chapters in their part, each with its exercises below it."""
    contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    parts = [part for part in contents["parts"] if part["caption"] == CHAPTERS]
    if len(parts) != 1:
        raise SiteError(f"book/_toc.yml: needs exactly one part with the caption {CHAPTERS}")
    parts[0]["chapters"] = [{"file": f"chapters/{name}"} for name in chapters]
    for entry, name in zip(parts[0]["chapters"], chapters, strict=True):
        if name in with_exercises:
            entry["sections"] = [{"file": f"{EXERCISES}/{name}"}]
    return contents


def _check_simulators(papers: list[Paper], chapters: list[Executed]) -> None:
    """SiteError where a chapter judges by a simulator that book/papers.yaml does not declare."""
    declared = {paper.chapter for paper in papers if paper.simulator}
    for chapter in chapters:
        simulated = [row.record["claim"] for row in chapter.rows if row.record["evidence"] == "simulator"]
        if simulated and chapter.name not in declared:
            raise SiteError(
                f"book/papers.yaml: {chapter.name} judges {', '.join(simulated)} by a simulator; say under "
                "`simulator` what it builds in (builds_in) and what it leaves to the runs (leaves_open)"
            )


def _stage_chapter(
    chapter: Executed, changed: Sequence[str], terms: Sequence[str], target: Path, *, deck: bool
) -> None:
    """Copy one executed chapter, terms linked, with its slides, and a note when inputs changed since."""
    notebook = nbformat.read(chapter.copy, as_version=4)
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell, source in zip(prose, link_terms([cell.source for cell in prose], terms), strict=True):
        cell.source = source
    if deck:
        link = f'<a class="tf-slides" href="../{SLIDES}/{chapter.name}.html">Slides of this chapter</a>'
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(link, id="slides"))
    if changed:
        note = (
            f":::{{warning}}\nThis page shows an earlier execution. Changed since: {', '.join(changed)}.\n"
            f"`tenfold run {chapter.name}` brings it up to date.\n:::"
        )
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(note, id="earlier-execution"))
    nbformat.write(notebook, target)
