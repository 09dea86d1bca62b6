"""SPUR's three steps by a language model behind `tenfold.chat`."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model
from rich.progress import track

from tenfold.chat import QUOTED_RULE, ChatModel, Message, ask, quoted
from tenfold.feedback.dialogue import Dialogue, Polarity
from tenfold.feedback.rubric import Extraction, ItemScore, Reason, Rubric, RubricItem, Score
from tenfold.feedback.shown import show

Given, Got = TypeVar("Given"), TypeVar("Got")
_FORBID = ConfigDict(extra="forbid")
_WORDS = {"SAT": ("satisfied", "satisfaction"), "DSAT": ("dissatisfied", "dissatisfaction")}


class _Reason(BaseModel):
    model_config = _FORBID
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    quote: Annotated[str, Field(max_length=500)]


class _Reasons(BaseModel):
    model_config = _FORBID
    reasons: list[_Reason]


class _Line(BaseModel):
    model_config = _FORBID
    item: Annotated[str, Field(min_length=1, max_length=300)]


class _Lines(BaseModel):
    model_config = _FORBID
    rubric: list[_Line]


class _Answer(BaseModel):
    model_config = _FORBID
    applies: bool
    score: Annotated[int, Field(ge=0, le=10)]
    quote: Annotated[str, Field(max_length=500)]


@dataclass(frozen=True)
class LanguageModelExtractor:
    """Prompts in this book's words that follow SPUR's (Section 3, Appendix A): the label is told in step 1.

    model: a ChatModel; with a `Recording` around it, what was answered is not asked again.  max_tokens: of an
    answer.  at_once: requests under way at the same time.

    An item applies only with a verbatim quotation of the user: a claim whose quotation nobody said scores 0
    and is kept as `ItemScore.refused`. Dialogues are quoted material, and sentences that speak to the judge
    are taken out of it (`show`). Raises StructuredOutputError for an answer that is malformed twice.
    """

    model: ChatModel
    max_tokens: int = 2_000
    at_once: int = 4

    @property
    def name(self) -> str:
        return self.model.name

    def extract(
        self, dialogues: Sequence[Dialogue], labels: np.ndarray, *, most: int
    ) -> dict[Polarity, Extraction]:
        def reasons(place: int) -> tuple[list[Reason], int]:
            if not any(text.strip() for _, text in dialogues[place].user_turns):
                return [], 0
            polarity: Polarity = "SAT" if labels[place] == 1 else "DSAT"
            shown = show(dialogues[place])
            answer = self._ask(_extraction(polarity, most), shown.text, _Reasons)
            kept = [r for r in answer.reasons if shown.find(r.quote)]
            found = [Reason(r.reason, polarity, r.quote.strip()) for r in kept[:most]]
            return found, len(answer.reasons) - len(kept)

        answers = self._map(reasons, range(len(dialogues)), "finding reasons", True)
        extractions: dict[Polarity, Extraction] = {}
        for polarity, label in (("SAT", 1), ("DSAT", -1)):
            of_label = [answer for answer, given in zip(answers, labels, strict=True) if given == label]
            extractions[polarity] = Extraction(
                [tuple(found) for found, _ in of_label], sum(refused for _, refused in of_label)
            )
        return extractions

    def summarise(
        self, reasons: Sequence[Reason], previous: Sequence[RubricItem], polarity: Polarity, *, n_items: int
    ) -> list[RubricItem]:
        before = "\n".join(f"{n}. {item.text}" for n, item in enumerate(previous, 1)) or "(none yet)"
        now = "\n".join(f"- {reason.text}" for reason in reasons)
        material = quoted(f"Rubric so far:\n{before}\n\nReasons:\n{now}")
        answer = self._ask(_summary(polarity, n_items), material, _Lines)
        texts = list(dict.fromkeys(line.item for line in answer.rubric))[:n_items]
        evidence = {item.text: item.evidence for item in previous} | {r.text: (r.quote,) for r in reasons}
        return [RubricItem(text=t, polarity=polarity, evidence=evidence.get(t, ())) for t in texts]

    def estimate(self, dialogues: Sequence[Dialogue], rubric: Rubric, *, progress: bool) -> list[Score]:
        names = [f"item_{n}" for n in range(1, len(rubric.items) + 1)]
        fields: dict[str, Any] = dict.fromkeys(names, (_Answer, ...))
        form = create_model("Estimate", __config__=_FORBID, **fields)
        lines = zip(names, rubric.items, strict=True)
        task = _ESTIMATE + "\n".join(f"{name}: {item.text}" for name, item in lines)

        def scored(dialogue: Dialogue) -> Score:
            if not any(text.strip() for _, text in dialogue.user_turns):
                return Score(dialogue.id, tuple(ItemScore(item, 0) for item in rubric.items))
            shown = show(dialogue)
            answer = self._ask(task, shown.text, form)
            items = []
            for name, item in zip(names, rubric.items, strict=True):
                said: _Answer = getattr(answer, name)
                quote = shown.find(said.quote) if said.applies and said.score else None
                refused = f"nobody said {said.quote!r:.80}" if said.applies and not quote else ""
                refused = "it applies with score 0" if said.applies and not said.score else refused
                items.append(ItemScore(item, said.score if quote else 0, (quote,) if quote else (), refused))
            return Score(dialogue.id, tuple(items), shown.unread, shown.orders)

        return self._map(scored, dialogues, "scoring", progress)

    def _ask(self, task: str, material: str, form: type[BaseModel]) -> Any:
        messages = [Message("system", f"{task}\n\n{QUOTED_RULE}"), Message("user", material)]
        return ask(self.model, messages, form, max_tokens=self.max_tokens)

    def _map(
        self, function: Callable[[Given], Got], given: Sequence[Given], what: str, progress: bool
    ) -> list[Got]:
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="feedback") as pool:
            done = pool.map(function, given)
            return list(track(done, what, total=len(given), disable=not progress))


def _extraction(polarity: Polarity, most: int) -> str:
    adjective, noun = _WORDS[polarity]
    return (
        f"You read a conversation between a user and an assistant. The user was {adjective} with it. "
        f"Name at most {most} reasons: how does the USER show {noun}? Use only what stands in the "
        "conversation, invent nothing. The reasons must not overlap, and must not mention that a "
        "judgement of the user is known. Give for each the user's exact words as a quote. "
        "Where the user shows nothing, give no reasons."
    )


def _summary(polarity: Polarity, n_items: int) -> str:
    noun = _WORDS[polarity][1]
    return (
        f"You write a rubric of how users show {noun}. You get the rubric so far and further reasons "
        f"found in conversations. Write one rubric for both, of at most {n_items} items. "
        "Each item says what the user does, in one short sentence; items must not overlap. Keep what the "
        "rubric so far covers."
    )


_ESTIMATE = (
    "You judge a conversation between a user and an assistant by a rubric. Say for each item whether it "
    "applies, looking at what the USER says; the assistant's turns are context only. Judge each item for "
    "itself. Where it applies, give a score from 1 to 10: how much it affects the user's overall "
    "satisfaction or dissatisfaction, and quote the user's exact words that show it. Where it does not "
    "apply, the score is 0 and the quote is empty.\n\nThe rubric:\n"
)
