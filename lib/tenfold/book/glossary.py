"""Terms of the glossary, linked where a chapter uses them first."""

import re
from collections.abc import Iterable

# What stays as it is: code, roles, formulas, links and citations, markup, headings, directives, tables, bold.
_KEPT = (
    r"(?s:```.*?```)|\{[\w:]+\}`[^`]*`|`[^`]*`|(?s:\$\$.*?\$\$)|\$[^$\n]*\$|!?\[[^\]]*\](?:\([^)]*\))?"
    r"|<[^>]+>|^[#:|].*$|\*\*[^*]+\*\*"
)


def glossary_terms(page: str) -> list[str]:
    """The terms of a page's `glossary` directive, in its order; none where it has no such directive."""
    block = re.search(r"^```\{glossary\}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return re.findall(r"^(\S.*)\n\s+\S", block[1], re.MULTILINE) if block else []


def link_terms(sources: Iterable[str], terms: Iterable[str]) -> list[str]:
    """Markdown sources of one chapter with the first use of each term linked, a plural in s included.

    Capitals matter only in terms that are written with some.
    """
    waiting = {term: _pattern(term) for term in sorted(terms, key=len, reverse=True)}
    return [_linked(source, waiting) for source in sources]


def _pattern(term: str) -> re.Pattern:
    flags = re.IGNORECASE if term.islower() else re.NOFLAG
    words = r"\s+".join(map(re.escape, term.split()))
    return re.compile(rf"(?<![\w-]){words}s?(?![\w-])", flags)


def _linked(source: str, waiting: dict[str, re.Pattern]) -> str:
    for term in list(waiting):
        parts = re.split(f"({_KEPT})", source, flags=re.MULTILINE)
        for place in range(0, len(parts), 2):
            found = waiting[term].search(parts[place])
            if found:
                shown = " ".join(found[0].split())
                link = f"{{term}}`{shown} <{term}>`"
                parts[place] = parts[place][: found.start()] + link + parts[place][found.end() :]
                source = "".join(parts)
                del waiting[term]
                break
    return source
