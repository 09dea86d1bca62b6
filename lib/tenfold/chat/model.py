"""What every language model of this package is, wherever it runs."""

from typing import Protocol, runtime_checkable

from tenfold.chat.messages import Reply, Request


@runtime_checkable
class ChatModel(Protocol):
    """name: the model's name, which `Request.model` must be."""

    @property
    def name(self) -> str: ...

    def complete(self, request: Request) -> Reply:
        """Answer a request. Raises ChatError, and ValueError for a request that this model cannot take."""
        ...


def check_addressee(request: Request, name: str) -> None:
    """Raises ValueError if a request is meant for another model than `name`."""
    if request.model != name:
        raise ValueError(
            f"the request is for model {request.model!r}, and this is {name!r}: use Request(model.name, …)"
        )
