"""The book's own index: built once for the installed versions, then opened."""

import hashlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from filelock import FileLock

from tenfold.paths import project_root
from tenfold.runs import source_fingerprint
from tenfold.serp import data_documents, description_documents, docstring_documents, documents, index
from tenfold.serp.documents import Document, distinct
from tenfold.serp.index import SearchIndex

FOLDER = "build/serp"


def all_documents() -> Iterator[Document]:
    """Every document that the rules of this package read. Raises MissingDataPackage."""
    return distinct(
        chain(
            description_documents.description_documents(),
            data_documents.data_documents(),
            data_documents.dialogue_documents(),
            docstring_documents.docstring_documents(),
        )
    )


def open_index(folder: str | Path | None = None) -> SearchIndex:
    """The index over `all_documents`; the first call for these package versions builds and stores it.

    folder: where it is stored; build/serp of the project by default. Building takes up to a minute, and
    removes the indexes of other versions there.
    Raises MissingDataPackage, ProjectNotFound.
    """
    folder = Path(folder) if folder is not None else project_root() / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"index-{_key()}.sqlite"
    with FileLock(str(target) + ".lock"):
        if not target.is_file():
            partial = target.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            SearchIndex.build(all_documents(), partial).close()
            os.replace(partial, target)
            for old in set(folder.glob("index-*.sqlite")) - {target}:
                old.unlink(missing_ok=True)
    return SearchIndex(target)


def _key() -> str:
    """A hash of the packages' versions and of the code that reads them."""
    packages = {
        *docstring_documents.PACKAGES,
        *description_documents.PACKAGES,
        data_documents.DATA_PACKAGE,
        "chitchat-dataset",
    }
    versions = {package: version(package) for package in sorted(packages)}
    code = source_fingerprint(documents, docstring_documents, description_documents, data_documents, index)
    return hashlib.sha256(json.dumps([versions, code]).encode()).hexdigest()[:16]
