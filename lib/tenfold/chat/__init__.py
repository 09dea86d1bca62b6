"""Language models of the reader's own choice, and recorded answers where there is none."""

from tenfold.chat.batch import complete_many
from tenfold.chat.choose import chat_model, describe_choice
from tenfold.chat.endpoint import Endpoint
from tenfold.chat.errors import (
    BatchError,
    BatchInterrupted,
    ChatChoiceError,
    ChatError,
    MissingRecording,
    RecordingError,
    StructuredOutputError,
    TornAnswerWarning,
)
from tenfold.chat.local_gguf import PackagedModel
from tenfold.chat.messages import Image, Message, Reply, Request
from tenfold.chat.model import ChatModel
from tenfold.chat.openai_compatible import OpenAICompatible
from tenfold.chat.quotation import QUOTED_RULE, quoted
from tenfold.chat.recorded import Recorded, Recording
from tenfold.chat.structured import ask
from tenfold.chat.transformers_model import TransformersModel

__all__ = [
    "QUOTED_RULE",
    "BatchError",
    "BatchInterrupted",
    "ChatChoiceError",
    "ChatError",
    "ChatModel",
    "Endpoint",
    "Image",
    "Message",
    "MissingRecording",
    "OpenAICompatible",
    "PackagedModel",
    "Recorded",
    "Recording",
    "RecordingError",
    "Reply",
    "Request",
    "StructuredOutputError",
    "TornAnswerWarning",
    "TransformersModel",
    "ask",
    "chat_model",
    "complete_many",
    "describe_choice",
    "quoted",
]
