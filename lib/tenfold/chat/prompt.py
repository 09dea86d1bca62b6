"""Prompts for models that have no chat template, and where their answers end."""

from collections.abc import Iterable, Sequence

from tenfold.chat.messages import Message, as_text

_SPEAKERS = {"user": "User", "assistant": "Assistant"}
NEXT_TURN = "\nUser:"


def plain_prompt(messages: Sequence[Message], *, model: str) -> str:
    """The turns as a written dialogue, ready for the assistant's next one; a system message stands as it is.

    The answer ends where the model begins the next turn, `NEXT_TURN`. Nothing keeps a message from
    containing such a line itself, so a message can pass for several turns. Raises ValueError for an image.
    """
    turns = [
        as_text(message, model=model)
        if message.role == "system"
        else f"{_SPEAKERS[message.role]}: {as_text(message, model=model)}"
        for message in messages
    ]
    return "\n".join([*turns, "Assistant:"])


def cut_at(text: str, stops: Iterable[str]) -> tuple[str, bool]:
    """The text before the first stop in it, and whether there was one."""
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    return (text[: min(ends)], True) if ends else (text, False)


def check_length(prompt: int, answer: int, limit: int, *, model: str) -> None:
    """Raises ValueError if a prompt and the longest answer, in tokens, exceed what a model can hold."""
    if prompt + answer > limit:
        raise ValueError(
            f"{model} holds {limit} tokens, and the prompt has {prompt} with max_tokens {answer} to come: "
            "shorten the messages or lower max_tokens"
        )
