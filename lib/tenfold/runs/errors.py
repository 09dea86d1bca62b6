"""What can go wrong with recorded runs, in words that name the remedy."""


class SourceError(ValueError):
    """Source that cannot be read, does not belong to tenfold, or changed after it was imported."""


class ConfigError(ValueError):
    """A run's configuration that is not plain JSON, or a train function that cannot be named."""


class RunStoreError(RuntimeError):
    """A store of recorded runs that cannot be read, written or trusted."""


class TornLineWarning(UserWarning):
    """The last line of a store was cut off while it was written; the line is not used."""


class SweepError(RuntimeError):
    """Some runs of a sweep failed; all others are recorded."""


class RunMismatch(RuntimeError):
    """A recorded run that does not come out again."""


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was stopped by the user; what had finished is recorded."""
