"""What is said to a language model and what it answers, independent of any client."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from tenfold.chat.fields import name_arguments
from tenfold.chat.plain_text import encodable, plain_text

MEGABYTES = 20
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_FROZEN = ConfigDict(extra="forbid")

Text = Annotated[str, AfterValidator(encodable)]
Name = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(encodable)]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, config=_FROZEN, repr=False)
class Image:
    """A PNG, JPEG, GIF or WebP file's bytes, at most 20 MB. Raises ValueError for anything else."""

    data: bytes

    def __post_init__(self) -> None:
        if len(self.data) > MEGABYTES * 10**6:
            raise ValueError(f"image has {len(self.data)} bytes: use at most {MEGABYTES} MB")
        if not self.media_type:
            raise ValueError(
                f"image starts with {self.data[:8]!r}: use the bytes of a PNG, JPEG, GIF or WebP file"
            )

    @property
    def media_type(self) -> str:
        """By the file's first bytes; empty for an unknown format."""
        if self.data[:4] == b"RIFF" and self.data[8:12] == b"WEBP":
            return "image/webp"
        return next((kind for start, kind in _SIGNATURES.items() if self.data.startswith(start)), "")

    @property
    def sha256(self) -> str:
        """Of the bytes, hex."""
        return hashlib.sha256(self.data).hexdigest()

    def __repr__(self) -> str:
        return f"Image({self.media_type}, {len(self.data)} bytes, sha256 {self.sha256[:12]})"


@name_arguments
@dataclass(frozen=True, config=_FROZEN)
class Message:
    """One turn. content: text, or texts and images in their order."""

    role: Literal["system", "user", "assistant"]
    content: Text | Annotated[tuple[Text | Image, ...], Field(min_length=1)]

    @property
    def parts(self) -> tuple[str | Image, ...]:
        """The content as a tuple, also where it is one text."""
        return (self.content,) if isinstance(self.content, str) else self.content


def as_text(message: Message, *, model: str) -> str:
    """The texts of a message, one below the other. Raises ValueError for an image, naming `model`."""
    if any(isinstance(part, Image) for part in message.parts):
        raise ValueError(
            f"{model} reads text only, and a message holds an image: use an endpoint that takes images"
        )
    return "\n".join(part for part in message.parts if isinstance(part, str))


@name_arguments
@dataclass(frozen=True, config=_FROZEN)
class Request:
    """All that determines an answer, and nothing else: no time-outs, no addresses, no keys.

    model: the name of the ChatModel that is asked.  temperature: 0 takes the likeliest token each time.
    max_tokens: the longest answer.  seed: for sampling; a model may ignore it.  stop: texts that end the
    answer and are not part of it.  schema: a JSON schema for the answer, which an endpoint may enforce.
    Raises pydantic's ValidationError, which names the field, the value and what is allowed.
    """

    model: Name
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = 0.0
    max_tokens: Annotated[int, Field(ge=1)] = 512
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    stop: Annotated[tuple[Annotated[Text, Field(min_length=1)], ...], Field(max_length=4)] = ()
    schema: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the request as canonical JSON; an image counts by the SHA-256 of its bytes."""
        record = {
            "model": self.model,
            "messages": [
                [message.role, [_part(part) for part in message.parts]] for message in self.messages
            ],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "stop": list(self.stop),
            "schema": self.schema,
        }
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _part(part: str | Image) -> dict[str, str]:
    return {"text": part} if isinstance(part, str) else {"image": part.sha256, "type": part.media_type}


@name_arguments
@dataclass(frozen=True, config=_FROZEN)
class Reply:
    """An answer.

    text: without control characters other than line ends and tabs; otherwise as the model wrote it, so escape
    it before it becomes HTML.  model: the name that the model's server gave.  input_tokens, output_tokens:
    None where they were not counted.  cost: by the prices that the user stated, in their currency; None
    without a price.  seconds: wall-clock time, waiting and retries included.  finish: why the answer ended:
    "stop", "length" (it is cut off), or the server's own word.
    """

    text: Annotated[str, BeforeValidator(plain_text)]
    model: Annotated[str, BeforeValidator(plain_text)]
    input_tokens: Count | None
    output_tokens: Count | None
    cost: Amount | None
    seconds: Amount
    finish: Annotated[str, BeforeValidator(plain_text)]
