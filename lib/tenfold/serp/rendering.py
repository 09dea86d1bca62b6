"""A page as HTML: one file, without scripts, that loads nothing."""

import base64
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tenfold.serp.display_text import displayable, shorten
from tenfold.serp.figure_tool import draw
from tenfold.serp.grammar import Page, Size
from tenfold.serp.items import Passage

SHOWN: dict[Size, int] = {"compact": 120, "standard": 260, "full": 1_200}
"""Characters of a passage that each size shows."""


def render(page: Page, *, figure: Callable[[str], bytes] = draw) -> str:
    """A page as an HTML document: semantic, light and dark by the reader's setting, for screens and paper.

    All text is escaped; no markup from a document or a model is ever let through. There are no links and no
    scripts, and a content security policy forbids them besides. figure: gives the PNG of a data set's figure;
    where it raises ValueError or OSError, the card says so. The banner comes first, then the main column,
    then the rail.
    """

    def picture(name: str) -> str:
        try:
            return "data:image/png;base64," + base64.b64encode(figure(name)).decode()
        except (ValueError, OSError):
            return ""

    return _template().render(page=page, figure=picture, style=_style())


def shown(passage: Passage, size: Size) -> list[tuple[str, bool]]:
    """The segments of a passage that a size shows: whole words, an ellipsis where something is left out."""
    room = len(shorten(passage.text, SHOWN[size]))
    if room == len(passage.text):
        return list(passage.segments)
    found: list[tuple[str, bool]] = []
    left = room - 1
    for text, marked in passage.segments:
        if left <= 0:
            break
        found.append((text[:left], marked))
        left -= len(text)
    return [*found, ("…", False)]


@cache
def _template():
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    environment.filters["shown"] = shown
    environment.filters["visible"] = displayable
    return environment.from_string(_resource("page.html.j2"))


@cache
def _style() -> Markup:
    return Markup(_resource("page.css"))


def _resource(name: str) -> str:
    return files("tenfold.serp").joinpath("templates", name).read_text(encoding="utf-8")
