"""Where the project's data and notebooks are."""

import os
from pathlib import Path


class ProjectNotFound(FileNotFoundError):
    """No folder that holds the book's data and notebooks was found."""


def project_root() -> Path:
    """The folder that holds `data/claims` and `notebooks`.

    It is `$TENFOLD_ROOT` where that is set, else the first such folder upward from the working directory.
    Raises ProjectNotFound.
    """
    named = os.environ.get("TENFOLD_ROOT")
    if named:
        root = Path(named).resolve()
        if not (root / "data" / "claims").is_dir():
            raise ProjectNotFound(
                f"TENFOLD_ROOT is {named!r}, which holds no folder data/claims: "
                "set it to the folder of your clone, or unset it"
            )
        return root
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data" / "claims").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise ProjectNotFound(
        f"no folder with data/claims and notebooks at or above {here}: "
        "go to your clone of the book, or set TENFOLD_ROOT to it"
    )
