"""Answers that are instances of a pydantic model."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tenfold.chat.errors import StructuredOutputError
from tenfold.chat.json_text import json_values
from tenfold.chat.messages import Message, Reply, Request
from tenfold.chat.model import ChatModel
from tenfold.chat.plain_text import excerpt

MAX_CHARACTERS = 100_000
SHOWN = 4_000  # characters of a wrong answer that the model sees again

Schema = TypeVar("Schema", bound=BaseModel)


class _Unusable(ValueError):
    """Why an answer is no instance."""


def ask(
    model: ChatModel,
    messages: Sequence[Message],
    schema: type[Schema],
    *,
    temperature: float = 0.0,
    max_tokens: int = 512,
    seed: int | None = None,
) -> Schema:
    """Ask for one JSON object that satisfies `schema`; the first that is not usable is tried once more.

    The schema is written below the last user message, and sent as `Request.schema` besides. An answer may
    have prose or a code fence around its JSON. It is unusable if it is cut off, longer than MAX_CHARACTERS,
    holds no JSON that satisfies the schema, or holds two that differ. Then the model sees the reason and
    answers again.
    Raises StructuredOutputError with the beginnings of both answers, and what `model.complete` raises.
    """
    form = schema.model_json_schema()
    asked = _with_instruction(messages, form)

    def answer(turns: tuple[Message, ...]) -> Reply:
        return model.complete(
            Request(model.name, turns, temperature=temperature, max_tokens=max_tokens, seed=seed, schema=form)
        )

    first = answer(asked)
    try:
        return _read(first, schema)
    except _Unusable as error:
        reason = str(error)
    wrong = Message("assistant", first.text[:SHOWN] or "(nothing)")
    second = answer((*asked, wrong, Message("user", _correction(reason))))
    try:
        return _read(second, schema)
    except _Unusable as error:
        reason = str(error)
    texts = (excerpt(first.text), excerpt(second.text))
    raise StructuredOutputError(
        f"{model.name} gave no usable {schema.__name__} in two answers; {reason}; the last one: {texts[1]}. "
        "Raise max_tokens if it is cut off, else use a more capable model",
        answers=texts,
    )


def _with_instruction(messages: Sequence[Message], form: dict[str, Any]) -> tuple[Message, ...]:
    """The messages, with the instruction at the end of the last one if that is the user's, else after it."""
    text = (
        "Answer with one JSON object that satisfies this JSON schema, and with nothing else:\n"
        f"{json.dumps(form, sort_keys=True, ensure_ascii=False)}"
    )
    if not messages or messages[-1].role != "user":
        return (*messages, Message("user", text))
    last = messages[-1].content
    content = f"{last}\n\n{text}" if isinstance(last, str) else (*last, text)
    return (*messages[:-1], Message("user", content))


def _correction(reason: str) -> str:
    return (
        f"This answer cannot be used: {reason}. Answer again with one JSON object that satisfies the schema."
    )


def _read(reply: Reply, schema: type[Schema]) -> Schema:
    if len(reply.text) > MAX_CHARACTERS:
        raise _Unusable(f"it has {len(reply.text)} characters, and {MAX_CHARACTERS} is the most that is read")
    found: list[Schema] = []
    reason = "it holds no JSON object"
    for value in json_values(reply.text):
        try:
            instance = schema.model_validate_json(value)
        except ValidationError as error:
            reason = _summary(error)
            continue
        if instance not in found:
            found.append(instance)
    if len(found) > 1:
        raise _Unusable(f"it holds {len(found)} different JSON values that satisfy the schema")
    if not found:
        raise _Unusable(f"{reason} (it was cut off at max_tokens)" if reply.finish == "length" else reason)
    return found[0]


def _summary(error: ValidationError) -> str:
    """The first three of what is wrong, each with its place."""
    problems = [
        f"{'.'.join(str(part) for part in problem['loc']) or 'the value'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)[:3]
    ]
    return "; ".join(problems)
