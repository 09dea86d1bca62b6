"""Files inside installed packages, found without importing the package."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


class MissingDataPackage(ImportError):
    """A data package that a corpus is read from is not installed."""


def package_file(package: str, path: str) -> Path:
    """The file `path` that the distribution `package` ships; MissingDataPackage names the remedy."""
    try:
        file = Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        raise MissingDataPackage(
            f"data package {package!r} is not installed; install the pinned ones: make setup"
        ) from None
    if not file.is_file():
        raise MissingDataPackage(
            f"data package {package!r} ships no file {path!r}; install the version pinned in "
            "requirements-data.txt: make setup"
        )
    return file
