"""What can stand on a result page: items of six kinds, frozen and validated."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tenfold.serp.display_text import displayable
from tenfold.serp.index import CLOSED, OPENED

ItemKind = Literal["web", "answer", "definition", "image", "questions", "news"]

Line = Annotated[str, AfterValidator(displayable), Field(min_length=1, max_length=300)]
Identifier = Annotated[str, Field(pattern=r"^[a-z]+:[^\s<>\"'&]{1,200}$")]
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Frozen(BaseModel):
    """A value that never changes and has no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Passage(Frozen):
    """A piece of text in parts; every second one, from the second on, is highlighted.

    The parts keep their outer spaces. At most 1,200 characters in all.
    """

    parts: Annotated[tuple[str, ...], Field(min_length=1, max_length=129)]

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def segments(self) -> tuple[tuple[str, bool], ...]:
        """(text, whether it is highlighted)."""
        return tuple((part, number % 2 == 1) for number, part in enumerate(self.parts) if part)


LONGEST_PASSAGE = 1_200


def passage(marked: str) -> Passage:
    """From a text with its highlights between OPENED and CLOSED; displayable, cut at 1,200 characters."""
    parts: list[str] = []
    room = LONGEST_PASSAGE
    for number, part in enumerate(marked.replace(CLOSED, OPENED).split(OPENED)[:129]):
        shown = displayable(part)
        before = " " if number and part[:1].isspace() else ""
        after = " " if shown and part[-1:].isspace() else ""
        parts.append((before + shown + after)[:room])
        room -= len(parts[-1])
    return Passage(parts=tuple(parts))


class _Item(Frozen):
    """id: unique among the items of a query.  documents: whose content it shows.  score: estimated relevance.

    source: where the content comes from, in words.
    """

    id: Identifier
    documents: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    score: Score
    title: Line
    source: Line


class WebSnippet(_Item):
    """A document's title and the passage that matches best."""

    kind: Literal["web"] = "web"
    passage: Passage


class Answer(_Item):
    """Sentences that answer the query. model: who wrote them; empty where they stand in the source."""

    kind: Literal["answer"] = "answer"
    passage: Passage
    model: Annotated[str, AfterValidator(displayable), Field(max_length=200)] = ""


class Definition(_Item):
    """What a name means. facts: (name, value)."""

    kind: Literal["definition"] = "definition"
    passage: Passage
    facts: Annotated[tuple[tuple[Line, Line], ...], Field(max_length=6)] = ()


class ImageCard(_Item):
    """A figure drawn from package data. figure: the data set's name.  alt: what the figure shows."""

    kind: Literal["image"] = "image"
    figure: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    alt: Line
    caption: Passage


class QuestionList(_Item):
    """Questions that people asked. One of `documents` for each, in their order."""

    kind: Literal["questions"] = "questions"
    questions: Annotated[tuple[Line, ...], Field(min_length=1, max_length=8)]


class News(_Item):
    """A changelog's entry. date: YYYY-MM-DD, or empty where the changelog has none."""

    kind: Literal["news"] = "news"
    passage: Passage
    date: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = ""


Item = Annotated[
    WebSnippet | Answer | Definition | ImageCard | QuestionList | News, Field(discriminator="kind")
]
