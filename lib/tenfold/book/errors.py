"""What stops the site from being built."""


class SiteError(RuntimeError):
    """A page, a chapter or the built site that cannot be published; one problem a line, with the remedy."""
