"""Decks of slides beside the pages of the site, with all that they load."""

import shutil
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tenfold.book.chapters import chapter_paths
from tenfold.book.errors import SiteError
from tenfold.book.exercises import load_exercises
from tenfold.book.papers import read_papers
from tenfold.book.scoreboard import read_executed
from tenfold.book.slides.blocks import slide_html
from tenfold.book.slides.material import read_material
from tenfold.book.slides.prose import block_html, fill, line_html
from tenfold.book.slides.source import read_slides

SLIDES = "slides"  # the folder of the sources in book/, and of the decks in the site
_REVEAL = (
    "LICENSE",
    "dist/reset.css",
    "dist/reveal.css",
    "dist/reveal.js",
    "plugin/notes/notes.js",
    "plugin/search/search.js",
)


def deck_source(root: Path, chapter: str) -> Path:
    return root / "book" / SLIDES / f"{chapter}.md"


def write_decks(root: Path, html: Path) -> None:
    """Render book/slides/NN_slug.md into html/slides; raises SiteError, naming file and slide.

    html: the built site, whose MathJax and style sheet the decks use.
    """
    sources, out = root / "book" / SLIDES, html / SLIDES
    names = sorted(file.stem for file in sources.glob("*.md"))
    chapters = [path.stem for path in chapter_paths(root)]
    unknown = [name for name in names if name not in chapters]
    if unknown:
        raise SiteError(f"book/slides: no chapter for {', '.join(unknown)}; a deck is named as its notebook")
    papers = {paper.chapter: paper for paper in read_papers(root, chapters)}
    environment = Environment(loader=FileSystemLoader(sources), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("deck.html")
    out.mkdir()
    for chapter in read_executed(root, names):
        name = chapter.name
        material = read_material(chapter, papers[name])
        slides = [
            {
                "title": line_html(fill(slide.title, material.glued, slide.place)),
                "body": slide_html(slide, material),
                "notes": block_html(fill(slide.notes, material.glued, slide.place)),
            }
            for slide in read_slides(deck_source(root, name), f"book/slides/{name}.md")
        ]
        exercises = root / "exercises" / f"{name}.ipynb"
        page = template.render(
            material=material,
            slides=slides,
            exercises=load_exercises(exercises).exercises if exercises.is_file() else [],
        )
        (out / f"{name}.html").write_text(page, encoding="utf-8")
    shutil.copy(sources / "deck.css", out)
    _copy_reveal(out / "reveal")


def _copy_reveal(out: Path) -> None:
    source = files("sphinx_revealjs") / "_static" / "revealjs"
    for name in _REVEAL:
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((source / name).read_bytes())
