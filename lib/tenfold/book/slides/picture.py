"""Figures of a chapter on slides, whole or a part of them."""

import base64
import re

from markupsafe import Markup

from tenfold.book.errors import SiteError
from tenfold.book.slides.material import Picture

_ROOT = re.compile(r"<svg\b[^>]*>")
_BOX = re.compile(r'viewBox="([\d.eE+ -]+)"')
_IMAGE = Markup('<img src="data:image/svg+xml;base64,{}" alt="{}" width="{:.0f}" height="{:.0f}">')


def find_picture(pictures: list[Picture], wanted: str, place: str) -> Picture:
    """The figure of this number, or the only one whose text alternative starts with these words."""
    if wanted.isdecimal():
        found = [pictures[int(wanted) - 1]] if 0 < int(wanted) <= len(pictures) else []
    else:
        found = [picture for picture in pictures if wanted and picture.alt.startswith(wanted)]
    if len(found) != 1:
        listed = "".join(f"\n  {n}: {picture.alt[:70]}" for n, picture in enumerate(pictures, start=1))
        raise SiteError(f"{place}: {len(found)} figures of the chapter are {wanted!r}; they are{listed}")
    return found[0]


def picture_html(pictures: list[Picture], argument: str, place: str) -> tuple[Markup, float]:
    """The picture, and its width over its height."""
    wanted, *options = (part.strip() for part in argument.split("|"))
    picture = find_picture(pictures, wanted, place)
    x, y, width, height = map(float, _BOX.search(picture.svg)[1].split())
    alt = picture.alt
    if options:
        *cuts, alt = options
        if not cuts or len(alt) < 20:
            raise SiteError(f"{place}: a part of a figure is written {{figure}} 2 | left 0.5 | its alt text")
        for cut in cuts:
            x, y, width, height = _cut((x, y, width, height), cut, place)
    root = _ROOT.search(picture.svg)[0]
    view = f"{x:g} {y:g} {width:g} {height:g}"
    values = {"width": f"{width:g}pt", "height": f"{height:g}pt", "viewBox": view}
    sized = root
    for name, value in values.items():
        sized = re.sub(rf'\b{name}="[^"]*"', f'{name}="{value}"', sized, count=1)
    image = base64.b64encode(picture.svg.replace(root, sized, 1).encode()).decode()
    return _IMAGE.format(image, alt, width, height), width / height


def _cut(box: tuple[float, float, float, float], cut: str, place: str) -> tuple[float, float, float, float]:
    """What remains when only the left (right, top, bottom) share of a box is kept."""
    x, y, width, height = box
    found = re.fullmatch(r"(left|right|top|bottom) (0\.\d+)", cut)
    if not found:
        raise SiteError(f"{place}: {cut!r} must be left, right, top or bottom and a share, as in left 0.5")
    side, share = found[1], float(found[2])
    if side in ("left", "right"):
        return (x if side == "left" else x + width * (1 - share), y, width * share, height)
    return (x, y if side == "top" else y + height * (1 - share), width, height * share)
