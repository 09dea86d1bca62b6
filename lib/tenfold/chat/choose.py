"""The language model that the environment variable TENFOLD_CHAT chooses."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from tenfold.chat.endpoint import KEY_VARIABLE, Endpoint
from tenfold.chat.errors import ChatChoiceError
from tenfold.chat.local_gguf import PackagedModel
from tenfold.chat.model import ChatModel
from tenfold.chat.openai_compatible import OpenAICompatible
from tenfold.chat.recorded import Recorded, Recording
from tenfold.chat.transformers_model import TransformersModel

VARIABLE = "TENFOLD_CHAT"
FORMS = (
    "recorded",
    "recorded:MODEL",
    "openai:MODEL@http://127.0.0.1:8000/v1",
    "openai:MODEL@ADDRESS#rpm=60,input_price=0.15,output_price=0.6",
    "transformers:HUB_NAME@REVISION",
    "transformers:FOLDER",
    "gguf:FILE",
    "local",
)


def chat_model(
    *, recording: str | os.PathLike[str] | None = None, clean: Callable[[str], str] | None = None
) -> Recorded | Recording | ChatModel:
    """The chosen model: without a choice, or with "recorded", one that replays `recording`; else a live one.

    A live model's answers are recorded in `recording`, where that is given, cleaned by `clean`. Nothing is
    loaded, and no connection opened, before the first request.
    Raises ChatChoiceError for a choice that is none, MissingRecording for a recording without answers.
    """
    kind, _, rest = _value().partition(":")
    if kind == "recorded":
        if recording is None:
            raise ChatChoiceError(
                f"{VARIABLE} chooses recorded answers, and there is no recording: {_forms()}"
            )
        return Recorded(recording, model=rest or None)
    model = _live(kind, rest)
    return model if recording is None else Recording(model, recording, clean=clean)


def describe_choice() -> str:
    """The choice in words, without a key. Raises ChatChoiceError."""
    value = _value()
    kind, _, rest = value.partition(":")
    if kind == "recorded":
        return (
            f"recorded answers{f' of {rest}' if rest else ''}, no model is asked ({VARIABLE} chooses another)"
        )
    model = _live(kind, rest)
    if isinstance(model, OpenAICompatible):
        key = "a key is set" if model.endpoint.key() else "no key is set"
        return f"{model.name} at {model.endpoint.base_url}, {key} ({KEY_VARIABLE})"
    return f"{model.name}, in this process"


def _value() -> str:
    return os.environ.get(VARIABLE, "").strip() or "recorded"


def _live(kind: str, rest: str) -> ChatModel:
    if kind == "openai" and rest:
        return OpenAICompatible(_endpoint(rest))
    if kind == "transformers" and rest:
        return _transformers(rest)
    if kind == "gguf" and rest:
        file = Path(rest).expanduser()
        if not file.is_file():
            raise ChatChoiceError(f"{VARIABLE} names the file {rest!r}, which is not there: name a GGUF file")
        return TransformersModel(str(file.parent), gguf_file=file.name)
    if kind == "local" and not rest:
        return PackagedModel()
    raise ChatChoiceError(f"{VARIABLE} is {_shown(':'.join(filter(None, (kind, rest))))}: {_forms()}")


def _transformers(rest: str) -> TransformersModel:
    folder = Path(rest).expanduser()
    name, _, revision = rest.partition("@")
    if folder.is_dir():
        return TransformersModel(rest)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name) or name.startswith("."):
        raise ChatChoiceError(f"{VARIABLE} names {rest!r}: no such folder, and no name of a hub model")
    return TransformersModel(name, revision=revision or None)


def _endpoint(rest: str) -> Endpoint:
    """`MODEL`, `MODEL@ADDRESS`, or either with `#option=value,…` behind it: the fields of Endpoint."""
    place, _, options = rest.partition("#")
    mark = "@http" if "@http" in place else "@"  # a model's name may hold an @ itself
    model, _, address = place.partition(mark)
    pairs = [("base_url", mark[1:] + address)] if address else []
    pairs += [_pair(option) for option in options.split(",") if options]
    settings = dict([("model", model), *pairs])
    twice = len(settings) <= len(pairs)
    try:
        if not twice:
            return Endpoint(**settings)
        what = "something is stated twice"
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        what = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    raise ChatChoiceError(f"{VARIABLE} is {_shown(f'openai:{rest}')}: {what}; {_forms()}")


def _pair(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    return name.strip(), value.strip()


def _shown(value: str) -> str:
    """The value for an error message, without a user or password that stands in an address."""
    return repr(re.sub(r"//[^/]*@", "//…@", value))


def _forms() -> str:
    return f"use one of {', '.join(FORMS)}"
