"""Markdown of slides and of chapters as HTML, with the numbers of the run filled in."""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_nb.core.variables import format_plain_text

from tenfold.book.errors import SiteError

_GLUE = re.compile(r"\{glue:text\}`([^`]+)`")
_ROLE = re.compile(r"\{(?P<role>[\w:]+)\}`(?P<text>[^`<]+?)(?:\s*<[^>`]*>)?`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def _formula(content: str, options: Mapping[str, bool]) -> str:
    start, end = ("\\[", "\\]") if options["display_mode"] else ("\\(", "\\)")
    return str(escape(f"{start}{content}{end}"))


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).use(dollarmath_plugin, renderer=_formula)


def fill(text: str, glued: Mapping[str, str], place: str) -> str:
    """The text with each {glue:text} role replaced; SiteError for an unknown key or a format that fails."""

    def value(role: re.Match) -> str:
        key, _, form = role[1].partition(":")
        if key not in glued:
            raise SiteError(f"{place}: the chapter glues no {key!r}; it has {', '.join(sorted(glued))}")
        try:
            return format_plain_text(glued[key], form or "s")
        except ValueError as error:
            raise SiteError(f"{place}: {role[0]} cannot be formatted: {error}") from None

    return _GLUE.sub(value, text)


def block_html(text: str) -> Markup:
    return Markup(_MARKDOWN.render(text))


def line_html(text: str) -> Markup:
    """One line of a chapter's own Markdown; its links and roles become their words."""
    plain = _LINK.sub(r"\1", _ROLE.sub(lambda m: m["text"], text))
    return Markup(_MARKDOWN.renderInline(plain))
