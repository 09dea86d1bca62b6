"""Pages of the book that compute: Markdown with code cells, executed when what they depend on has changed."""

from pathlib import Path

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tenfold.book.chapters import Chapter
from tenfold.book.clean import clean_notebook
from tenfold.book.copies import replace_copy
from tenfold.book.errors import SiteError
from tenfold.book.fingerprint import fingerprint

_MARK = "---\nfile_format: mystnb\n"  # how such a page begins
_SECONDS = 600  # that a cell may take; under load the first import takes a minute


def stage_text_notebooks(root: Path, out: Path) -> None:
    """Put an executed notebook in the place of each such page below `out`.

    Executed copies are kept in build/executed-pages, and taken again as long as page, library and lock files
    are the same.  Raises SiteError for a page with a cell that fails.
    """
    for page in sorted(out.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if text.startswith(_MARK):
            copy = root / "build" / "executed-pages" / f"{page.stem}.ipynb"
            _bring_up_to_date(page.relative_to(out), text, copy, root)
            page.with_suffix(".ipynb").write_bytes(copy.read_bytes())
            page.unlink()


def _bring_up_to_date(page: Path, text: str, copy: Path, root: Path) -> None:
    notebook = read_myst_markdown_notebook(text)
    digest = fingerprint(Chapter(page, text, notebook, {}), {}, root).digest
    if copy.is_file() and nbformat.read(copy, as_version=4).metadata.get("fingerprint") == digest:
        return
    client = NotebookClient(
        notebook, kernel_name="python3", timeout=_SECONDS, startup_timeout=_SECONDS, iopub_timeout=_SECONDS
    )
    try:
        client.execute(cwd=str(root))
    except CellExecutionError as error:
        raise SiteError(f"book/{page}: {error.ename}: {error.evalue}") from None
    clean_notebook(notebook, root)
    notebook.metadata["fingerprint"] = digest
    replace_copy(copy, nbformat.writes(notebook))
