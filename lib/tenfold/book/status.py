"""Where every chapter stands: is its executed copy fresh, what changed since, what did it find."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tenfold.book.chapters import ChapterError, chapter_paths, load_chapter
from tenfold.book.copies import executed_folder, read_stamp
from tenfold.book.fingerprint import fingerprint
from tenfold.runs.errors import SourceError


@dataclass(frozen=True)
class Status:
    """One chapter at its default parameters.

    state: fresh | stale | never executed | broken.  changed: names of the inputs that made it stale.
    problem: why it is broken.  failed: the last attempt failed.  verdicts: how often each occurs.  seconds,
    executed: of the last good copy.
    """

    name: str
    state: str
    changed: tuple[str, ...] = ()
    problem: str = ""
    failed: bool = False
    verdicts: dict[str, int] | None = None
    seconds: float | None = None
    executed: str | None = None


def book_status(root: Path) -> list[Status]:
    """The status of every chapter, in book order. Raises ChapterError where no chapter can be found."""
    return [_status(path, root) for path in chapter_paths(root)]


def _status(path: Path, root: Path) -> Status:
    folder = executed_folder(root, {})
    stamp = read_stamp(folder / path.name)
    last = {}
    if stamp is not None:
        verdicts = Counter(record["verdict"] for record in stamp["verdicts"])
        last = {"verdicts": dict(verdicts), "seconds": stamp["seconds"], "executed": stamp["executed"]}
    last["failed"] = (folder / "failed" / path.name).exists()
    try:
        chapter = load_chapter(path)
        now = fingerprint(chapter, chapter.parameters, root)
    except (ChapterError, SourceError) as error:
        return Status(path.stem, "broken", problem=str(error), **last)
    if stamp is None:
        return Status(path.stem, "never executed", **last)
    changed = tuple(now.changed_since(stamp["inputs"]))
    return Status(path.stem, "stale" if changed else "fresh", changed, **last)
