"""Figures: one picture with its text alternative, its caption and its provenance."""

import base64
import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from markupsafe import Markup
from matplotlib.figure import Figure

from tenfold.book.page.provenance import provenance_box
from tenfold.book.page.publish import publish
from tenfold.runs import Run

_PNG_DPI = 120


def figure(
    fig: Figure,
    *,
    alt: str,
    caption: str = "",
    runs: Sequence[Run] = (),
    params: Mapping[str, object] | None = None,
) -> None:
    """Show and close a matplotlib figure.

    alt: what the picture says, for readers who cannot see it.  caption: text below it.  runs: the runs it is
    drawn from.  params: the chapter's parameters.
    Raises ValueError for an empty alt, TypeError for anything but a Figure.
    """
    if not isinstance(fig, Figure):
        raise TypeError(
            f"figure: fig must be a matplotlib Figure, got {type(fig).__name__}; pass its .figure"
        )
    alt = " ".join(alt.split())
    if not alt:
        raise ValueError("figure: alt must say in a sentence what the picture shows, got an empty text")
    image = Markup('<img src="data:image/svg+xml;base64,{}" alt="{}" style="max-width: 100%">')
    parts = [image.format(base64.b64encode(_drawn(fig, "svg")).decode(), alt)]
    if caption:
        parts.append(Markup("<figcaption>{}</figcaption>").format(caption))
    parts.append(provenance_box(runs, params))
    html = Markup('<figure class="tf-figure">{}</figure>').format(Markup("").join(parts))
    publish(html, f"Figure: {alt}", png=_drawn(fig, "png"))
    plt.close(fig)


def _drawn(fig: Figure, kind: str) -> bytes:
    """The picture's file; an SVG is the same bytes whenever the figure is the same."""
    file = io.BytesIO()
    stamp = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": _PNG_DPI}
    with plt.rc_context({"svg.hashsalt": "tenfold"}):
        fig.savefig(file, format=kind, bbox_inches="tight", facecolor="white", **stamp)
    return file.getvalue()
