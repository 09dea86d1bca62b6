"""Where an OpenAI-compatible model is, and how it may be asked."""

import ipaddress
import os
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from tenfold.chat.errors import ChatError
from tenfold.chat.fields import name_arguments
from tenfold.chat.messages import Amount, Name

OPENAI = "https://api.openai.com/v1"
KEY_VARIABLE = "TENFOLD_CHAT_KEY"

Limit = Annotated[float, Field(ge=1, allow_inf_nan=False)]


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError(f"it may hold no user, password, query or fragment: put the key into {KEY_VARIABLE}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("use an address such as http://127.0.0.1:8000/v1")
    return url.rstrip("/")


@name_arguments
@dataclass(frozen=True, config=ConfigDict(extra="forbid", hide_input_in_errors=True))
class Endpoint:
    """An OpenAI-compatible server and one of its models. It holds no key: that stands in TENFOLD_CHAT_KEY.

    model: the server's name for it.  base_url: as a rule it ends in /v1.  timeout: seconds for one attempt.
    retries: further attempts after a lost connection, a time-out, or status 408, 409, 429 or 5xx.
    rpm, tpm: at most so many requests and tokens (about) a minute.  input_price, output_price: for a million
    tokens, in any currency; both or none.  schema: whether the server is told the schema of a structured
    answer; turn it off for a server that refuses `response_format`.
    """

    model: Name
    base_url: Annotated[str, AfterValidator(_address)] = OPENAI
    timeout: Annotated[float, Field(gt=0, le=3600)] = 120.0
    retries: Annotated[int, Field(ge=0, le=10)] = 4
    rpm: Limit | None = None
    tpm: Limit | None = None
    input_price: Amount | None = None
    output_price: Amount | None = None
    schema: bool = True

    def __post_init__(self) -> None:
        if (self.input_price is None) != (self.output_price is None):
            raise ValueError("state both input_price and output_price, or none")

    def key(self) -> str | None:
        """The key from the environment, None where it is not set.

        Raises ChatError for a key that would travel unencrypted to another machine.
        """
        key = os.environ.get(KEY_VARIABLE, "").strip() or None
        if key and not key.isascii():
            raise ChatError(f"{KEY_VARIABLE} holds characters that no key has: set it again")
        if key and self.base_url.startswith("http:") and not self.is_local:
            raise ChatError(
                f"{KEY_VARIABLE} is set and {self.base_url} is not encrypted: use https, or unset the key"
            )
        return key

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine, by its loopback address."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def cost(self, input_tokens: int | None, output_tokens: int | None) -> float | None:
        """By the stated prices; None without them or without counts."""
        if None in (self.input_price, self.output_price, input_tokens, output_tokens):
            return None
        return (input_tokens * self.input_price + output_tokens * self.output_price) / 1e6
