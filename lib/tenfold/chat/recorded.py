"""Recording a model's answers, and replaying them without the model."""

import datetime
import os
from collections.abc import Callable
from dataclasses import replace

from tenfold.chat.errors import ChatChoiceError, MissingRecording
from tenfold.chat.messages import Reply, Request
from tenfold.chat.model import ChatModel, check_addressee
from tenfold.chat.transcript import Answer, Transcript
from tenfold.chat.usage import Usage

HOW_TO_RECORD = "TENFOLD_CHAT=openai:MODEL@http://127.0.0.1:8000/v1 tenfold run CHAPTER --force"


class Recorded:
    """A ChatModel that replays a recording, and never asks anybody.

    name: the model whose answers it replays; a recording of one model need not say which.
    usage: what the answers replayed here cost when they were made.
    Raises MissingRecording where the recording holds no answer of it, ChatChoiceError where it must be named.
    """

    def __init__(self, path: str | os.PathLike[str], *, model: str | None = None) -> None:
        self._path = os.fspath(path)
        self._answers = Transcript(path).answers()
        self.name = model or self._only_model()
        self.usage = Usage()
        if not any(answer.model == self.name for answer in self._answers.values()):
            raise MissingRecording(
                f"{self._path} holds no answer of {self.name!r}. To record: {HOW_TO_RECORD}"
            )

    def __repr__(self) -> str:
        return f"Recorded({self._path!r}, model={self.name!r})"

    def _only_model(self) -> str:
        models = sorted({answer.model for answer in self._answers.values()})
        if not models:
            raise MissingRecording(f"there is no recorded answer in {self._path}. To record: {HOW_TO_RECORD}")
        if len(models) > 1:
            raise ChatChoiceError(
                f"{self._path} holds answers of {', '.join(models)}: "
                f"choose one, as in TENFOLD_CHAT=recorded:{models[0]}"
            )
        return models[0]

    def complete(self, request: Request) -> Reply:
        """The recorded answer. Raises MissingRecording, ValueError."""
        check_addressee(request, self.name)
        if request.key not in self._answers:
            raise MissingRecording(
                f"no answer of {self.name!r} to request {request.key[:12]} is recorded in {self._path}. "
                f"To record: {HOW_TO_RECORD}"
            )
        reply = self._answers[request.key].reply
        self.usage.add(reply)
        return reply


class Recording:
    """A ChatModel that asks another one and records its answers; what is recorded is not asked again.

    The recording holds a request's key and the answer, not the request's text.
    clean: applied to every answer before it is recorded and returned, e.g. to remove personal data.
    usage: what the requests asked here cost; answers from the recording are not counted.
    """

    def __init__(
        self, model: ChatModel, path: str | os.PathLike[str], *, clean: Callable[[str], str] | None = None
    ) -> None:
        self._model = model
        self._transcript = Transcript(path)
        self._clean = clean
        self._before = self._transcript.answers()
        self.usage = Usage()

    def __repr__(self) -> str:
        return f"Recording({self._model!r}, {str(self._transcript.path)!r})"

    @property
    def name(self) -> str:
        """The other model's name."""
        return self._model.name

    def complete(self, request: Request) -> Reply:
        """The recorded answer, or a new one. Raises RecordingError, and what the other model raises."""
        check_addressee(request, self.name)
        if request.key in self._before:
            return self._before[request.key].reply
        reply = self._model.complete(request)
        self.usage.add(reply)
        if self._clean is not None:
            reply = replace(reply, text=self._clean(reply.text))
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        kept = self._transcript.add(Answer(request=request.key, model=self.name, reply=reply, recorded=now))
        self._before[request.key] = kept
        return kept.reply
