"""The last touch to the built pages: what theme and docutils leave that browsers complain of."""

import re
from pathlib import Path

# The theme turns icons into pictures by a script of 1.5 MB, though its style sheet draws them by a font.
_ICON_SCRIPT = re.compile(r'\s*<script src="[^"]*scripts/fontawesome\.js[^"]*"></script>')
# A list whose items have another role than that of an item is read wrongly.
_CITATION_LIST = re.compile(r'<div role="list" class="citation-list">')
# What opens the pages below a chapter has an icon, and no name.
_TOGGLE = re.compile(r'<summary>(?=<span class="toctree-toggle")')


def finish_pages(folder: Path) -> None:
    """Rewrite all pages below `folder`, and take out the script that none of them loads any more."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        text = _ICON_SCRIPT.sub("", text)
        text = _CITATION_LIST.sub('<div class="citation-list">', text)
        text = _TOGGLE.sub('<summary aria-label="Pages below">', text)
        page.write_text(text, encoding="utf-8")
    for script in (folder / "_static" / "scripts").glob("fontawesome.js*"):
        script.unlink()
