"""The body of a chat completion: what we read of it, and what is no answer."""

from pydantic import BaseModel, Field, ValidationError

from tenfold.chat.errors import ChatError
from tenfold.chat.plain_text import excerpt


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[object] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = Field(default=None, ge=0)
    completion_tokens: int | None = Field(default=None, ge=0)


class Completion(BaseModel):
    """A chat completion; fields that we do not use are let pass."""

    choices: list[_Choice] = Field(min_length=1)
    model: str = ""
    usage: _Usage | None = None

    @property
    def text(self) -> str:
        """The answer, or the words of a refusal. Raises ChatError where there is neither."""
        message = self.choices[0].message
        text = message.content if message.content is not None else message.refusal
        if text is None:
            what = "a tool call, which nobody runs here" if message.tool_calls else "no text"
            raise ChatError(f"the model answered with {what}: use a model that answers in text")
        return text

    @property
    def finish(self) -> str:
        """Why the answer ended; "refusal" for a refusal, "unknown" where the server does not say."""
        choice = self.choices[0]
        refused = choice.message.content is None and choice.message.refusal is not None
        return "refusal" if refused else choice.finish_reason or "unknown"


def read_completion(body: bytes) -> Completion:
    """Raises ChatError for a body that is cut off, no JSON, or no chat completion."""
    try:
        return Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    raise ChatError(
        f"the server's answer is no chat completion ({where + ': ' if where else ''}{first['msg']}); "
        f"it begins {excerpt(body[:300].decode(errors='replace'), 200)}: check that base_url ends in /v1"
    )
