"""Text and dialogues read at run time from pinned packages; every rule of their reading."""

from tenfold.corpora.catalogs import FAMILIES, LANGUAGES, ParallelCorpus, load_catalogs
from tenfold.corpora.dialogues import Dialogue, Turn, load_dialogues
from tenfold.corpora.packages import MissingDataPackage, package_file
from tenfold.corpora.text import (
    ChangedCorpus,
    TextCorpus,
    UnknownCorpus,
    corpus_config,
    load_configured,
    load_text,
)

__all__ = [
    "FAMILIES",
    "LANGUAGES",
    "ChangedCorpus",
    "Dialogue",
    "MissingDataPackage",
    "ParallelCorpus",
    "TextCorpus",
    "Turn",
    "UnknownCorpus",
    "corpus_config",
    "load_catalogs",
    "load_configured",
    "load_dialogues",
    "load_text",
    "package_file",
]
