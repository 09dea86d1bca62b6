"""Satisfaction judged by a language model from a prompt alone: SPUR's baselines, with and without examples.

Lin et al. 2024, arXiv:2403.12388, Section 4.2; the prompts are this book's words.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from rich.progress import track

from tenfold.chat import QUOTED_RULE, ChatModel, Message, ask
from tenfold.feedback.dialogue import Dialogue
from tenfold.feedback.shown import show

MOST = 6_000
"""Characters of a dialogue, or of an example, that the model sees."""
_TASK = (
    "You read a conversation. Was the user satisfied with it? Say satisfied true or false, and how sure you "
    "are from 0 (a guess) to 10 (certain)."
)


class _Judgement(BaseModel):
    model_config = ConfigDict(extra="forbid")
    satisfied: bool
    certainty: Annotated[int, Field(ge=0, le=10)]


def judge_satisfaction(
    model: ChatModel,
    dialogues: Sequence[Dialogue],
    *,
    examples: Sequence[tuple[Dialogue, int]] = (),
    max_tokens: int = 200,
    at_once: int = 4,
    progress: bool = True,
) -> np.ndarray:
    """int [N], from -11 (certainly dissatisfied) to 11: the answer's sign times its certainty and one.

    examples: dialogues with labels, 1 or -1, that the prompt shows as answered beforehand.  max_tokens: of an
    answer.  at_once: requests under way at the same time.  Raises StructuredOutputError for an answer that is
    malformed twice, ValueError for other labels.
    """
    wrong = [label for _, label in examples if label not in (1, -1)]
    if wrong:
        raise ValueError(f"an example has the label {wrong[0]!r}; allowed: 1 (satisfied), -1 (dissatisfied)")
    before = [Message("system", f"{_TASK}\n\n{QUOTED_RULE}")]
    for dialogue, label in examples:
        answer = _Judgement(satisfied=label == 1, certainty=10).model_dump_json()
        before += [Message("user", show(dialogue, most=MOST).text), Message("assistant", answer)]

    def judged(dialogue: Dialogue) -> int:
        messages = [*before, Message("user", show(dialogue, most=MOST).text)]
        answer = ask(model, messages, _Judgement, max_tokens=max_tokens)
        return (1 if answer.satisfied else -1) * (answer.certainty + 1)

    with ThreadPoolExecutor(at_once, thread_name_prefix="judgement") as pool:
        done = pool.map(judged, dialogues)
        return np.array(list(track(done, "judging", total=len(dialogues), disable=not progress)), dtype=int)
