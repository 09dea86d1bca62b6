"""`tenfold fetch`: external data, downloaded when the user names it and never otherwise."""

from difflib import get_close_matches
from pathlib import Path

from tenfold.corpora.external import EXTERNAL, FOLDER, ExternalData, ExternalDataError
from tenfold.corpora.external_fetch import fetch


def fetch_named(root: Path, name: str | None) -> int:
    """Fetch one data set, or list them all where none is named; the exit status."""
    if name is None:
        for data in EXTERNAL.values():
            print(f"{data.name}\n{_card(data)}\n")
        return 0
    if name not in EXTERNAL:
        close = get_close_matches(name, EXTERNAL, n=1)
        guess = f", did you mean {close[0]!r}?" if close else ""
        raise ExternalDataError(f"no external data {name!r}{guess} (allowed: {', '.join(EXTERNAL)})")
    print(_card(EXTERNAL[name]), flush=True)
    fetch(EXTERNAL[name], root, report=lambda line: print(line, flush=True))
    print(f"the files are in {FOLDER}/{name}, which git ignores")
    return 0


def _card(data: ExternalData) -> str:
    unknown = sum(file.sha256 is None for file in data.files)
    checks = (
        "all known" if not unknown else f"{len(data.files) - unknown} of {len(data.files)} known beforehand"
    )
    lines = [
        f"  {data.title}",
        f"  from {data.base}",
        f"  revision: {data.revision}",
        f"  licence: {data.licence}",
        f"  files: {', '.join(file.path for file in data.files)}",
        f"  SHA-256: {checks}",
    ]
    return "\n".join([*lines, *([f"  warning: {data.warning}"] if data.warning else [])])
