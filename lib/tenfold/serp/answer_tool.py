"""Answers that a language model writes from documents that were found."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from tenfold.chat import QUOTED_RULE, ChatModel, Message, ask, quoted
from tenfold.serp.display_text import displayable, shorten
from tenfold.serp.index import SearchIndex
from tenfold.serp.items import Answer, passage
from tenfold.serp.search_tools import identifier, source, title
from tenfold.serp.sentences import mark

EXCERPT = 1_500


class _Written(BaseModel):
    """found: whether the sources answer the question."""

    found: bool
    answer: str = Field(max_length=2_000)
    source: int = Field(ge=1, le=10, description="number of the source that says most of it")


class GeneratedAnswer:
    """One answer in at most three sentences, written by a language model from the best documents alone.

    It fails (as any tool) where the model cannot be asked; it gives nothing where the model finds no answer,
    or names a source that it was not given.
    """

    name, cost = "written answers", 5.0

    def __init__(self, index: SearchIndex, model: ChatModel, *, read: int = 3) -> None:
        self._index, self._model, self._read = index, model, read

    def gather(self, query: str) -> Sequence[Answer]:
        hits = self._index.search(query, kinds=("docs", "guide"), limit=self._read)
        if not hits:
            return []
        sources = "\n\n".join(
            f"Source {number}:\n{quoted(hit.document.text[:EXCERPT])}" for number, hit in enumerate(hits, 1)
        )
        system = f"Answer from the sources alone, in at most three plain sentences. {QUOTED_RULE}"
        user = f"{sources}\n\nQuestion:\n{quoted(query)}"
        written = ask(self._model, [Message("system", system), Message("user", user)], _Written)
        if not written.found or not displayable(written.answer) or written.source > len(hits):
            return []
        hit = hits[written.source - 1]
        return [
            Answer(
                id=identifier("written", hit.document),
                documents=(hit.document.id,),
                score=hit.score,
                title=title(hit.document),
                source=source(hit.document),
                passage=passage(mark(shorten(written.answer, 800), self._index.terms(query))),
                model=self._model.name[:200],
            )
        ]
