"""Feedback: the graded notebook as a page that says what was checked, without the hidden tests."""

from html import escape
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateFeedback
from nbgrader.utils import is_grade

from tenfold.book.exercise_regions import HIDDEN_TESTS, MARK_SCHEME
from tenfold.course.nbgrader_course import NbgraderCourse, run

HIDDEN = "# (hidden tests)"


def write_feedback(
    course: NbgraderCourse, name: str, graded: Path, out: Path, *, show_hidden_tests: bool
) -> None:
    """Write nbgrader's feedback page of a graded notebook.

    Unless they are to be shown, the texts of hidden tests and mark schemes are taken out, and so are the
    lines of code in the errors of checks; their messages stay.  Scripts and active content of a submission
    are not in the page.  Formulas are drawn by MathJax from a public server, where the reader has a network.
    """
    notebook = nbformat.read(graded, as_version=4)
    if not show_hidden_tests:
        for cell in notebook.cells:
            cell.source = MARK_SCHEME.replaced(cell.source, "")
            if is_grade(cell) and cell.cell_type == "code":
                cell.source = HIDDEN_TESTS.replaced(cell.source, HIDDEN)
                cell.outputs = [_without_code(output) for output in cell.outputs]
        graded.chmod(0o644)
        nbformat.write(notebook, graded)
    config = course.config()
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.require_js_url = ""
    student = graded.parent.parent.name
    run(GenerateFeedback(coursedir=course.coursedir(name, student), config=config))
    page = course.root / "feedback" / student / name / f"{name}.html"
    out.parent.mkdir(parents=True, exist_ok=True)
    page.replace(out)


def write_notice(out: Path, notebook: str, status: str, detail: str) -> None:
    """The page of a submission that could not be graded."""
    title = f"{escape(notebook)}: {escape(status)}"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
        f"<h1>{title}</h1>\n<p>{escape(detail)}</p></html>\n",
        encoding="utf-8",
    )


def _without_code(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    if output.output_type != "error":
        return output
    message = output.evalue or "a hidden test fails"
    return nbformat.v4.new_output(
        "error", ename=output.ename, evalue=message, traceback=[f"{output.ename}: {message}"]
    )
