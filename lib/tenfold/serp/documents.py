"""What the search index holds: documents that pinned packages ship, read where they are installed."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["docs", "guide", "change", "data", "dialogue"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Document:
    """A piece of text with its origin.

    id: unique, "kind:name".  kind: docs (a docstring), guide (a section of a package's description), change
    (one version's entry of a changelog), data (a data set's description), dialogue (a chat).
    package: name of the package that ships it.  version: that package's; of a change, the entry's own.
    date: of a change, "YYYY-MM-DD" or empty.  signature: of a function or class, as the source has it.
    """

    id: str
    kind: Kind
    title: str
    text: str
    package: str
    version: str
    date: str = ""
    signature: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind of document {self.id!r} is {self.kind!r}: use one of {', '.join(KINDS)}")
        if not self.id or not self.title or not self.text:
            raise ValueError(f"document {self.id!r} ({self.title!r}) needs an id, a title and a text")


def distinct(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents in their order, each id and each text of a package once: the first one."""
    ids: set[str] = set()
    texts: set[tuple[str, str]] = set()
    for document in documents:
        text = (document.package, document.text)
        if document.id not in ids and text not in texts:
            ids.add(document.id)
            texts.add(text)
            yield document


def content_fingerprint(documents: Iterable[Document]) -> str:
    """SHA-256 over the documents' fields in their order, the first 16 hex digits."""
    digest = hashlib.sha256()
    for document in documents:
        for name in document.__dataclass_fields__:
            digest.update(getattr(document, name).encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]
