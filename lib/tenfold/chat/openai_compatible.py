"""A language model behind an OpenAI-compatible server, asked through the official client."""

import base64
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tenfold.chat.completion import read_completion
from tenfold.chat.endpoint import KEY_VARIABLE, OPENAI, Endpoint
from tenfold.chat.errors import ChatError
from tenfold.chat.messages import Image, Message, Reply, Request
from tenfold.chat.model import check_addressee
from tenfold.chat.pace import Pace
from tenfold.chat.plain_text import excerpt

if TYPE_CHECKING:
    import openai

IMAGE_TOKENS = 1000  # roughly, for the limit of tokens a minute
_REMEDIES = {
    401: f"set {KEY_VARIABLE} to a valid key",
    403: f"set {KEY_VARIABLE} to a key that may use this model",
    404: "check the model's name, and that base_url ends in /v1",
    429: "lower rpm or tpm, or wait",
}


class OpenAICompatible:
    """A ChatModel for text and images.

    A lost connection, a time-out and the states 408, 409, 429 and 5xx are tried again by the official
    client, after 0.5 s and then twice as long each time, up to 8 s, less a random quarter. A server's
    Retry-After is kept instead, up to two minutes; beyond that the request fails at once. Redirects are not
    followed.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._pace = Pace(requests=endpoint.rpm, tokens=endpoint.tpm)

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.endpoint!r})"

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError(
            "a client does not travel between processes, its key would: send the Endpoint instead"
        )

    @property
    def name(self) -> str:
        """The model's name at the server."""
        return self.endpoint.model

    def complete(self, request: Request) -> Reply:
        """Ask the server. Raises ChatError, ValueError."""
        check_addressee(request, self.name)
        key = self.endpoint.key()
        self._pace.wait(_tokens(request))
        start = time.perf_counter()
        completion = read_completion(self._send(request, key))
        seconds = time.perf_counter() - start
        used = completion.usage
        counts = (used.prompt_tokens, used.completion_tokens) if used else (None, None)
        return Reply(
            text=_without(key, completion.text),
            model=_without(key, completion.model or self.name),
            input_tokens=counts[0],
            output_tokens=counts[1],
            cost=self.endpoint.cost(*counts),
            seconds=seconds,
            finish=_without(key, completion.finish),
        )

    def _send(self, request: Request, key: str | None) -> bytes:
        """The answer's body. The client's own exceptions hold the request's headers, so none is chained."""
        import openai

        client = self._client.with_options(api_key=key or "none")
        client.organization = client.project = None  # it would take them from variables of its own
        try:
            answer = client.chat.completions.with_raw_response.create(**self._arguments(request))
            return _without(key, answer.http_response.text).encode()
        except ChatError as error:
            message = str(error)
        except openai.APIError as error:
            message = self._what_failed(error, key)
        raise ChatError(message)

    def _arguments(self, request: Request) -> dict[str, Any]:
        longest = "max_completion_tokens" if self.endpoint.base_url == OPENAI else "max_tokens"
        arguments: dict[str, Any] = {
            "model": request.model,
            "messages": [_message(message) for message in request.messages],
            "temperature": request.temperature,
            longest: request.max_tokens,
        }
        if request.seed is not None:
            arguments["seed"] = request.seed
        if request.stop:
            arguments["stop"] = list(request.stop)
        if request.schema is not None and self.endpoint.schema:
            form = {"name": "answer", "schema": request.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": form}
        return arguments

    @cached_property
    def _client(self) -> "openai.OpenAI":
        """The official client, without a key."""
        import openai

        from tenfold.chat.bounded import bound_response

        timeout = self.endpoint.timeout
        http = openai.DefaultHttpxClient(
            follow_redirects=False,
            headers={"accept-encoding": "identity"},
            event_hooks={"response": [bound_response(timeout)]},
        )
        return openai.OpenAI(
            api_key="none",
            base_url=self.endpoint.base_url,
            timeout=timeout,
            max_retries=self.endpoint.retries,
            http_client=http,
        )

    def _what_failed(self, error: "openai.APIError", key: str | None) -> str:
        import openai

        where = f"{self.name} at {self.endpoint.base_url}"
        tries = f"{self.endpoint.retries + 1} attempt{'s' if self.endpoint.retries else ''}"
        if isinstance(error, openai.APITimeoutError):
            return f"{where}: no answer within {self.endpoint.timeout:g} s, {tries}: raise timeout"
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            remedy = _REMEDIES.get(status, "see the server's log" if status >= 500 else "change the request")
            return f"{where}: status {status}, {excerpt(_without(key, error.response.text))}: {remedy}"
        return f"{where}: no connection, or one that was lost ({tries}): check that the server runs"


def _message(message: Message) -> dict[str, Any]:
    if isinstance(message.content, str):
        return {"role": message.role, "content": message.content}
    return {"role": message.role, "content": [_part(part) for part in message.parts]}


def _part(part: str | Image) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    url = f"data:{part.media_type};base64,{base64.b64encode(part.data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def _tokens(request: Request) -> float:
    """About how many tokens request and answer have, four characters to the token."""
    parts = [part for message in request.messages for part in message.parts]
    return request.max_tokens + sum(
        len(part) / 4 if isinstance(part, str) else IMAGE_TOKENS for part in parts
    )


def _without(key: str | None, text: str) -> str:
    """The text with the key blotted out, should a server send it back; below 8 characters it is no secret."""
    return text.replace(key, "[key]") if key and len(key) >= 8 else text
