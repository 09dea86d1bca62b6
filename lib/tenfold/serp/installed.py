"""Files and descriptions of installed packages."""

from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from tenfold.corpora import MissingDataPackage


def installed(package: str) -> Distribution:
    """Raises MissingDataPackage."""
    try:
        return distribution(package)
    except PackageNotFoundError:
        raise MissingDataPackage(
            f"package {package!r}, whose documents are indexed, is not installed; install it: make setup"
        ) from None


def shipped(package: str, wanted: Callable[[PurePosixPath], bool]) -> Iterator[tuple[PurePosixPath, Path]]:
    """(path inside the package, file) of the wanted files that exist, in order of path."""
    for path in sorted(installed(package).files or (), key=str):
        if wanted(path) and (file := Path(str(path.locate()))).is_file():
            yield PurePosixPath(path), file
