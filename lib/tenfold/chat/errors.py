"""What can go wrong with a language model, in words that name the remedy. None of them ever holds a key."""


class ChatError(RuntimeError):
    """A language model that cannot be asked, or an answer that cannot be used."""


class ChatChoiceError(ValueError):
    """TENFOLD_CHAT, or an option in it, names no language model."""


class MissingRecording(ChatError):
    """A request whose answer was never recorded."""


class RecordingError(ChatError):
    """A recording that cannot be read, written or trusted."""


class TornAnswerWarning(UserWarning):
    """The last line of a recording was cut off while it was written; the line is not used."""


class StructuredOutputError(ChatError):
    """An answer that does not satisfy its schema, even after one more try.

    answers: the beginnings of both answers.
    """

    def __init__(self, message: str, *, answers: tuple[str, ...]) -> None:
        super().__init__(message)
        self.answers = answers


class BatchError(ChatError):
    """Some requests of a batch failed; the others were answered."""


class BatchInterrupted(KeyboardInterrupt):
    """A batch was stopped by the user; what was answered before is recorded where a recording is made."""
