"""What a fit raises or warns about."""


class FitError(ValueError):
    """The data hold no usable estimate, or no interval; the message says why and what would help."""


class FitWarning(UserWarning):
    """The fit is usable, but the data leave something open that a reader must know."""
