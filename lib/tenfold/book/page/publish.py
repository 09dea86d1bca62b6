"""One output of a cell, in HTML for pages and in plain text for everything else."""

from collections.abc import Mapping

from IPython.display import display
from markupsafe import Markup


def publish(
    html: Markup, text: str, *, png: bytes | None = None, metadata: Mapping[str, object] | None = None
) -> None:
    """Show `html`, with `text` (and a picture) for readers of the notebook that cannot show it.

    metadata: data for programs that read the executed notebook. It goes beside the bundle and not into it, as
    the book's renderer warns of every type in a bundle that it does not know.
    """
    bundle = {"text/plain": text, "text/html": str(html)}
    if png is not None:
        bundle["image/png"] = png
    display(bundle, raw=True, metadata=dict(metadata or {}))


def facts(rows: Mapping[str, str | Markup]) -> Markup:
    """Terms and what they are, as a description list."""
    items = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*row) for row in rows.items())
    return Markup("<dl>{}</dl>").format(items)
