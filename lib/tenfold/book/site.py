"""The site: staged, built with warnings as errors, checked to need no other origin, put in place whole."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tenfold.book.errors import SiteError
from tenfold.book.finish import finish_pages
from tenfold.book.offline import site_problems
from tenfold.book.pdf import print_pdf
from tenfold.book.secrets import built_files, find_secrets
from tenfold.book.slides.decks import write_decks
from tenfold.book.staging import stage

SHOWN_PROBLEMS = 20
PDF = "tenfold.pdf"


def build(root: Path, *, pdf: bool = False) -> Path:
    """Build the site from the executed chapters; returns its first page, build/site/index.html.

    pdf: add the whole book as a PDF, with a link on the first page, which needs Chromium.
    A build that fails leaves the last good site where it is. Raises SiteError naming each problem: a chapter
    without an executed copy, a warning of jupyter-book (a wrong glue key, a dead reference), a slide that
    names what its chapter does not have, a page that loads something from another origin, a key or an
    address of a person.
    """
    folder = root / "build"
    staged, draft, site = folder / "book", folder / "site.draft", folder / "site"
    stage(root, staged, pdf=PDF if pdf else "")
    leaks = find_secrets(built_files(root), root)
    if leaks:
        raise SiteError(_listing("what must not be published", [str(leak) for leak in leaks]))
    if draft.exists():
        shutil.rmtree(draft)
    _run_jupyter_book(root, staged, draft, "html", log=folder / "site.log")
    html = draft / "_build" / "html"
    finish_pages(html)
    write_decks(root, html)
    if pdf:
        _run_jupyter_book(root, staged, draft, "singlehtml", log=folder / "pdf.log")
        print_pdf(draft / "_build" / "singlehtml" / "index.html", html / PDF)
    problems = site_problems(html)
    if problems:
        raise SiteError(_listing("the built site is not fit to publish", problems))
    _put_in_place(html, site)
    shutil.rmtree(draft)
    return site / "index.html"


def _put_in_place(html: Path, site: Path) -> None:
    """Two renames; a process that is killed between them leaves the last good site as site.old."""
    old = site.with_suffix(".old")
    if site.exists():
        shutil.rmtree(old, ignore_errors=True)
        site.rename(old)
    html.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _run_jupyter_book(root: Path, source: Path, out: Path, builder: str, *, log: Path) -> None:
    """jupyter-book on a clean folder, with references checked (-n) and warnings as errors (-W)."""
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", source]
    command += ["--config", root / "_config.yml", "--toc", source / "_toc.yml", "--path-output", out]
    command += ["--builder", builder, "-W", "-n", "--keep-going"]
    with log.open("w", encoding="utf-8") as handle:
        done = subprocess.run(command, stdout=handle, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(encoding="utf-8")).replace(f"{source}/", "")
        warnings = [line for line in text.splitlines() if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", line)]
        title = f"jupyter-book failed (all of its output: {log})"
        raise SiteError(_listing(title, warnings or text.splitlines()[-5:]))


def _listing(title: str, problems: list[str]) -> str:
    shown = problems[:SHOWN_PROBLEMS]
    rest = [f"… and {len(problems) - len(shown)} more"] if len(problems) > len(shown) else []
    return "\n".join([title, *(f"  {line}" for line in [*shown, *rest])])
