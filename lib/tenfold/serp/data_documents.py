"""Documents of kinds data and dialogue: data sets that packages ship, and rated chats."""

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import version

from tenfold.corpora import load_dialogues
from tenfold.serp.documents import Document

DATA_PACKAGE = "statsmodels"
SHORTEST_DIALOGUE = 100
LONGEST_DIALOGUE = 3_000


def data_documents() -> Iterator[Document]:
    """One document a data set of statsmodels: its description, source and notes on its variables."""
    folder = importlib.import_module(f"{DATA_PACKAGE}.datasets")
    for module in pkgutil.iter_modules(folder.__path__):
        if not module.ispkg or module.name == "tests":
            continue
        data = importlib.import_module(f"{folder.__name__}.{module.name}.data")
        short = str(getattr(data, "DESCRSHORT", "")).strip()
        parts = (short, getattr(data, "DESCRLONG", ""), getattr(data, "NOTE", ""))
        text = "\n\n".join(str(part).strip() for part in parts if part and str(part).strip())
        title = str(getattr(data, "TITLE", "") or module.name).strip().strip('"')
        if text:
            yield Document(f"data:{module.name}", "data", title, text, DATA_PACKAGE, version(DATA_PACKAGE))


def dialogue_documents() -> Iterator[Document]:
    """One document a chat in which two people wrote at least 100 characters, by its opening question.

    The writers' names are not part of it. A chat without an opening question is named by its first message.
    """
    for dialogue in load_dialogues():
        text = dialogue.text[:LONGEST_DIALOGUE]
        writers = {turn.speaker for turn in dialogue.turns}
        if len(writers) > 1 and len(text) >= SHORTEST_DIALOGUE:
            title = dialogue.prompt or dialogue.turns[0].messages[0]
            yield Document(
                f"dialogue:{dialogue.id}",
                "dialogue",
                title.strip()[:200] or "Chat",
                text,
                "chitchat-dataset",
                version("chitchat-dataset"),
            )
