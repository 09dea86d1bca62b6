"""A chapter in a real kernel: what its cells store, and what the book's renderer makes of it."""

import copy
import io
import os
import re

import nbformat
import pytest
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tenfold.book.page import number, word
from tenfold.claims import VERDICTS_MIME

LEDGER = """
chapter: demo
paper: {title: A paper, authors: [A. Author], arxiv: "2409.19913", version: v3, licence: quoted}
claims:
  - id: C1
    text: It falls.
    where: Table 5
    reported: {value: 0.32, mark: read, source: Table 5}
    prediction: It falls.
    criterion: {type: excludes, value: 0, side: above, level: 0.9}
    evidence: real data
    profiles: [laptop]
    registered: 2026-11-20
"""
CELLS = {
    "import": "from tenfold.book.page import figure, number, show, theme, word\n"
    "from tenfold.claims import Estimate, judge, load_claims\n"
    "import matplotlib.pyplot as plt\n"
    "theme()",
    "claims": 'claims = load_claims("demo")\nshow(claims)',
    "figure": 'fig, ax = plt.subplots()\n_ = ax.plot([1, 2])\nfigure(fig, alt="A rising line.")',
    "verdicts": 'verdicts = judge(claims, {"C1": Estimate(0.5, 0.4, 0.6, 0.9)}, profile="laptop")\nverdicts',
    "show": "show(verdicts)",
    "glue": 'number("beta", 0.48765)\nword("outcome", verdicts["C1"].verdict)\nword("weights", "332,640")',
}
PROSE = (
    "The exponent is {glue:text}`beta:.2f`, so the claim is *{glue:text}`outcome`* "
    "at {glue:text}`weights` weights."
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The executed notebook; its cells by name."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("data/claims", "notebooks"):
        (root / folder).mkdir(parents=True)
    (root / "data/claims/demo.yaml").write_text(LEDGER)
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    notebook = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_markdown_cell(PROSE)])
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(root)}})
    return client.execute(env=os.environ | {"TENFOLD_ROOT": str(root)})


def outputs(notebook, name):
    return next(cell.outputs for cell in notebook.cells if cell.id == name)


def test_the_verdict_cell_stores_the_table_as_plain_text_only(executed):
    (output,) = outputs(executed, "verdicts")
    assert set(output.data) == {"text/plain"}
    assert output.data["text/plain"].startswith("demo (arXiv 2409.19913, v3), profile laptop\nid ")


def test_the_records_are_stored_beside_the_callouts(executed):
    (output,) = outputs(executed, "show")
    assert [record["verdict"] for record in output.metadata[VERDICTS_MIME]] == ["reproduced"]


def test_a_figure_is_stored_once(executed):
    (output,) = outputs(executed, "figure")
    assert set(output.data) == {"text/plain", "text/html", "image/png"}


def rendered(notebook, folder) -> tuple[str, str]:
    """The page that the book's renderer makes of a notebook, and its warnings."""
    (folder / "index.ipynb").write_text(nbformat.writes(notebook))
    settings = {"extensions": ["myst_nb"], "nb_execution_mode": "off"}
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        site = folder / "site"
        app = Sphinx(folder, None, site, site, "html", settings, status=None, warning=warnings)
        app.build()
    return (site / "index.html").read_text(), warnings.getvalue()


def test_the_renderer_of_the_book_shows_all_without_a_warning(executed, tmp_path):
    html, warnings = rendered(executed, tmp_path)
    assert warnings == ""
    assert 'id="verdict-C1"' in html
    words = "".join(re.split(r"<[^>]*>", html))
    assert "The exponent is 0.49, so the claim is reproduced at 332,640 weights." in words


def test_the_renderer_of_the_book_would_warn_of_records_in_the_bundle(executed, tmp_path):
    notebook = copy.deepcopy(executed)
    (output,) = outputs(notebook, "show")
    output.data[VERDICTS_MIME] = output.metadata.pop(VERDICTS_MIME)
    assert VERDICTS_MIME in rendered(notebook, tmp_path)[1]


@pytest.mark.parametrize("name", ["", "Beta", "a b", "1a", None])
def test_a_name_that_prose_cannot_use_is_refused(name):
    with pytest.raises(ValueError, match="name must be lower-case letters"):
        number(name, 1.0)
    with pytest.raises(ValueError, match="name must be lower-case letters"):
        word(name, "text")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.5", None, True])
def test_what_is_no_finite_number_does_not_reach_the_prose(value):
    with pytest.raises(ValueError, match="number 'beta': value must be a finite number"):
        number("beta", value)


@pytest.mark.parametrize("text", ["", " ", 3])
def test_an_empty_word_does_not_reach_the_prose(text):
    with pytest.raises(ValueError, match="word 'outcome': text must not be empty"):
        word("outcome", text)
