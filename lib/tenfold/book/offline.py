"""The built site checked page by page: nothing is loaded from another origin, no internal link is dead."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Relations of <link> that only name a page; every other one makes the browser load or connect.
_NAMING = {"alternate", "author", "canonical", "copyright", "help", "index", "license", "next", "prev"}
_NAMING |= {"search", "top", "up"}
_LOADING_ATTRIBUTES = {"src", "srcset", "poster", "data", "background"}
_CSS_LOAD = re.compile(r"""@import\s+['"]([^'"]+)|url\(\s*['"]?([^'")]+)""")
_JS_LOAD = re.compile(
    r"""(?:\b(?:import|fetch|importScripts|Worker|WebSocket|EventSource|require|open)\s*\(?|\bfrom|\.(?:src|href)\s*=)"""
    r"""\s*['"`]((?:(?:https?|wss?):)?//[^'"`]+)"""
)
_ADDRESS = re.compile(r"""['"`]((?:https?:|wss?:)?//[\w.-]+\.[a-z]{2,}[^'"`\s]*)""")


def site_problems(folder: Path) -> list[str]:
    """Every foreign load and every dead link inside the site, one line each."""
    htmls = (file for file in sorted(folder.rglob("*.html")) if "_static" not in file.parts)
    pages = {file.resolve(): _read(file) for file in htmls}  # _static holds templates of the theme
    loads = {file: page.loads for file, page in pages.items()}
    loads |= {file.resolve(): _css_loads(_text(file)) for file in sorted(folder.rglob("*.css"))}
    loads |= {file.resolve(): _JS_LOAD.findall(_text(file)) for file in sorted(folder.rglob("*.js"))}
    problems = [(file, _bad_load(file, url)) for file, urls in loads.items() for url in urls]
    problems += [(file, _dead(file, link, pages)) for file, page in pages.items() for link in page.links]
    top = folder.resolve()
    return [f"{file.relative_to(top).as_posix()}: {problem}" for file, problem in problems if problem]


def _bad_load(file: Path, url: str) -> str | None:
    parts = urlsplit(url.strip())
    if parts.netloc:
        return f"loads {url} from another origin"
    if parts.path and not parts.scheme and not (file.parent / unquote(parts.path)).is_file():
        return f"loads {url}, which does not exist"
    return None


def _css_loads(css: str) -> list[str]:
    return [imported or url for imported, url in _CSS_LOAD.findall(css)]


def _dead(file: Path, link: str, pages: dict[Path, "_Page"]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_file():
        return f"links to {link}, which does not exist"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].ids:
        return f"links to {link}, but that page has no such place"
    return None


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _read(file: Path) -> "_Page":
    page = _Page()
    page.feed(_text(file))
    page.close()
    return page


class _Page(HTMLParser):
    """What one page loads, where its links lead, and the places in it that a link can name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.update(given[name] for name in ("id", "name") if name in given)
        self.loads += [
            url
            for name in _LOADING_ATTRIBUTES & given.keys()
            for url in (_srcset(given[name]) if name == "srcset" else [given[name]])
        ]
        self.loads += _css_loads(given.get("style", ""))
        href = given.get("href", given.get("xlink:href", ""))
        if tag == "a":
            self.links += [href] if href else []
        elif tag != "link" or not set(given.get("rel", "").lower().split()) <= _NAMING:
            self.loads += [href]
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.links.append(given.get("content", "").partition("url=")[2])
        self._inside = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.loads += _css_loads(data)
        elif self._inside == "script":
            self.loads += _ADDRESS.findall(data)


def _srcset(value: str) -> list[str]:
    return [candidate.split()[0] for candidate in value.split(",") if candidate.strip()]
