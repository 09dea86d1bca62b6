"""Whole documents inside a page, side by side, each in a frame that runs nothing and loads nothing."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from tenfold.book.page.provenance import provenance_box
from tenfold.book.page.publish import publish
from tenfold.runs import Run

_FRAME = Markup(
    '<div><p><strong>{label}</strong></p><iframe sandbox="" srcdoc="{html}" title="{label}" loading="lazy" '
    'style="width: 100%; height: {height}rem; border: 1px solid #8a94a3; border-radius: .4rem; '
    'background: #fff"></iframe>'
    "<details><summary>The same as a list</summary><ol>{items}</ol></details></div>"
)
_GRID = "display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem"


def frames(
    documents: Mapping[str, str],
    *,
    contents: Mapping[str, Sequence[str]],
    caption: str,
    height: float = 34,
    runs: Sequence[Run] = (),
    params: Mapping[str, object] | None = None,
) -> None:
    """Show HTML documents, each under its label, as many side by side as the page is wide enough for.

    A frame is sandboxed: scripts, forms and links in it do nothing.
    documents: label -> HTML.  contents: label -> what stands in the document, line by line, for readers who
    cannot see it, and for the text version.  height: of a frame, in rem.
    Raises ValueError where the labels of both differ.
    """
    if list(documents) != list(contents):
        raise ValueError(f"contents are for {list(contents)}, documents are {list(documents)}: same labels")
    parts = [
        _FRAME.format(
            label=label,
            html=html,
            height=height,
            items=Markup("").join(Markup("<li>{}</li>").format(line) for line in contents[label]),
        )
        for label, html in documents.items()
    ]
    grid = Markup('<div style="{}">{}</div>').format(_GRID, Markup("").join(parts))
    below = Markup("<figcaption>{}</figcaption>").format(caption) + provenance_box(runs, params)
    text = [f"{label}\n" + "\n".join(f"  {line}" for line in lines) for label, lines in contents.items()]
    publish(
        Markup('<figure class="tf-figure">{}{}</figure>').format(grid, below), "\n".join([caption, *text])
    )
