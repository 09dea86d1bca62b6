"""Documents of kinds guide and change: the descriptions that packages carry in their metadata."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tenfold.serp.documents import Document
from tenfold.serp.installed import installed

PACKAGES = ("accelerate", "attrs", "beautifulsoup4", "bleach", "charset-normalizer", "cloudpickle")
PACKAGES += ("defusedxml", "dill", "Django", "django-oscar", "filelock", "fonttools", "fsspec", "h11")
PACKAGES += ("httpcore", "httpcore2", "httpx2", "hypothesis", "jedi", "jinja2", "joblib", "jupyterlab")
PACKAGES += ("matplotlib", "mpmath", "nbval", "openai", "pandas", "papermill", "parso", "patsy", "pillow")
PACKAGES += ("plone.app.locales", "polib", "psutil", "pydantic", "Pygments", "pyparsing", "pyrit", "pytest")
PACKAGES += ("pytest-xdist", "PyYAML", "regex", "requests", "rich", "ruff", "safetensors", "seaborn")
PACKAGES += ("sortedcontainers", "sphinx-design", "statsmodels", "sympy", "tokenizers", "tqdm", "traitlets")
PACKAGES += ("transformers", "trl", "typer", "urllib3", "wagtail", "weblate", "wrapt", "xxhash")
"""Only packages that the lock gives in one version for every Python and platform; not torch, which has builds
of its own for each."""
SHORTEST = 80
LONGEST = 4_000

_HEADING = re.compile(r"^(#{1,5})[ \t]+(.+?)[ \t]*#*$|^(?!\s)(.+)\n([=\-~^\"'+*])\4{2,}[ \t]*$", re.MULTILINE)
_VERSION = re.compile(r"(?<![\w.])v?(\d+\.\d+(?:\.\d+)*(?:[ab.]?(?:rc|post|dev)?\d+)?)(?![\w])")
_DATE = re.compile(r"\b((?:19|20)\d\d-\d\d-\d\d)\b")
_CHANGES = re.compile(r"change ?log|^changes|release notes|^history|what.s new", re.IGNORECASE)
_PART = re.compile(
    r"(added|api|bug ?fix|change|deprecat|docs|documentation|enhancement|feature|fix|highlight|improve"
    r"|internal|new|other|packaging|performance|removed|security|what.s changed)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|\.\. image::.*|\[!\[.*", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)|`([^`<]+?)\s*<[^>]*>`_+")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->|https?://\S+|[*`]{1,3}|^\s*:\w+:.*$|^\.\. .*$", re.M | re.S)


class Section(NamedTuple):
    """version: of a changelog's entry, else empty."""

    title: str
    text: str
    version: str = ""


def description_documents(packages: Sequence[str] = PACKAGES) -> Iterator[Document]:
    """One document a section of a package's description; of a changelog, one a version.

    A section runs from a heading (Markdown or reStructuredText) to the next. It begins an entry of kind
    change where its heading names a version, and either a date or an earlier heading says that changes
    follow. Sections named "Fixes", "Packaging" and the like below it belong to the entry. Code blocks,
    images, markup and addresses go; what is then shorter than 80 characters is left out. Raises
    MissingDataPackage.
    """
    for package in packages:
        found = installed(package)
        description = found.metadata.get("Description") or found.metadata.get_payload() or ""
        for number, section in enumerate(_joined(sections(str(description), package))):
            text = plain(section.text)[:LONGEST]
            if len(text) < SHORTEST:
                continue
            if section.version:
                date = _DATE.search(section.title) or _DATE.search(section.text[:80])
                yield Document(
                    f"change:{package}-{section.version}",
                    "change",
                    f"{package} {section.version}",
                    text,
                    package,
                    section.version,
                    date=date[1] if date else "",
                )
            else:
                name = plain(section.title)[:200] or package
                title = name if package.lower() in name.lower() else f"{package}: {name}"
                yield Document(f"guide:{package}-{number}", "guide", title, text, package, found.version)


def _joined(found: Iterator[Section]) -> Iterator[Section]:
    """The sections, those of one version's entry as one."""
    entry, changes = None, False
    for section in found:
        version = _VERSION.search(section.title)
        listed = changes or _CHANGES.search(section.title) or _DATE.search(section.title)
        if entry is not None and not version and _PART.match(section.title):
            entry = entry._replace(text=f"{entry.text}\n{section.text}")
            continue
        if entry is not None:
            yield entry
            entry = None
        changes = bool(listed) and bool(version or _CHANGES.search(section.title))
        if version and listed:
            entry = section._replace(version=version[1])
        else:
            yield section
    if entry is not None:
        yield entry


def sections(description: str, title: str) -> Iterator[Section]:
    """The parts of a text between its headings; what stands before the first one is named `title`."""
    description = _FENCE.sub("", description.replace("\r\n", "\n"))
    start = 0
    for match in _HEADING.finditer(description):
        yield Section(title, description[start : match.start()])
        title, start = match[2] or match[3], match.end()
    yield Section(title, description[start:])


def plain(text: str) -> str:
    """A text without the signs of Markdown and reStructuredText."""
    text = _LINK.sub(lambda match: match[1] or match[2], _IMAGE.sub("", text))
    lines = (" ".join(line.split()) for line in _TAG.sub("", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
